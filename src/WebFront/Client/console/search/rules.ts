/** What the search page makes of an answer and of its own fields. Pure. */

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

/** Days of the viewer's zone, both included, as the moments that the server asks for. */
export function daySpan(from: string, to: string): { from: string; to: string } {
  const midnight = (day: string, plus: number) => {
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
    return new Date(year, month - 1, date + plus).toISOString();
  };
  return { from: from ? midnight(from, 0) : '', to: to ? midnight(to, 1) : '' };
}
