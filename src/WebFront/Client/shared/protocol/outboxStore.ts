/**
 * Keeps a tab's outbox in the browser's storage. Every tab writes a record of its own, so that tabs never overwrite
 * each other; what a closed tab left is adopted by a living one. Should two tabs adopt the same items, both send the
 * same ids, and the server keeps one copy.
 */
import type { FailedItem, OutboxItem } from './outbox.ts';
import type { Seams } from './seams.ts';

export interface StoredOutbox {
  items: OutboxItem[];
  failed: FailedItem[];
}

interface OutboxRecord extends StoredOutbox {
  /** When the tab last said that it lives, ms; 0 once it left. Used where the browser has no locks. */
  alive: number;
}

/** Without locks, a tab silent for this long counts as gone. Background tabs run timers once a minute at the slowest. */
const DEAD_MS = 150_000;
const BEAT_MS = 30_000;

export class OutboxStore {
  /** False once the storage refused a write: the outbox then lives as long as the page. */
  durable = true;
  readonly #prefix: string;
  readonly #tab: string;
  readonly #seams: Seams;
  #current: StoredOutbox = { items: [], failed: [] };
  #timer: unknown = null;
  #unwatch: (() => void) | null = null;

  constructor(scope: string, seams: Seams) {
    this.#prefix = `cs.outbox.${scope}.`;
    this.#tab = seams.newId();
    this.#seams = seams;
  }

  /** Holds this tab's lock and looks for what others left, now and every half minute. */
  open(adopt: (left: StoredOutbox) => void): void {
    const { locks, surroundings, clock } = this.#seams;
    locks?.hold(this.#prefix + this.#tab);
    this.#unwatch = surroundings.watch((what) => {
      if (what === 'leaving') this.#write(0);
      else if (what === 'visibility') this.#beat();
    });
    const round = () => {
      this.#beat();
      void this.#collect(adopt);
      this.#timer = clock.setTimeout(round, BEAT_MS);
    };
    round();
  }

  close(): void {
    this.#seams.clock.clearTimeout(this.#timer);
    this.#unwatch?.();
    this.#write(0);
  }

  save(outbox: StoredOutbox): void {
    this.#current = outbox;
    this.#write(this.#seams.clock.now());
  }

  #beat(): void {
    if (this.#current.items.length > 0 || this.#current.failed.length > 0) this.#write(this.#seams.clock.now());
  }

  #write(alive: number): void {
    const { store } = this.#seams;
    const key = this.#prefix + this.#tab;
    try {
      if (this.#current.items.length === 0 && this.#current.failed.length === 0) store.removeItem(key);
      else store.setItem(key, JSON.stringify({ ...this.#current, alive } satisfies OutboxRecord));
      this.durable = true;
    } catch {
      this.durable = false;
    }
  }

  async #collect(adopt: (left: StoredOutbox) => void): Promise<void> {
    let keys: string[];
    try {
      keys = this.#seams.store.keys().filter((key) => key.startsWith(this.#prefix));
    } catch {
      return;
    }
    for (const key of keys) {
      if (key === this.#prefix + this.#tab) continue;
      const take = () => this.#take(key, adopt);
      if (this.#seams.locks) await this.#seams.locks.ifFree(key, take);
      else if (this.#seams.clock.now() - (this.#read(key)?.alive ?? 0) > DEAD_MS) take();
    }
  }

  #take(key: string, adopt: (left: StoredOutbox) => void): void {
    const left = this.#read(key);
    // Adopted first, and so written under this tab's key, before the old record goes: a crash between the two leaves
    // both, and the ids make that harmless.
    if (left && left.items.length + left.failed.length > 0) adopt({ items: left.items, failed: left.failed });
    try {
      this.#seams.store.removeItem(key);
    } catch {
      // It is found again, and its ids are known by then.
    }
  }

  #read(key: string): OutboxRecord | null {
    try {
      const value = JSON.parse(this.#seams.store.getItem(key) ?? 'null') as OutboxRecord | null;
      return value && Array.isArray(value.items) && Array.isArray(value.failed) ? value : null;
    } catch {
      return null;
    }
  }
}
