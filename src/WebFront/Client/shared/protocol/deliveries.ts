import type { Connection } from './connection.ts';
import type { Clock } from './seams.ts';
import type { Envelope } from './types.ts';

const EVERY_MS = 1_000;

/**
 * Tells the server how far conversations have arrived here, so that the other side sees it: all that is news at once, a
 * second apart, only upwards. May be lost: after a reconnect it is said again, to a server that may have forgotten it.
 */
export class Deliveries {
  readonly #connection: Pick<Connection, 'invoke' | 'generation'>;
  readonly #clock: Clock;
  readonly #told = new Map<string, number>();
  readonly #due = new Map<string, number>();
  #toldAt = 0;
  #timer: unknown = null;
  /** Not with an older server: after its first refusal it is asked no more on this connection. */
  #served = false;

  constructor(connection: Pick<Connection, 'invoke' | 'generation'>, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  connected(): void {
    this.#served = true;
  }

  disconnected(): void {
    this.#served = false;
    this.#told.clear();
    this.#due.clear();
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Everything up to here has arrived. */
  hold(conversationId: string, upTo: number): void {
    if (!this.#served || upTo <= (this.#due.get(conversationId) ?? this.#told.get(conversationId) ?? 0)) return;
    this.#due.set(conversationId, upTo);
    const wait = Math.min(EVERY_MS, Math.max(0, this.#toldAt + EVERY_MS - this.#clock.now()));
    this.#timer ??= this.#clock.setTimeout(() => this.#tell(), wait);
  }

  /** Everything up to here was told as read, which says more. */
  read(conversationId: string, upTo: number): void {
    this.#told.set(conversationId, Math.max(upTo, this.#told.get(conversationId) ?? 0));
    if ((this.#due.get(conversationId) ?? 0) <= upTo) this.#due.delete(conversationId);
  }

  #tell(): void {
    this.#timer = null;
    if (this.#due.size === 0) return;
    this.#toldAt = this.#clock.now();
    const due = [...this.#due];
    this.#due.clear();
    const { generation } = this.#connection;
    for (const [conversationId, upTo] of due) {
      this.#told.set(conversationId, upTo);
      this.#connection.invoke<Envelope<object>>('MarkDelivered', { conversationId, upTo }).then(
        (answer) => {
          if (answer.error && generation === this.#connection.generation) this.#served = false;
        },
        () => {
          // Lost with the connection, and said again on the next.
        },
      );
    }
  }
}
