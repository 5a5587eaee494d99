/** Marks in one text. Past it the parser takes seconds for 4,000 characters of nothing but marks (`a **b*a **b*…`). */
const MARKS_MAX = 600;

/** Quotes and lists inside each other at the beginning of a line: thousands would exhaust the parser's stack. */
const NESTED_TOO_DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){12}/m;

/** Whether a text is worth reading as markdown; what is not is shown as it was typed. Pure. */
export function isReadable(text: string): boolean {
  return (text.match(/[*_`~[\]<>]/g)?.length ?? 0) <= MARKS_MAX && !NESTED_TOO_DEEP.test(text);
}
