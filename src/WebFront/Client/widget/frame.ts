/** What the loader on the host page and the frame tell each other. */

export type FromFrame =
  | { cs: 'ready' }
  | { cs: 'close' }
  | { cs: 'unread'; count: number }
  /** Whether there is a conversation: the loader then brings the frame back on the next page at once. */
  | { cs: 'conversation'; exists: boolean }
  | { cs: 'locale'; locale: string }
  /** Somebody of the site has written. What was said stays in the frame. */
  | { cs: 'message'; from: string }
  /** What became of an identity: null where it counts, or why it was refused. */
  | { cs: 'identified'; refused: string | null };

export type ToFrame =
  | { cs: 'shown'; shown: boolean }
  | { cs: 'page'; page: HostPage }
  | { cs: 'identity'; token: string | null };

export interface HostPage {
  url: string;
  title: string;
  referrer: string;
}

/** Given to the frame as its window name, so that it shows up in no log. */
export interface FrameConfig {
  /** Origin of the host page: the only one the frame listens to and speaks to. */
  host: string;
  locale?: string;
  page: HostPage;
  /** What the site's server signed about its visitor. */
  identity?: string | null;
}
