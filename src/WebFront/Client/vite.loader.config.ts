import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `/widget.js`: one classic script without imports, safe to put on any page.
export default defineConfig({
  root: here('.'),
  build: {
    outDir: here('../wwwroot'),
    emptyOutDir: false,
    copyPublicDir: false,
    reportCompressedSize: false,
    lib: {
      entry: here('widget/loader.ts'),
      formats: ['iife'],
      name: 'customerServiceWidget',
      fileName: () => 'widget.js',
    },
  },
});
