import { expect, it } from 'vitest';
import { storable } from './text.ts';

it.each([
  ['plain, 中文, 😀', 'plain, 中文, 😀'],
  ['a\0b\0', 'ab'],
  ['half \ud83d of one', 'half  of one'],
  ['the other \ude00', 'the other '],
  ['\ud83d\ud83d\ude00', '😀'],
  // What the server keeps stays.
  ['a\tb\nc\u0007\u202e', 'a\tb\nc\u0007\u202e'],
])('%j is kept as %j', (text, kept) => expect(storable(text)).toBe(kept));
