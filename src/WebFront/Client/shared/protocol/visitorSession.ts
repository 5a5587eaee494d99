import { Refused } from './errors.ts';
import { type RestOptions, requestJson } from './rest.ts';
import type { Seams } from './seams.ts';
import { isRetryCode, type VisitorSession } from './types.ts';

export interface VisitorSessionOptions {
  rest: RestOptions;
  seams: Seams;
  siteKey: string;
  page?: unknown;
  locale?: () => string;
}

const EARLY_MS = 60_000;
const AGAIN_MS = 5_000;

const isFinal = (error: unknown): error is Refused => error instanceof Refused && !isRetryCode(error.error.code);

/**
 * Keeps a visitor signed in: the long-lived visitorToken in storage, the short-lived bearer in memory. A person whom the
 * site vouches for is kept in memory only: whoever uses this browser next is not taken for it.
 */
export class VisitorSessionKeeper {
  session: VisitorSession | null = null;
  readonly #options: VisitorSessionOptions;
  readonly #changed: (session: VisitorSession, sameVisitor: boolean) => void;
  #visitorToken: string | null = null;
  /** What the site signed and the server has not seen yet; then the secret that came back for it. */
  #identity: string | null = null;
  #personToken: string | null = null;
  #refusedFor: string | null = null;
  /** How often the site has said who it is: an answer from before must not speak for the present one. */
  #said = 0;
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

  /**
   * Whom the site vouches for from now on, or nobody. Tells why it was refused, or null; whoever is refused is an
   * anonymous visitor. Asks until the server answers; throws where it was said anew meanwhile, or can't ever be answered.
   */
  async identify(token: string | null): Promise<string | null> {
    const said = ++this.#said;
    this.#identity = token;
    this.#personToken = null;
    this.#refusedFor = null;
    // One that is under way may have begun without it.
    await this.#renewing?.catch(() => {});
    for (;;) {
      try {
        await this.renew();
        return this.#refusedFor;
      } catch (error) {
        // The connection may stand all the while, as somebody else: nothing but this asks again.
        if (isFinal(error)) throw error;
        await new Promise((resolve) => this.#options.seams.clock.setTimeout(() => resolve(null), AGAIN_MS));
        if (said !== this.#said) throw error;
      }
    }
  }

  /** One request at a time, however many ask. */
  renew(): Promise<VisitorSession> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  stop(): void {
    this.#said += 1;
    this.#options.seams.clock.clearTimeout(this.#timer);
  }

  /** What the server does not take, or does not know any more, must not lock the visitor out for ever. */
  async #renew(anew = false): Promise<VisitorSession> {
    const said = this.#said;
    const identity = this.#identity;
    const isPerson = identity !== null || (!anew && this.#personToken !== null);
    const kept = anew ? null : (this.#personToken ?? this.#stored());
    let session: VisitorSession;
    try {
      session = await this.#post(identity ? null : kept, identity);
    } catch (error) {
      if (!isFinal(error) || (!identity && kept === null)) throw error;
      if (identity) {
        this.#refusedFor = error.error.reason ?? 'signature';
        if (this.#identity === identity) this.#identity = null;
        return this.#renew();
      }
      const wasPerson = this.#personToken !== null;
      this.#personToken = null;
      return this.#renew(!wasPerson);
    }
    if (said === this.#said) {
      this.#identity = null;
      this.#personToken = isPerson ? session.visitorToken : null;
    }
    if (!isPerson) this.#keep(session.visitorToken);
    this.#took(session);
    return session;
  }

  #took(session: VisitorSession): void {
    const { clock } = this.#options.seams;
    const sameVisitor = this.session === null || this.session.visitorId === session.visitorId;
    this.session = session;
    // A browser whose clock runs ahead would find every bearer dead on arrival: it is used for a minute at least.
    this.#goodUntil = Math.max(Date.parse(session.expiresAt) - EARLY_MS, clock.now() + EARLY_MS);
    clock.clearTimeout(this.#timer);
    const wait = Math.min(this.#goodUntil - clock.now(), 2 ** 31 - 1);
    this.#timer = clock.setTimeout(() => void this.renew().catch(() => {}), wait);
    this.#changed(session, sameVisitor);
  }

  #post(visitorToken: string | null, identity: string | null): Promise<VisitorSession> {
    const { rest, siteKey, page, locale } = this.#options;
    return requestJson<VisitorSession>(rest, 'POST', '/api/v1/visitor-sessions', {
      siteKey,
      visitorToken: visitorToken ?? undefined,
      identity: identity ? { token: identity } : undefined,
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
