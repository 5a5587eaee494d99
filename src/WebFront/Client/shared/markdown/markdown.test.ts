import { expect, it } from 'vitest';
import { mayBeMarkdown } from './marks.ts';
import { isReadable } from './readable.ts';

// How it is rendered, and what must not come through, is tested in a real browser: tests/widgetParts and tests/consoleText.
it('is not fetched for what has none', () => {
  for (const plain of ['在吗？', 'Your order 20261122 left today.', 'ok :-)', 'a-b', 'https://a.example/x?y=1&z=2']) {
    expect(mayBeMarkdown(plain)).toBe(false);
  }
  for (const some of ['**x**', '- a', '1. a', '> q', '`x`', '[a](b)', '# t', 'a\n---\nb', '~~x~~', '<b>']) {
    expect(mayBeMarkdown(some)).toBe(true);
  }
});

it('is not parsed where it would take longer than anybody waits', () => {
  const huge = (unit: string) => unit.repeat(Math.floor(4_000 / unit.length));
  for (const text of ['a **b*', '>', '> - ', '1. ', 'a*', '[']) expect(isReadable(huge(text)), text).toBe(false);
  for (const text of [
    '> quoted\n> on',
    '- a\n  - b\n    - c',
    '1. a\n2. b',
    '------------------------',
    `**b** ${'word '.repeat(700)}`,
    '| a | b |\n|---|---|\n'.repeat(60),
  ])
    expect(isReadable(text), text).toBe(true);
});
