/** This agent's own status and reason, as far as it is known here. */
import type { AgentClient } from '../../shared/protocol/agent.ts';
import type { AgentStatus } from '../../shared/protocol/types.ts';
import type { Api } from '../api.ts';

export class Standing {
  status = $state<AgentStatus | null>(null);
  /** Id of the reason for the status. */
  reason = $state<string | null>(null);
  error = $state.raw<unknown>(null);
  #busy = false;
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

  /** It may have been changed in another tab, or by the end of a grace period. */
  async load(): Promise<void> {
    const chosen = this.#chosen;
    try {
      const standing = await this.#api.me();
      // An answer from before a choice made here would undo it on the screen.
      if (this.#busy || chosen !== this.#chosen) return;
      this.status = standing.status;
      this.reason = standing.reason ?? null;
    } catch {
      // The next connection asks again; until then the status shows as unknown.
    }
  }
}
