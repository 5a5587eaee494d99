/** What the protocol client needs from its surroundings. Each has a default for browsers; tests bring their own. */

export interface Clock {
  now(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/** The part of Storage that is used. Any member may throw: blocked, full, or gone. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
}

/** The browser's localStorage; even asking for it may throw where storage is blocked, so that happens per call. */
export const browserStore: KeyValueStore = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, value),
  removeItem: (key) => localStorage.removeItem(key),
  keys: () => Object.keys(localStorage),
};

/** Tells whether a tab still lives, so that what a dead one left can be taken over. */
export interface TabLocks {
  /** Held until the page goes away. */
  hold(name: string): void;
  /** Runs `work` when nobody holds `name`, and tells whether it did. */
  ifFree(name: string, work: () => void): Promise<boolean>;
}

export function browserTabLocks(): TabLocks | null {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
  if (!locks) return null;
  return {
    hold: (name) => void locks.request(name, () => new Promise<never>(() => {})).catch(() => {}),
    ifFree: (name, work) =>
      locks
        .request(name, { ifAvailable: true }, (lock) => {
          if (lock) work();
          return lock !== null;
        })
        .catch(() => false),
  };
}

/** What happens around the page. */
export interface Surroundings {
  online(): boolean;
  visible(): boolean;
  /** Called on a change of either, and when the page is about to go; returns how to stop listening. */
  watch(changed: (what: 'network' | 'visibility' | 'leaving') => void): () => void;
}

export const browserSurroundings: Surroundings = {
  online: () => typeof navigator === 'undefined' || navigator.onLine !== false,
  visible: () => typeof document === 'undefined' || document.visibilityState !== 'hidden',
  watch(changed) {
    if (typeof window === 'undefined') return () => {};
    const network = () => changed('network');
    const visibility = () => changed('visibility');
    const leaving = () => changed('leaving');
    window.addEventListener('online', network);
    window.addEventListener('offline', network);
    window.addEventListener('pagehide', leaving);
    window.addEventListener('pageshow', visibility);
    document.addEventListener('visibilitychange', visibility);
    return () => {
      window.removeEventListener('online', network);
      window.removeEventListener('offline', network);
      window.removeEventListener('pagehide', leaving);
      window.removeEventListener('pageshow', visibility);
      document.removeEventListener('visibilitychange', visibility);
    };
  },
};

export interface Seams {
  clock: Clock;
  random: () => number;
  store: KeyValueStore;
  locks: TabLocks | null;
  surroundings: Surroundings;
  fetch: typeof fetch;
  newId: () => string;
}

/** 128 random bits, in 32 hexadecimal digits. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function browserSeams(): Seams {
  return {
    clock: systemClock,
    random: Math.random,
    store: browserStore,
    locks: browserTabLocks(),
    surroundings: browserSurroundings,
    fetch: (input, init) => fetch(input, init),
    newId: randomId,
  };
}
