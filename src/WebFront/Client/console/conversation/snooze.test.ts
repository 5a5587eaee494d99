import { describe, expect, it } from 'vitest';
import { momentText } from '../ui/dates.ts';
import { SNOOZE_DAYS_MAX, snoozeChoices, snoozeUntil } from './snooze.ts';

const at = (day: number, hour = 15) => new Date(2030, 5, day, hour).getTime();

describe('snooze', () => {
  it('offers an hour, three, tomorrow morning and Monday morning', () => {
    // 5 June 2030 is a Wednesday.
    expect(snoozeChoices(at(5)).map((choice) => choice.at)).toEqual([at(5, 16), at(5, 18), at(6, 9), at(10, 9)]);
  });

  it('says tomorrow only once on a Sunday, and the Monday after on a Monday', () => {
    expect(snoozeChoices(at(9)).map((choice) => choice.key)).toEqual([
      'snoozeHour',
      'snoozeThreeHours',
      'snoozeTomorrow',
    ]);
    expect(snoozeChoices(at(10)).at(-1)?.at).toBe(at(17, 9));
  });

  it('takes a moment ahead, within ninety days', () => {
    const now = at(5);
    expect(snoozeUntil(momentText(at(6)), now)).toBe(at(6));
    expect(snoozeUntil(momentText(now), now)).toBeNull();
    expect(snoozeUntil(momentText(now + (SNOOZE_DAYS_MAX + 1) * 86_400_000), now)).toBeNull();
    expect(snoozeUntil('', now)).toBeNull();
  });
});
