/** Rules of the tag field. Pure. */

/** The server's limits. */
export const TAGS_MAX = 20;
export const TAG_MAX = 40;
const SHOWN_MAX = 8;

/** What to offer while one types: known tags that hold the text, the text itself last where it is a new one. */
export function tagSuggestions(known: readonly string[], has: readonly string[], text: string): string[] {
  const wanted = text.trim().toLowerCase();
  const found = known.filter((tag) => !has.includes(tag) && tag.toLowerCase().includes(wanted));
  found.sort((a, b) => Number(b.toLowerCase().startsWith(wanted)) - Number(a.toLowerCase().startsWith(wanted)));
  const shown = found.slice(0, SHOWN_MAX);
  const isNew = wanted !== '' && ![...known, ...has].some((tag) => tag.toLowerCase() === wanted);
  return isNew ? [...shown, text.trim()] : shown;
}
