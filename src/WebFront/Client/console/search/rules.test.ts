import { expect, it } from 'vitest';
import { daySpan, marked } from './rules.ts';

it.each([
  ['我想申请退款，订单', [{ start: 4, length: 2 }], ['我想申请', '*退款', '，订单']],
  [
    'aa',
    [
      { start: 0, length: 1 },
      { start: 1, length: 1 },
    ],
    ['*a', '*a'],
  ],
  ['short', [{ start: 3, length: 9 }], ['short']],
  ['<b>x</b>', [], ['<b>x</b>']],
] as const)('marks %s', (text, places, expected) => {
  expect(marked(text, places).map((part) => (part.hit ? '*' : '') + part.text)).toEqual(expected);
});

it('takes whole days of the viewer’s zone', () => {
  expect(daySpan('2030-03-01', '2030-03-01')).toEqual({
    from: new Date(2030, 2, 1).toISOString(),
    to: new Date(2030, 2, 2).toISOString(),
  });
  expect(daySpan('2030-02-30', '')).toBeNull();
  expect(daySpan('', '')).toEqual({ from: '', to: '' });
});
