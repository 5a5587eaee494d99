import { expect, it } from 'vitest';
import { clockTime, fullTime, minuteTime, untilText } from './times.ts';

it('a day begins at 00:00, not at 24:00', () => {
  const at = new Date(2030, 0, 1, 0, 5).getTime();
  for (const locale of ['en', 'zh-CN'] as const) {
    for (const text of [clockTime(at, locale), fullTime(at, locale), minuteTime(at, locale), untilText(at, locale)]) {
      expect(text).toContain('00:05');
    }
  }
});
