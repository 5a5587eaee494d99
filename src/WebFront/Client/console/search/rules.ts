/** What the search page makes of an answer and of its own fields. Pure. */

import { dayOf } from '../ui/dates.ts';

/** A snippet in parts, those found marked. Places that do not fit the text are left out. */
export function marked(
  text: string,
  places: readonly { start: number; length: number }[],
): { text: string; hit: boolean }[] {
  const parts: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (const { start, length } of places) {
    if (start < at || length <= 0 || start + length > text.length) continue;
    if (start > at) parts.push({ text: text.slice(at, start), hit: false });
    parts.push({ text: text.slice(start, start + length), hit: true });
    at = start + length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hit: false });
  return parts;
}

/** Days of the viewer's zone, both included, as the moments that the server asks for; null where one is no day. */
export function daySpan(from: string, to: string): { from: string; to: string } | null {
  const midnight = (day: string, plus: number) => {
    if (day.trim() === '') return '';
    const date = new Date(dayOf(day));
    date.setDate(date.getDate() + plus);
    return Number.isNaN(date.getTime()) ? null : date.toISOString();
  };
  const [since, until] = [midnight(from, 0), midnight(to, 1)];
  return since === null || until === null ? null : { from: since, to: until };
}
