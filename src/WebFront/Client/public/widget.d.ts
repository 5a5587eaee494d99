/**
 * What /widget.js offers to the page that carries it, as `window.customerService`. It is there once the script has
 * loaded; an event `customerservice` on `window` says when.
 */
export interface CustomerServiceWidget {
  /** Opens the window; loads it where it was not open before. */
  open(): void;
  /** Closes the window. The conversation goes on. */
  close(): void;
  /**
   * Says who the visitor is: a JSON Web Token that the site's own server signed (HS256, with the secret that an
   * administrator made for the site; claims `sub`, `aud`, `exp`, and `name` and `email` where known). The visitor then
   * has the same conversations on every device. `null` after signing out. It lasts as long as the page: call it on
   * each one, before or after the window is opened. The event `identified` tells what became of it.
   */
  identify(person: { token: string } | null): void;
  /**
   * Says which page is looked at, where its address or title is not the document's: agents see it, and invitations
   * follow it. Changes of the address are noticed without it. Each call replaces the one before; `null` ends it.
   */
  setContext(page: { url?: string; title?: string } | null): void;
  /** Calls `listener` for each event of that name; returns how to stop that. */
  on<Name extends keyof CustomerServiceEvents>(
    name: Name,
    listener: (detail: CustomerServiceEvents[Name]) => void,
  ): () => void;
  /** Whether the window is open. */
  readonly isOpen: boolean;
  /** Messages that the visitor has not seen. */
  readonly unread: number;
}

export interface CustomerServiceEvents {
  /** The window was opened, by the visitor or by the page. */
  open: null;
  close: null;
  /** The number of messages that the visitor has not seen. */
  unread: number;
  /** Somebody has answered; what was said stays in the window. */
  message: { from: string };
  /**
   * What became of `identify`: `refused` is null where it counts, otherwise `signature`, `expired`, `site` (signed for
   * another one), `claims` (a required one is missing, or out of range) or `off` (the site has no secret).
   */
  identified: { refused: 'signature' | 'expired' | 'site' | 'claims' | 'off' | null };
}

declare global {
  interface Window {
    customerService?: CustomerServiceWidget;
  }
  interface WindowEventMap {
    customerservice: Event;
  }
}
