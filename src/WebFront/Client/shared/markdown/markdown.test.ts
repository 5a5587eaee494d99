import { expect, it } from 'vitest';
import { mayBeMarkdown } from './marks.ts';

// How it is rendered, and what must not come through, is tested in a real browser: tests/markdown.browser.test.ts.
it('is not fetched for what has none', () => {
  for (const plain of ['在吗？', 'Your order 20261122 left today.', 'ok :-)', 'a-b', 'https://a.example/x?y=1&z=2']) {
    expect(mayBeMarkdown(plain)).toBe(false);
  }
  for (const some of ['**x**', '- a', '1. a', '> q', '`x`', '[a](b)', '# t', 'a\n---\nb', '~~x~~', '<b>']) {
    expect(mayBeMarkdown(some)).toBe(true);
  }
});
