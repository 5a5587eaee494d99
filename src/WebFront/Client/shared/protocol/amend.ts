/** What became of messages after they were posted. Pure; whoever draws messages asks it, so that an edit that arrives
 * before its message does (paging goes backwards) counts all the same. */

/** As much of an event as this looks at. */
interface Happened {
  type: string;
  messageId?: string;
  text?: string;
  redacted?: boolean;
}

export interface Amendment {
  /** The last wording; undefined where it was not edited. */
  text?: string;
  redacted: boolean;
}

export function amendments(events: readonly Happened[]): Map<string, Amendment> {
  const found = new Map<string, Amendment>();
  for (const { type, messageId, text, redacted = false } of events) {
    if (!messageId) continue;
    const before = found.get(messageId);
    if (type === 'messageRedacted' || type === 'noteRedacted' || redacted) found.set(messageId, { redacted: true });
    else if ((type === 'messageEdited' || type === 'noteEdited') && !before?.redacted)
      found.set(messageId, { text, redacted: false });
  }
  return found;
}
