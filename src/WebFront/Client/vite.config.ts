import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The pages. Two things are built apart: the widget's frame (vite.widget.config.ts) and the loader script
// (vite.loader.config.ts: `/widget.js` is one classic script with a fixed name).
export default defineConfig({
  root: here('.'),
  base: '/',
  appType: 'mpa',
  plugins: [tailwindcss(), svelte()],
  // Under vitest Svelte has to resolve to its browser build, or mounting a component fails.
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:5080',
      '/hubs': { target: 'http://127.0.0.1:5080', ws: true },
      '/widget.js': 'http://127.0.0.1:5080',
    },
  },
  build: {
    outDir: here('../wwwroot'),
    emptyOutDir: true,
    assetsDir: 'assets',
    // Nothing is inlined into pages or styles: the pages run under a strict content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'assets/manifest.json',
    rollupOptions: {
      input: {
        console: here('console/index.html'),
        demo: here('demo/index.html'),
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**'],
    restoreMocks: true,
    // A machine with other work to do is slow, not wrong: only a test that never comes true fails.
    expect: { poll: { timeout: 20_000 } },
  },
});
