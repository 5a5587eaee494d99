/** How many hues hues.css has. */
export const HUES = 8;

/** The hue of a name or id: the same everywhere, so that one learns it. */
export function hueOf(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) >>> 0;
  return sum % HUES;
}
