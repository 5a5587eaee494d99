/** What the loader on the host page and the frame tell each other. Nothing secret goes this way. */

export type FromFrame =
  | { cs: 'ready' }
  | { cs: 'close' }
  | { cs: 'unread'; count: number }
  /** Whether there is a conversation: the loader then brings the frame back on the next page at once. */
  | { cs: 'conversation'; exists: boolean }
  | { cs: 'locale'; locale: string };

export type ToFrame = { cs: 'shown'; shown: boolean };

/** Given to the frame as its window name, so that it shows up in no log. */
export interface FrameConfig {
  /** Origin of the host page: the only one the frame listens to and speaks to. */
  host: string;
  locale?: string;
  page: { url: string; title: string; referrer: string };
}
