import type { Clock } from '../shared/protocol/seams.ts';

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 1_000_000;
  #lastId = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();

  now = (): number => this.#now;

  setTimeout = (run: () => void, ms: number): unknown => {
    this.#timers.set(++this.#lastId, { at: this.#now + Math.max(0, ms), run });
    return this.#lastId;
  };

  clearTimeout = (handle: unknown): void => {
    this.#timers.delete(handle as number);
  };

  /** Runs what falls due, in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (!next || next[1].at > end) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].run();
      await settle();
    }
    this.#now = end;
  }

  /** The machine sleeps: time passes, timers do not run; they are all late afterwards. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  /** Somebody sets the clock; timers run as they would have. */
  jump(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers.values()) timer.at += ms;
  }
}

/** Lets every promise that is ready run on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
