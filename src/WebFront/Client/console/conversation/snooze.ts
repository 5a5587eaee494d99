/** The times that a snooze offers. Pure; in the viewer's zone. */
import type { TextKey } from '../i18n.ts';
import { momentOf } from '../ui/dates.ts';

export interface SnoozeChoice {
  key: TextKey;
  at: number;
}

const HOUR_MS = 3_600_000;
/** When a working day begins, for "tomorrow" and "Monday". */
const MORNING_HOUR = 9;
/** The server's limit. */
export const SNOOZE_DAYS_MAX = 90;

/** Nine o'clock so many days from now, right over changes of the clock. */
function morning(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, MORNING_HOUR).getTime();
}

export function snoozeChoices(now: number): SnoozeChoice[] {
  const weekday = new Date(now).getDay();
  const toMonday = (8 - weekday) % 7 || 7;
  const choices: SnoozeChoice[] = [
    { key: 'snoozeHour', at: now + HOUR_MS },
    { key: 'snoozeThreeHours', at: now + 3 * HOUR_MS },
    { key: 'snoozeTomorrow', at: morning(now, 1) },
  ];
  // On a Sunday tomorrow is Monday: said once.
  if (toMonday !== 1) choices.push({ key: 'snoozeMonday', at: morning(now, toMonday) });
  return choices;
}

/** The moment that is typed, where a snooze may end then; otherwise null. */
export function snoozeUntil(input: string, now: number): number | null {
  const at = momentOf(input);
  return Number.isNaN(at) || at <= now || at > now + SNOOZE_DAYS_MAX * 24 * HOUR_MS ? null : at;
}
