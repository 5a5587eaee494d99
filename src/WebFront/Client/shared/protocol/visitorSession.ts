import { Refused } from './errors.ts';
import { type RestOptions, requestJson } from './rest.ts';
import type { Seams } from './seams.ts';
import { isRetryCode, type VisitorSession } from './types.ts';

export interface VisitorSessionOptions {
  rest: RestOptions;
  seams: Seams;
  siteKey: string;
  identity?: unknown;
  page?: unknown;
  locale?: () => string;
}

const EARLY_MS = 60_000;

/** Keeps a visitor signed in: the long-lived visitorToken in storage, the short-lived bearer in memory. */
export class VisitorSessionKeeper {
  session: VisitorSession | null = null;
  readonly #options: VisitorSessionOptions;
  readonly #changed: (session: VisitorSession, sameVisitor: boolean) => void;
  #visitorToken: string | null = null;
  #goodUntil = 0;
  #renewing: Promise<VisitorSession> | null = null;
  #timer: unknown = null;

  constructor(options: VisitorSessionOptions, changed: (session: VisitorSession, sameVisitor: boolean) => void) {
    this.#options = options;
    this.#changed = changed;
  }

  async token(fresh: boolean): Promise<string> {
    const { clock } = this.#options.seams;
    if (!fresh && this.session && clock.now() < this.#goodUntil) return this.session.token;
    return (await this.renew()).token;
  }

  /** One request at a time, however many ask. */
  renew(): Promise<VisitorSession> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  stop(): void {
    this.#options.seams.clock.clearTimeout(this.#timer);
  }

  async #renew(): Promise<VisitorSession> {
    const { clock } = this.#options.seams;
    const visitorToken = this.#stored();
    let session: VisitorSession;
    try {
      session = await this.#post(visitorToken);
    } catch (error) {
      // A secret that the server does not know any more must not lock the visitor out for ever.
      const gone = error instanceof Refused && !isRetryCode(error.error.code) && visitorToken !== null;
      if (!gone) throw error;
      session = await this.#post(null);
    }
    const sameVisitor = this.session === null || this.session.visitorId === session.visitorId;
    this.session = session;
    this.#keep(session.visitorToken);
    // A browser whose clock runs ahead would find every bearer dead on arrival: it is used for a minute at least.
    this.#goodUntil = Math.max(Date.parse(session.expiresAt) - EARLY_MS, clock.now() + EARLY_MS);
    clock.clearTimeout(this.#timer);
    const wait = Math.min(this.#goodUntil - clock.now(), 2 ** 31 - 1);
    this.#timer = clock.setTimeout(() => void this.renew().catch(() => {}), wait);
    this.#changed(session, sameVisitor);
    return session;
  }

  #post(visitorToken: string | null): Promise<VisitorSession> {
    const { rest, siteKey, identity, page, locale } = this.#options;
    return requestJson<VisitorSession>(rest, 'POST', '/api/v1/visitor-sessions', {
      siteKey,
      visitorToken: visitorToken ?? undefined,
      identity,
      page,
      locale: locale?.(),
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
  }

  get #key(): string {
    return `cs.visitor.${this.#options.siteKey}`;
  }

  #stored(): string | null {
    try {
      return this.#options.seams.store.getItem(this.#key) ?? this.#visitorToken;
    } catch {
      return this.#visitorToken;
    }
  }

  #keep(visitorToken: string): void {
    this.#visitorToken = visitorToken;
    try {
      this.#options.seams.store.setItem(this.#key, visitorToken);
    } catch {
      // The visitor is then a new one after a reload; everything else works.
    }
  }
}
