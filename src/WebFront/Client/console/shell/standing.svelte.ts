/** This agent's own status, reason and wrap-ups, as far as they are known here. */
import type { AgentClient } from '../../shared/protocol/agent.ts';
import type { AgentStatus } from '../../shared/protocol/types.ts';
import type { Api, WrapUp } from '../api.ts';

/** A wrap-up with its end by this machine's clock. */
export interface RunningWrapUp {
  id: string;
  conversationId: string;
  endsAtMs: number;
}

export class Standing {
  status = $state<AgentStatus | null>(null);
  /** Id of the reason for the status. */
  reason = $state<string | null>(null);
  error = $state.raw<unknown>(null);
  wrapUps = $state.raw<RunningWrapUp[]>([]);
  #busy = false;
  /** Ended here: an answer from before that must not bring it back. */
  #ended = new Set<string>();
  /** Rises with each choice of a status made here. */
  #chosen = 0;
  readonly #client: AgentClient;
  readonly #api: Api;

  constructor(client: AgentClient, api: Api) {
    this.#client = client;
    this.#api = api;
  }

  async set(status: AgentStatus, reason: string | null = null): Promise<void> {
    const before = { status: this.status, reason: this.reason };
    const chosen = ++this.#chosen;
    this.status = status;
    this.reason = reason;
    this.#busy = true;
    this.error = null;
    try {
      await this.#client.setStatus(status, reason ?? undefined);
    } catch (error) {
      if (chosen !== this.#chosen) return; // What was chosen since is shown.
      this.status = before.status;
      this.reason = before.reason;
      this.error = error;
    } finally {
      if (chosen === this.#chosen) this.#busy = false;
    }
  }

  /** Frees the place before its time. */
  async endWrapUp(id: string): Promise<void> {
    this.error = null;
    try {
      await this.#api.endWrapUp(id);
      this.#ended.add(id);
      this.wrapUps = this.wrapUps.filter((each) => each.id !== id);
    } catch (error) {
      this.error = error;
    }
  }

  #show(told: readonly WrapUp[]): void {
    const known = new Map(this.wrapUps.map((each) => [each.id, each]));
    this.wrapUps = told
      .filter((each) => !this.#ended.has(each.id))
      .map(({ id, conversationId, secondsLeft }) => {
        const endsAtMs = Date.now() + secondsLeft * 1_000;
        const shown = known.get(id);
        // A whole second told again is no news: the countdown must not jump with each answer.
        return shown && Math.abs(shown.endsAtMs - endsAtMs) < 2_000 ? shown : { id, conversationId, endsAtMs };
      });
  }

  /** It may have been changed in another tab, or by the end of a grace period. */
  async load(): Promise<void> {
    const chosen = this.#chosen;
    try {
      const standing = await this.#api.me();
      this.#show(standing.wrapUps ?? []);
      // An answer from before a choice made here would undo it on the screen.
      if (this.#busy || chosen !== this.#chosen) return;
      this.status = standing.status;
      this.reason = standing.reason ?? null;
    } catch {
      // The next connection asks again; until then the status shows as unknown.
    }
  }
}
