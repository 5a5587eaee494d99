import { expect, it } from 'vitest';
import { CHOSEN_MAX, Selection } from './selection.svelte.ts';

const order = Array.from({ length: 150 }, (_, i) => `c${i}`);

it('ticks, extends in both directions and clears', () => {
  const chosen = new Selection();
  expect(chosen.toggle('c5')).toBe(true);
  expect(chosen.on).toBe(true);
  chosen.extend('c7', order);
  expect(chosen.ids).toEqual(['c5', 'c6', 'c7']);
  chosen.extend('c4', order);
  expect(chosen.ids).toEqual(['c5', 'c6', 'c7', 'c4']);
  chosen.toggle('c6');
  expect(chosen.has('c6')).toBe(false);
  chosen.clear();
  expect([chosen.count, chosen.on]).toEqual([0, false]);
});

it('takes no more than one action may have, and says so', () => {
  const chosen = new Selection();
  expect(chosen.all(order)).toBe(false);
  expect(chosen.count).toBe(CHOSEN_MAX);
  expect(chosen.toggle('c120')).toBe(false);
  // All that fit are chosen: the same again lets them go.
  expect(chosen.all(order)).toBe(true);
  expect(chosen.count).toBe(0);
});

it('keeps what was refused', () => {
  const chosen = new Selection();
  chosen.all(order.slice(0, 3));
  chosen.keep(['c1']);
  expect(chosen.ids).toEqual(['c1']);
  chosen.keep([]);
  expect(chosen.on).toBe(false);
});
