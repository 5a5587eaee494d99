/** How far this browser has shown a conversation: for the unread badge only. */
export interface Seen {
  id: string;
  upTo: number;
}

export function lastSeen(siteKey: string): Seen {
  try {
    const value = JSON.parse(localStorage.getItem(`cs.seen.${siteKey}`) ?? 'null') as Seen | null;
    if (value && typeof value.id === 'string' && typeof value.upTo === 'number') return value;
  } catch {
    // Blocked or garbled storage: everything counts as new.
  }
  return { id: '', upTo: 0 };
}

export function saveSeen(siteKey: string, seen: Seen): void {
  try {
    localStorage.setItem(`cs.seen.${siteKey}`, JSON.stringify(seen));
  } catch {
    // The badge may then count what was seen before a reload.
  }
}
