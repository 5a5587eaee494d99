import { backoffMs, type BackoffOptions, reconnectBackoff } from './backoff.ts';
import { CallTimeout, ConnectionLost, Refused } from './errors.ts';
import type { Seams } from './seams.ts';
import type { HubTransport, OpenTransport } from './transport.ts';
import { isRetryCode, type ProtocolError } from './types.ts';

export type ConnectionStatus = 'stopped' | 'connecting' | 'connected' | 'waiting' | 'refused';

export interface ConnectionOptions {
  url: string;
  /** A bearer that is good now. Throws Refused when there is none to be had. `fresh` asks for a new one. */
  token: (fresh: boolean) => Promise<string>;
  seams: Seams;
  openTransport: OpenTransport;
  backoff?: BackoffOptions;
  callTimeoutMs?: number;
  connectTimeoutMs?: number;
}

export interface ConnectionEvents {
  status(status: ConnectionStatus): void;
  connected(): void;
  disconnected(): void;
  /** The machine may have slept: the socket may be dead without knowing it. */
  suspect(): void;
  message(name: string, args: unknown[]): void;
}

const MESSAGES = ['Events', 'Signal', 'Heads', 'InboxHead', 'InboxChanged', 'Lists', 'Moving'];
const TICK_MS = 5_000;
/** A timer this late means that the machine slept. Background tabs run timers once a minute at the slowest. */
const SLEPT_MS = 75_000;
const HIDDEN_MS = 30_000;
/** A connection this old proved itself, even if nothing was called on it. */
const STEADY_MS = 10_000;

/** A hub connection that comes back by itself, for ever, until it is stopped or refused. */
export class Connection {
  status: ConnectionStatus = 'stopped';
  /** Why the session was refused, when status is `refused`. */
  refusal: ProtocolError | null = null;
  /** Grows with every try: an answer that belongs to an older one is stale. */
  generation = 0;

  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  #transport: HubTransport | null = null;
  #attempt = 0;
  #failuresInRow = 0;
  #timer: unknown = null;
  #moveTimer: unknown = null;
  #tickTimer: unknown = null;
  #connectedAt = 0;
  #notBefore = 0;
  #hiddenAt: number | null = null;
  #unwatch: (() => void) | null = null;
  #pending = new Set<(error: Error) => void>();

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
  }

  start(): void {
    if (this.status !== 'stopped') return;
    this.#unwatch = this.#options.seams.surroundings.watch((what) => this.#surroundingsChanged(what));
    this.#tick(this.#options.seams.clock.now());
    void this.#connect();
  }

  stop(): void {
    const { clock } = this.#options.seams;
    this.generation += 1;
    clock.clearTimeout(this.#timer);
    clock.clearTimeout(this.#tickTimer);
    this.#unwatch?.();
    this.#unwatch = null;
    this.#close();
    this.#setStatus('stopped');
  }

  /** Tries now instead of when the wait is over. */
  kick(): void {
    if (this.status !== 'waiting' && this.status !== 'refused') return;
    const { clock, random } = this.#options.seams;
    clock.clearTimeout(this.#timer);
    this.#setStatus('waiting');
    const floor = Math.max(0, this.#notBefore - clock.now());
    this.#timer = clock.setTimeout(() => void this.#connect(), floor + Math.floor(random() * 200));
  }

  /** Gives the connection up and makes a new one. */
  drop(): void {
    if (this.status === 'connected') this.#lost();
  }

  /** The server did something useful: the next loss starts at the shortest wait again. */
  proved(): void {
    this.#attempt = 0;
  }

  async invoke<T>(method: string, argument?: unknown, timeoutMs?: number): Promise<T> {
    const transport = this.#transport;
    if (transport === null) throw new ConnectionLost();
    const { clock } = this.#options.seams;
    return new Promise<T>((resolve, reject) => {
      const settle = (run: () => void) => {
        clock.clearTimeout(timer);
        this.#pending.delete(lost);
        run();
      };
      const lost = (error: Error) => settle(() => reject(error));
      const limit = timeoutMs ?? this.#options.callTimeoutMs ?? 15_000;
      const timer = clock.setTimeout(() => lost(new CallTimeout(method)), limit);
      this.#pending.add(lost);
      transport.invoke(method, argument === undefined ? [] : [argument]).then(
        (answer) => settle(() => resolve(answer as T)),
        // A hub error without an envelope (a method not served, a bug): an attempt that told nothing.
        () => settle(() => resolve({ error: { code: 'Unavailable', message: `${method} failed.` } } as T)),
      );
    });
  }

  async #connect(): Promise<void> {
    const { clock } = this.#options.seams;
    const generation = ++this.generation;
    this.#setStatus('connecting');
    let transport: HubTransport | null = null;
    try {
      // A bearer may have died with the server's memory of it, and a socket's refusal does not say why: after two
      // failures in a row the session is asked for anew, which does say.
      const token = await this.#options.token(this.#failuresInRow >= 2);
      if (generation !== this.generation) return;
      const opened = this.#options.openTransport(this.#options.url, token);
      transport = opened;
      let closed = false;
      opened.onClosed(() => {
        closed = true;
        if (this.#transport === opened) this.#lost();
      });
      for (const name of MESSAGES) opened.on(name, (...args) => this.#received(opened, name, args));
      await this.#within(opened.start(), this.#options.connectTimeoutMs ?? 10_000);
      if (generation !== this.generation || closed) throw new ConnectionLost();
      this.#transport = opened;
      this.#connectedAt = clock.now();
      this.#failuresInRow = 0;
      this.refusal = null;
      this.#setStatus('connected');
      this.#events.connected();
    } catch (error) {
      transport?.stop();
      if (generation !== this.generation) return;
      this.#failuresInRow += 1;
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Refused && !isRetryCode(error.error.code)) {
      this.refusal = error.error;
      this.#setStatus('refused');
      return;
    }
    this.#retry(error instanceof Refused ? (error.error.retryAfterMs ?? 0) : 0);
  }

  #retry(retryAfterMs: number): void {
    const { clock, random } = this.#options.seams;
    const floor = Math.max(retryAfterMs, this.#notBefore - clock.now());
    const wait = backoffMs(this.#attempt++, random(), this.#options.backoff ?? reconnectBackoff, floor);
    this.#setStatus('waiting');
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => void this.#connect(), wait);
  }

  #lost(): void {
    if (this.#options.seams.clock.now() - this.#connectedAt >= STEADY_MS) this.#attempt = 0;
    this.generation += 1;
    this.#close();
    this.#events.disconnected();
    this.#retry(0);
  }

  #close(): void {
    const transport = this.#transport;
    this.#transport = null;
    this.#options.seams.clock.clearTimeout(this.#moveTimer);
    for (const reject of [...this.#pending]) reject(new ConnectionLost());
    transport?.stop();
  }

  #received(transport: HubTransport, name: string, args: unknown[]): void {
    if (this.#transport !== transport) return;
    if (name === 'Moving') this.#moving((args[0] as { retryAfterMs?: number } | undefined)?.retryAfterMs ?? 0);
    else this.#events.message(name, args);
  }

  /** The server is about to stop: go when it said, spread out, even if it has not closed the socket by then. */
  #moving(retryAfterMs: number): void {
    const { clock, random } = this.#options.seams;
    this.#notBefore = clock.now() + retryAfterMs;
    clock.clearTimeout(this.#moveTimer);
    this.#moveTimer = clock.setTimeout(() => this.drop(), retryAfterMs + Math.floor(random() * 1000));
  }

  async #within(work: Promise<void>, ms: number): Promise<void> {
    const { clock } = this.#options.seams;
    let timer: unknown;
    const late = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(() => reject(new ConnectionLost()), ms);
    });
    try {
      await Promise.race([work, late]);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  #surroundingsChanged(what: 'network' | 'visibility' | 'leaving'): void {
    const { surroundings, clock } = this.#options.seams;
    if (what === 'leaving') return;
    if (what === 'network') {
      this.#events.status(this.status);
      if (surroundings.online()) this.#wake();
      return;
    }
    if (!surroundings.visible()) {
      this.#hiddenAt = clock.now();
      return;
    }
    const hiddenFor = this.#hiddenAt === null ? 0 : clock.now() - this.#hiddenAt;
    this.#hiddenAt = null;
    if (this.status === 'waiting' || hiddenFor > HIDDEN_MS) this.#wake();
  }

  #wake(): void {
    if (this.status === 'connected') this.#events.suspect();
    else this.kick();
  }

  #tick(last: number): void {
    const { clock } = this.#options.seams;
    this.#tickTimer = clock.setTimeout(() => {
      const now = clock.now();
      // A clock put back says as little about the time gone as one that jumped ahead.
      if (now < last) this.#notBefore = 0;
      if (Math.abs(now - last) > SLEPT_MS) this.#wake();
      this.#tick(now);
    }, TICK_MS);
  }

  #setStatus(status: ConnectionStatus): void {
    if (this.status === status) return;
    this.status = status;
    this.#events.status(status);
  }
}
