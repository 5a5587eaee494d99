import { expect, it } from 'vitest';
import { tagSuggestions } from './tags.ts';

it.each([
  ['everything at first', ['a', 'b'], [], '', ['a', 'b']],
  ['not what it has', ['a', 'b'], ['a'], '', ['b']],
  ['what begins with the text first', ['no refund', 'refund'], [], 'ref', ['refund', 'no refund', 'ref']],
  ['no second spelling of a known one', ['VIP'], [], 'vip', ['VIP']],
  ['a new one last', ['退款'], [], '退', ['退款', '退']],
] as const)('offers %s', (_, known, has, text, expected) => {
  expect(tagSuggestions(known, has, text)).toEqual(expected);
});
