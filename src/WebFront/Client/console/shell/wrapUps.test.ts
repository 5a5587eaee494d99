import { expect, it } from 'vitest';
import { leftText } from './wrapUps.ts';

it.each([
  [65_000, '1:05'],
  [59_001, '0:59'],
  [9_400, '0:09'],
  [0, '0:00'],
  [-5_000, '0:00'],
  [3_600_000, '60:00'],
])('%i ms are shown as %s', (ms, text) => {
  expect(leftText(ms)).toBe(text);
});
