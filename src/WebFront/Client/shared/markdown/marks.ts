/**
 * Whether a text could mean anything as markdown. Most messages don't, and then nothing is fetched for them. May say
 * yes where there is none, never no where there is some.
 */
export function mayBeMarkdown(text: string): boolean {
  return /[*_`~[\]<\\#>]|^\s*(?:[-+]|\d+[.)])\s|^\s*-{3,}\s*$/m.test(text);
}
