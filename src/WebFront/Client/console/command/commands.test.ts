import { expect, it } from 'vitest';
import { type Command, matching } from './commands.ts';

const command = (label: string, hint = ''): Command => ({
  id: label,
  label,
  hint,
  icon: 'bolt',
  group: '',
  run: () => {},
});
const all = [
  command('Close conversation'),
  command('Go to search'),
  command('Emma Clarke', 'In progress'),
  command('搁置'),
];

it.each([
  ['', ['Close conversation', 'Go to search', 'Emma Clarke', '搁置']],
  ['c', ['Close conversation', 'Emma Clarke', 'Go to search']],
  ['clarke progress', ['Emma Clarke']],
  ['置', ['搁置']],
  ['nothing', []],
])('%j fits', (text, expected) => {
  expect(matching(all, text).map((each) => each.label)).toEqual(expected);
});
