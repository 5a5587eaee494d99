interface Card {
  blocked: boolean;
  fields: Record<string, string>;
  revision: number;
}
interface Talk {
  visitor: object;
}
interface World {
  library: Record<string, { id: string; revision: number; updatedBy: string; body: object }[]>;
  drafts: Map<string, { reply: string }>;
  conversations: Map<string, Talk>;
  card(conversation: Talk | undefined): Card;
  /** Its visitor writes something. */
  say(conversationId: string): void;
  /** Calls a method of every console that is connected. */
  push(target: string, ...args: unknown[]): void;
}
export function serve(port: number): Promise<{ url: string; cut(): void; world: World; close(): Promise<void> }>;
