import { expect, it } from 'vitest';
import { zoneName } from './zone.ts';

it.each([
  ['Asia/Shanghai', 'zh-CN', '中国标准时间'],
  ['Asia/Shanghai', 'en', 'China Standard Time'],
  ['Europe/Berlin', 'en', 'Central European Time'],
  ['Mars/Olympus', 'en', 'Mars/Olympus'],
])('says %s in %s', (zone, locale, name) => {
  expect(zoneName(zone, locale)).toBe(name);
});
