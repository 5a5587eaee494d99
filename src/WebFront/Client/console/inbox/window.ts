/** Which lines of a long list are drawn, and how it stays where it is when lines come and go above. Pure. */
import type { Row } from './rows.ts';

/** Height of a line with the gap below it, px: all are as high as each other, so that places follow from numbers. */
export const ROW_PX = 76;
/** Lines drawn beyond each edge, so that a quick flick shows no hole. */
const SPARE = 8;

export interface Drawn {
  first: number;
  end: number;
}

export function drawnRows(top: number, height: number, count: number): Drawn {
  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE);
  const end = Math.min(count, Math.ceil((top + height) / ROW_PX) + SPARE);
  return { first: Math.min(first, end), end };
}

/** Lines that were on the screen, and where they were. */
export type Seen = readonly { id: string; index: number }[];

export function seenRows(rows: readonly Row[], top: number, height: number): Seen {
  const first = Math.max(0, Math.floor(top / ROW_PX));
  return rows
    .slice(first, Math.ceil((top + height) / ROW_PX))
    .map((row, at) => ({ id: row.conversationId, index: first + at }));
}

/**
 * By how much to scroll, px, so that what was on the screen stays there. Single lines may have moved away: where most of
 * them went counts. At the very top new lines are let in.
 */
export function shiftOf(seen: Seen, rows: readonly Row[], top: number): number {
  if (top < ROW_PX / 2 || seen.length === 0) return 0;
  const now = new Map(rows.map((row, index) => [row.conversationId, index]));
  const shifts = seen
    .map(({ id, index }) => {
      const to = now.get(id);
      return to === undefined ? null : to - index;
    })
    .filter((shift) => shift !== null)
    .sort((a, b) => a - b);
  return (shifts[Math.floor(shifts.length / 2)] ?? 0) * ROW_PX;
}

/** Where to scroll so that a line is seen whole; null where it is. */
export function scrollFor(index: number, top: number, height: number): number | null {
  const at = index * ROW_PX;
  if (at < top) return at;
  return at + ROW_PX > top + height ? at + ROW_PX - height : null;
}
