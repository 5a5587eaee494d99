interface World {
  library: Record<string, { id: string; revision: number; updatedBy: string; body: object }[]>;
  drafts: Map<string, { reply: string }>;
  conversations: Map<string, { state: string; tags?: string[] }>;
  queues: { id: string; name: string; revision?: number }[];
  status: string;
  reason?: string | null;
  /** So many more that wait. */
  crowd(count: number): void;
  arrive(name: string): void;
  /** The visitor of a conversation says something. */
  says(conversationId: string, text: string): void;
  call(method: string, argument: object): object;
  counts(): { id: string; waiting: number }[];
}
export function serve(port: number): Promise<{ url: string; cut(): void; world: World; close(): Promise<void> }>;
