/**
 * Keeps the drafts of this browser and the server alike: what is written here goes there a moment later, what was written
 * on another machine comes here, unless this one has words that the server lacks. The last write wins.
 */
import type { ServerDraft } from '../api.ts';
import type { Clock, KeyValueStore } from '../../shared/protocol/seams.ts';
import type { Draft, Drafts } from './drafts.ts';

/** A pause in the typing this long, and the draft is sent. */
export const PUSH_AFTER_MS = 1_500;

interface Mark {
  /** The server's revision that this browser has. */
  revision: number;
  /** Changed here since. */
  dirty: boolean;
}

interface Remote {
  list(): Promise<ServerDraft[]>;
  save(conversationId: string, draft: Draft): Promise<{ revision: number }>;
}

export class DraftSync {
  readonly #drafts: Drafts;
  readonly #remote: Remote;
  readonly #clock: Clock;
  readonly #store: KeyValueStore;
  readonly #key: string;
  readonly #arrived: () => void;
  #marks: Map<string, Mark>;
  #timer: unknown = null;
  #pushing = false;

  constructor(
    agentId: string,
    drafts: Drafts,
    remote: Remote,
    store: KeyValueStore,
    clock: Clock,
    arrived: () => void,
  ) {
    this.#drafts = drafts;
    this.#remote = remote;
    this.#clock = clock;
    this.#store = store;
    this.#key = `cs.draftMarks.${agentId}`;
    this.#arrived = arrived;
    this.#marks = this.#read();
    drafts.onset = (id) => {
      this.#marks.set(id, { revision: this.#marks.get(id)?.revision ?? 0, dirty: true });
      this.#later();
    };
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#drafts.onset = null;
  }

  /** Takes what is newer on the server, then sends what is newer here. Never throws: the next connect tries again. */
  async pull(): Promise<void> {
    try {
      let news = false;
      for (const theirs of await this.#remote.list()) {
        const mark = this.#marks.get(theirs.conversationId);
        if (mark?.dirty || theirs.revision <= (mark?.revision ?? 0)) continue;
        const { reply, note, mode } = theirs;
        this.#drafts.take(theirs.conversationId, { reply, note, mode });
        this.#marks.set(theirs.conversationId, { revision: theirs.revision, dirty: false });
        news = true;
      }
      if (news) {
        this.#write();
        this.#arrived();
      }
    } catch {
      return;
    }
    await this.push();
  }

  async push(): Promise<void> {
    if (this.#pushing) return;
    this.#pushing = true;
    this.#clock.clearTimeout(this.#timer);
    try {
      for (const [id, mark] of [...this.#marks]) {
        if (!mark.dirty) continue;
        const sent = this.#drafts.get(id);
        const { revision } = await this.#remote.save(id, sent);
        const now = this.#drafts.get(id);
        const same = now.reply === sent.reply && now.note === sent.note && now.mode === sent.mode;
        this.#marks.set(id, { revision, dirty: !same });
        if (!same) this.#later();
      }
    } catch {
      // Out of reach, or refused: kept here, and sent with the next words or the next connect.
    } finally {
      this.#pushing = false;
      this.#write();
    }
  }

  #later(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => void this.push(), PUSH_AFTER_MS);
  }

  #read(): Map<string, Mark> {
    try {
      return new Map(JSON.parse(this.#store.getItem(this.#key) ?? '[]') as [string, Mark][]);
    } catch {
      return new Map();
    }
  }

  #write(): void {
    try {
      this.#store.setItem(this.#key, JSON.stringify([...this.#marks].slice(-200)));
    } catch {
      // Blocked: then a reload asks the server anew.
    }
  }
}
