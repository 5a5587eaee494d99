/** Exponential back-off with full jitter. Pure: the random number in [0, 1) is an argument. */

export interface BackoffOptions {
  /** Ceiling of the first wait, ms. */
  baseMs: number;
  /** Ceiling of every wait, ms. */
  capMs: number;
}

/** However long a server was away, nearly all are back within eight seconds of its return. */
export const reconnectBackoff: BackoffOptions = { baseMs: 500, capMs: 8_000 };
export const retryBackoff: BackoffOptions = { baseMs: 250, capMs: 15_000 };

/**
 * How long to wait before attempt number `attempt` (0 is the first one after a failure). A server's own
 * `retryAfterMs` is a floor: the jitter is added to it, so that a thousand told the same do not return at once.
 */
export function backoffMs(attempt: number, random: number, options: BackoffOptions, retryAfterMs = 0): number {
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(Math.max(attempt, 0), 30));
  return Math.max(0, retryAfterMs) + Math.floor(random * ceiling);
}
