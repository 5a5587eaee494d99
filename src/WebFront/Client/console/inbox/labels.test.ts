import { expect, it } from 'vitest';
import { plainName } from './labels.ts';

it('a stranger’s name neither turns round nor hides what stands beside it', () => {
  expect(plainName('\u202Egnp.exe\u202C Li\u0000\u0007')).toBe('gnp.exe Li');
  expect(plainName('\u2066\u200B \uFEFF')).toBe('');
  // What is written that way, and what is joined to be seen, stays.
  expect(plainName(' مریم‌ها ')).toBe('مریم‌ها');
  expect(plainName('王芳 👨‍👩‍👧')).toBe('王芳 👨‍👩‍👧');
});
