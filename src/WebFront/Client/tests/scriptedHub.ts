import type { HubTransport, OpenTransport } from '../shared/protocol/transport.ts';

type Answer = (argument: Record<string, unknown>) => unknown;

/** Hub connections whose answers a test writes. Without an answer for a method, its calls stay unanswered. */
export class ScriptedHub {
  readonly calls: { method: string; argument: Record<string, unknown>; connection: number }[] = [];
  readonly tokens: string[] = [];
  readonly answers: Record<string, Answer> = {};
  /** How many of the next tries to connect fail. */
  failing = 0;
  opened = 0;
  #current: { handlers: Map<string, (...args: unknown[]) => void>; closed: () => void } | null = null;

  open: OpenTransport = (_url, token) => {
    this.tokens.push(token);
    const handlers = new Map<string, (...args: unknown[]) => void>();
    const connection = { handlers, closed: () => {} };
    let live = false;
    let number = 0;
    const transport: HubTransport = {
      start: async () => {
        if (this.failing > 0) {
          this.failing -= 1;
          throw new Error('refused');
        }
        live = true;
        number = ++this.opened;
        this.#current = connection;
      },
      stop: () => {
        live = false;
        if (this.#current === connection) this.#current = null;
      },
      invoke: async (method, args) => {
        const argument = (args[0] ?? {}) as Record<string, unknown>;
        this.calls.push({ method, argument, connection: number });
        const answer = this.answers[method]?.(argument);
        if (!live || answer === undefined) return new Promise(() => {});
        return answer;
      },
      on: (message, handler) => handlers.set(message, handler),
      onClosed: (handler) => {
        connection.closed = handler;
      },
    };
    return transport;
  };

  get connected(): boolean {
    return this.#current !== null;
  }

  push(message: string, ...args: unknown[]): void {
    this.#current?.handlers.get(message)?.(...args);
  }

  cut(): void {
    const connection = this.#current;
    this.#current = null;
    connection?.closed();
  }

  of(method: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.argument);
  }
}
