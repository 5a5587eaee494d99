/** A part of the widget that is fetched when it is needed first. */
import { backoffMs } from '../shared/protocol/backoff.ts';

const backoff = { baseMs: 500, capMs: 60_000 };

export class Part<T> {
  /** Null until it is there. */
  value = $state.raw<T | null>(null);
  /** It could not be fetched, and is still tried: no network, or a newer version has replaced this one. */
  failed = $state(false);
  readonly #fetch: () => Promise<T>;
  #fetched: Promise<T> | null = null;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Fetches it once, however often it is asked, and does not give up. */
  load(): Promise<T> {
    this.#fetched ??= this.#load();
    return this.#fetched;
  }

  async #load(): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        await missingStyles();
        this.value = await this.#fetch();
        this.failed = false;
        return this.value;
      } catch {
        // One that goes well at once again is not worth a word.
        this.failed = attempt > 0 || !navigator.onLine;
        await nextAttempt(attempt);
      }
    }
  }
}

/** The bundler asks for a style sheet once only; a part without its styles is no part. */
const missed = new Set<HTMLLinkElement>();
addEventListener('error', ({ target }) => target instanceof HTMLLinkElement && missed.add(target), true);

async function missingStyles(): Promise<void> {
  const again = [...missed].map((link) => {
    missed.delete(link);
    const copy = link.cloneNode() as HTMLLinkElement;
    link.replaceWith(copy);
    return new Promise((resolve, reject) => {
      copy.onload = resolve;
      copy.onerror = reject;
    });
  });
  await Promise.all(again);
}

/** After a while that grows, or as soon as the network is back. */
function nextAttempt(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      removeEventListener('online', done);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, backoffMs(attempt, Math.random(), backoff));
    addEventListener('online', done);
  });
}
