import { momentOf } from '../ui/dates.ts';

export const MINUTES_MAX = 1_440;
export const TEXT_MAX = 300;
const AHEAD_MAX_MS = 60 * 86_400_000;

/** The first field that is wrong; null where the window can be announced. */
export function maintenanceRange(
  start: string,
  minutes: number | null,
  zh: string,
  en: string,
  now: number,
): 'start' | 'minutes' | 'zh' | 'en' | null {
  const at = momentOf(start);
  if (!(at > now && at - now <= AHEAD_MAX_MS)) return 'start';
  if (minutes === null || !Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_MAX) return 'minutes';
  const bad = (text: string) => text.trim() === '' || text.trim().length > TEXT_MAX;
  return bad(zh) ? 'zh' : bad(en) ? 'en' : null;
}
