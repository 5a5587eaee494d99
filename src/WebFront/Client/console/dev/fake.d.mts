export function serve(port: number): Promise<{ url: string; cut(): void; close(): Promise<void> }>;
