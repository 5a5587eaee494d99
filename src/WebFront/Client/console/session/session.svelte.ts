import { AgentSessionKeeper } from '../../shared/protocol/agentSession.ts';
import { ConnectionLost, Refused } from '../../shared/protocol/errors.ts';
import { Desk } from '../desk.svelte.ts';

export type Phase = 'restoring' | 'signedOut' | 'signedIn';

const RESTORE_AGAIN_MS = 3_000;

/** Who is signed in, and the desk that comes with it. */
export class Session {
  phase = $state<Phase>('restoring');
  /** The server could not be asked yet whether the cookie still stands for somebody. */
  unreachable = $state(false);
  /** It was signed in and is not any more, without having asked for it. */
  ended = $state(false);
  desk = $state.raw<Desk | null>(null);
  readonly #keeper = new AgentSessionKeeper();
  #off: (() => void) | null = null;

  async restore(): Promise<void> {
    this.phase = 'restoring';
    try {
      const session = await this.#keeper.restore();
      this.unreachable = false;
      if (session) this.#enter();
      else this.phase = 'signedOut';
    } catch (error) {
      if (error instanceof Refused && error.status !== 0 && error.status < 500 && error.status !== 429) {
        this.phase = 'signedOut';
        return;
      }
      this.unreachable = true;
      setTimeout(() => void this.restore(), RESTORE_AGAIN_MS);
    }
  }

  /** Throws what refused it. */
  async signIn(email: string, password: string): Promise<void> {
    await this.#keeper.signIn(email, password);
    this.ended = false;
    this.#enter();
  }

  async signOut(): Promise<void> {
    this.#leave(false);
    try {
      await this.#keeper.signOut();
    } catch (error) {
      // Out of reach: the cookie runs out by itself. Any other answer means that it was gone already.
      if (!(error instanceof ConnectionLost) && !(error instanceof Refused)) throw error;
    }
  }

  #enter(): void {
    const desk = new Desk(this.#keeper);
    this.#off = desk.client.subscribe(() => {
      // A connection refused for good: the session was revoked, or the account disabled.
      if (desk.client.status === 'refused') this.#leave(true);
    });
    desk.start();
    this.desk = desk;
    this.phase = 'signedIn';
  }

  #leave(ended: boolean): void {
    this.#off?.();
    this.#off = null;
    this.desk?.stop();
    this.desk = null;
    this.ended = ended;
    this.phase = 'signedOut';
  }
}
