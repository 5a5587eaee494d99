interface World {
  library: Record<string, { id: string; revision: number; updatedBy: string; body: object }[]>;
  drafts: Map<string, { reply: string }>;
}
export function serve(port: number): Promise<{ url: string; cut(): void; world: World; close(): Promise<void> }>;
