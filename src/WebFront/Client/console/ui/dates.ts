/** Dates and times as they are typed: year first, so that they read the same in every language. In the viewer's zone. */

const two = (n: number) => String(n).padStart(2, '0');

/** To the minute: 2030-03-01 09:30. */
export function momentText(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const day = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/;
const moment = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日\s*|\s+|T)(\d{1,2}):(\d\d)$/;

function read(shape: RegExp, typed: string): number {
  // Wide digits and colons too, as input methods write them.
  const [year, month, date, hour, minute] = (shape.exec(typed.normalize('NFKC').trim()) ?? []).slice(1).map(Number);
  const at = new Date(year ?? Number.NaN, (month ?? 0) - 1, date, hour ?? 0, minute ?? 0);
  // 30 February is no day, and 24:30 no time.
  return at.getMonth() + 1 === month && at.getDate() === date && (minute ?? 0) < 60 ? at.getTime() : Number.NaN;
}

/** Midnight of the day that is typed; NaN where it is none. */
export const dayOf = (typed: string) => read(day, typed);

/** The moment that is typed; NaN where it is none. */
export const momentOf = (typed: string) => read(moment, typed);
