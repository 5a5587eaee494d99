/** What was written and not sent, per conversation and kind. Kept in the browser where it lets us, else in memory. */
import type { Clock, KeyValueStore } from '../../shared/protocol/seams.ts';

export type Mode = 'reply' | 'note';

export interface Draft {
  reply: string;
  note: string;
  mode: Mode;
}

/** More conversations than this keep no draft: the one written in longest ago goes. */
export const DRAFTS_MAX = 100;
const WRITE_AFTER_MS = 300;

const empty: Draft = { reply: '', note: '', mode: 'reply' };

export class Drafts {
  /** False once the browser refused to store: drafts then live as long as the page. */
  durable = true;
  /** Told of each change made here. */
  onset: ((conversationId: string) => void) | null = null;
  readonly #key: string;
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  /** In order of last use: a Map keeps insertion order. */
  #drafts: Map<string, Draft>;
  #timer: unknown = null;

  constructor(agentId: string, store: KeyValueStore, clock: Clock) {
    this.#key = `cs.drafts.${agentId}`;
    this.#store = store;
    this.#clock = clock;
    this.#drafts = this.#read();
  }

  get(conversationId: string): Draft {
    return this.#drafts.get(conversationId) ?? empty;
  }

  /** The text a list may show: the reply, or else the note. */
  preview(conversationId: string): string {
    const draft = this.get(conversationId);
    return (draft.reply || draft.note).trim();
  }

  set(conversationId: string, change: Partial<Draft>): void {
    this.take(conversationId, change);
    this.onset?.(conversationId);
  }

  /** A change that was not made here: it came from another machine. */
  take(conversationId: string, change: Partial<Draft>): void {
    const next = { ...this.get(conversationId), ...change };
    this.#drafts.delete(conversationId);
    if (next.reply !== '' || next.note !== '' || next.mode !== 'reply') this.#drafts.set(conversationId, next);
    for (const oldest of this.#drafts.keys()) {
      if (this.#drafts.size <= DRAFTS_MAX) break;
      this.#drafts.delete(oldest);
    }
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  /** Writes now: the page may be about to go. */
  flush(): void {
    this.#clock.clearTimeout(this.#timer);
    try {
      if (this.#drafts.size === 0) this.#store.removeItem(this.#key);
      else this.#store.setItem(this.#key, JSON.stringify([...this.#drafts]));
      this.durable = true;
    } catch {
      this.durable = false;
    }
  }

  #read(): Map<string, Draft> {
    try {
      const stored = JSON.parse(this.#store.getItem(this.#key) ?? '[]') as [string, Draft][];
      return new Map(stored.map(([id, draft]) => [id, { ...empty, ...draft }]));
    } catch {
      // Blocked, or not ours: a bad record is overwritten by the next draft.
      return new Map();
    }
  }
}
