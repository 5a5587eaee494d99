/** Tells an agent who looks elsewhere what is new in its own list: a sound, and a notice of the desktop. */
import type { InboxState } from '../../shared/protocol/inbox.ts';
import { chime } from '../../shared/ui/chime.ts';
import { prefs } from '../shell/prefs.svelte.ts';
import { visitorName } from './labels.ts';
import type { Row } from './rows.ts';

export class News {
  /** How far each conversation of the list had come when it was last looked at. */
  #heads = new Map<string, number>();
  #known = false;
  readonly #open: (conversationId: string) => void;

  /** @param open what a click on a notice does */
  constructor(open: (conversationId: string) => void) {
    this.#open = open;
  }

  /** New is a conversation, or a visitor's message that is not being looked at. */
  notice(inbox: InboxState, selectedId: string | null): void {
    if (!inbox.loaded) return;
    const first = !this.#known;
    this.#known = true;
    let news = false;
    for (const row of inbox.conversations) {
      const before = this.#heads.get(row.conversationId);
      const looking = document.visibilityState === 'visible' && selectedId === row.conversationId;
      const fresh = before === undefined ? !first : row.head > before && row.lastAuthorKind === 'visitor' && !looking;
      if (fresh) this.#notify(row);
      news ||= fresh;
      this.#heads.set(row.conversationId, row.head);
    }
    const held = new Set(inbox.conversations.map((row) => row.conversationId));
    for (const id of this.#heads.keys()) if (!held.has(id)) this.#heads.delete(id);
    if (news && prefs.sound) chime();
  }

  /** One notice a conversation: a newer one takes the place of the one before. */
  #notify(row: Row): void {
    if (!prefs.notices || document.visibilityState === 'visible') return;
    try {
      const notice = new Notification(visitorName(row), { body: row.preview ?? '', tag: row.conversationId });
      notice.onclick = () => {
        window.focus();
        this.#open(row.conversationId);
        notice.close();
      };
    } catch {
      // Some phones have the name and not the thing.
    }
  }
}
