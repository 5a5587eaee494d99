import { expect, it } from 'vitest';
import type { Row } from './rows.ts';
import { drawnRows, ROW_PX, scrollFor, seenRows, shiftOf } from './window.ts';

const rows = (ids: string) => [...ids].map((id) => ({ conversationId: id }) as Row);

it('draws what is seen and a little more, never more than there is', () => {
  expect(drawnRows(0, 760, 10_000)).toEqual({ first: 0, end: 18 });
  expect(drawnRows(5_000 * ROW_PX, 760, 10_000)).toEqual({ first: 4_992, end: 5_018 });
  expect(drawnRows(9_990 * ROW_PX, 760, 10_000)).toEqual({ first: 9_982, end: 10_000 });
  expect(drawnRows(9_990 * ROW_PX, 760, 3)).toEqual({ first: 3, end: 3 });
  expect(drawnRows(0, 760, 0)).toEqual({ first: 0, end: 0 });
});

it('stays where it is when lines come above, whatever became of single ones', () => {
  const before = rows('abcdefgh');
  const top = 2 * ROW_PX + 10;
  const seen = seenRows(before, top, 3 * ROW_PX - 10);
  expect(seen.map(({ id }) => id)).toEqual(['c', 'd', 'e']);
  expect(shiftOf(seen, before, top)).toBe(0);
  expect(shiftOf(seen, rows('xyabcdefgh'), top)).toBe(2 * ROW_PX);
  // One of them wrote and went to the top.
  expect(shiftOf(seen, rows('cabdefgh'), top)).toBe(0);
  expect(shiftOf(seen, rows('bcdefgh'), top)).toBe(-ROW_PX);
  expect(shiftOf(seen, rows('xyz'), top)).toBe(0);
});

it('lets new lines in at the top', () => {
  expect(shiftOf(seenRows(rows('abc'), 0, 200), rows('xabc'), 0)).toBe(0);
});

it('scrolls only as far as a line needs', () => {
  expect(scrollFor(3, 0, 10 * ROW_PX)).toBeNull();
  expect(scrollFor(3, 5 * ROW_PX, 10 * ROW_PX)).toBe(3 * ROW_PX);
  expect(scrollFor(20, 5 * ROW_PX, 10 * ROW_PX)).toBe(11 * ROW_PX);
});
