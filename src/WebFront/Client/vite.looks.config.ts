import { defineConfig } from 'vitest/config';

// `npm run looks`: pictures of every state in every size, theme and language. No part of the tests: see docs/testing.md.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    environment: 'node',
    include: ['tests/looks/*.looks.ts'],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
  },
});
