import { Refused } from './errors.ts';
import { type RestOptions, requestJson } from './rest.ts';
import { browserSeams, type Seams } from './seams.ts';
import type { AgentSession } from './types.ts';

const EARLY_MS = 60_000;

/** An agent's sign-in: the cookie is the browser's, the short-lived bearer stays in memory. */
export class AgentSessionKeeper {
  session: AgentSession | null = null;
  readonly rest: RestOptions;
  readonly #seams: Seams;
  #goodUntil = 0;
  #renewing: Promise<AgentSession> | null = null;

  constructor(options: { baseUrl?: string; seams?: Partial<Seams> } = {}) {
    this.#seams = { ...browserSeams(), ...options.seams };
    this.rest = { baseUrl: options.baseUrl ?? '', fetch: this.#seams.fetch, clock: this.#seams.clock };
  }

  async signIn(email: string, password: string, totp?: string): Promise<AgentSession> {
    return this.#take(await requestJson(this.rest, 'POST', '/api/v1/agent-sessions', { email, password, totp }));
  }

  /** The session that the browser's cookie still stands for, or null when one has to sign in. */
  async restore(): Promise<AgentSession | null> {
    try {
      return await this.renew();
    } catch (error) {
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) return null;
      throw error;
    }
  }

  async signOut(): Promise<void> {
    const token = this.session?.token;
    this.session = null;
    await requestJson(this.rest, 'DELETE', '/api/v1/agent-sessions', undefined, token);
  }

  async token(fresh = false): Promise<string> {
    if (!fresh && this.session && this.#seams.clock.now() < this.#goodUntil) return this.session.token;
    return (await this.renew()).token;
  }

  renew(): Promise<AgentSession> {
    // The bearer goes along while it lives, for clients without a cookie.
    this.#renewing ??= requestJson<AgentSession>(
      this.rest,
      'POST',
      '/api/v1/agent-sessions/refresh',
      undefined,
      this.session?.token,
    )
      .then((session) => this.#take(session))
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  /** A REST call in the agent's name. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    return requestJson<T>(this.rest, method, path, body, await this.token());
  }

  #take(session: AgentSession): AgentSession {
    // A refresh may answer with the new bearer only.
    this.session = { ...this.session, ...session };
    const now = this.#seams.clock.now();
    this.#goodUntil = Math.max(Date.parse(session.expiresAt) - EARLY_MS, now + EARLY_MS);
    return this.session;
  }
}
