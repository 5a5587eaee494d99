import { expect, it } from 'vitest';
import { dayOf, momentOf, momentText } from './dates.ts';

const at = new Date(2030, 2, 1, 9, 5).getTime();

it.each([
  '2030-03-01 09:05',
  '2030-3-1 9:05',
  '2030/3/1 9:05',
  '2030年3月1日9:05',
  '2030-03-01T09:05',
  ' ２０３０-０３-０１　０９：０５ ',
])('takes %s', (typed) => {
  expect(momentOf(typed)).toBe(at);
  expect(momentText(momentOf(typed))).toBe('2030-03-01 09:05');
});

it.each(['2030-03-01', '2030年3月1日', '2030.3.1'])('takes the day %s', (typed) => {
  expect(dayOf(typed)).toBe(new Date(2030, 2, 1).getTime());
  expect(momentOf(typed)).toBeNaN();
});

it.each([
  '',
  '2030-02-30 09:00',
  '2030-03-01 24:30',
  '2030-03-01 09:60',
  '01.03.2030 09:05',
  '2030-13-01 09:05',
  'tomorrow',
])('does not take %s', (typed) => {
  expect(momentOf(typed)).toBeNaN();
  expect(dayOf(typed.split(' ')[0] === '2030-03-01' ? typed : (typed.split(' ')[0] ?? ''))).toBeNaN();
});
