interface Card {
  blocked: boolean;
  fields: Record<string, string>;
  revision: number;
}
interface Talk {
  id: string;
  state: string;
  tags?: string[];
  visitor: object;
}
interface World {
  library: Record<string, { id: string; revision: number; updatedBy: string; body: object }[]>;
  drafts: Map<string, { reply: string }>;
  queues: { id: string; name: string; revision?: number; wrapUpSeconds?: number }[];
  /** 0: none. */
  wrapUpSeconds: number;
  wrapUps(): { id: string; conversationId: string }[];
  sites: { key: string; name: string; revision?: number; identityRolledAt?: string; customerFields?: object[] }[];
  status: string;
  reason?: string | null;
  /** So many more that wait. */
  crowd(count: number): void;
  arrive(name: string): Talk;
  /** The visitor of a conversation says something. */
  says(conversationId: string, text: string): void;
  /** Something happens in a conversation, and consoles are told. */
  happen(conversation: Talk | undefined, type: string, fields: object, change: string): object;
  saysAll(conversationId: string, texts: string[]): void;
  call(method: string, argument: object): object;
  counts(): { id: string; waiting: number }[];
  conversations: Map<string, Talk>;
  card(conversation: Talk | undefined): Card;
  /** Its visitor writes something. */
  say(conversationId: string): void;
  /** Calls a method of every console that is connected. */
  push(target: string, ...args: unknown[]): void;
}
export function serve(port: number): Promise<{ url: string; cut(): void; world: World; close(): Promise<void> }>;
