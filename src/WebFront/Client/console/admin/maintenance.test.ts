import { describe, expect, it } from 'vitest';
import { momentText } from '../ui/dates.ts';
import { maintenanceRange } from './maintenance.ts';

const now = Date.parse('2026-05-01T08:00:00Z');
const later = momentText(now + 3_600_000);

describe('a maintenance window', () => {
  it('is taken with a time ahead, minutes and both texts', () => {
    expect(maintenanceRange(later, 30, '维护', 'Maintenance', now)).toBeNull();
  });

  it.each([
    ['start', momentText(now - 120_000), 30, 'a', 'b'],
    ['start', '', 30, 'a', 'b'],
    ['start', momentText(now + 61 * 86_400_000), 30, 'a', 'b'],
    ['minutes', later, null, 'a', 'b'],
    ['minutes', later, 0, 'a', 'b'],
    ['minutes', later, 1_441, 'a', 'b'],
    ['minutes', later, 1.5, 'a', 'b'],
    ['zh', later, 30, ' ', 'b'],
    ['zh', later, 30, 'x'.repeat(301), 'b'],
    ['en', later, 30, 'a', ''],
  ])('is refused for its %s', (field, start, minutes, zh, en) => {
    expect(maintenanceRange(start, minutes, zh, en, now)).toBe(field);
  });
});
