import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vite';
import base from './vite.config.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The widget's frame is built apart from the other pages: chunks shared with them would bring along what only they
// use, and the widget has a budget (scripts/check-size.mjs).
const config = mergeConfig(base, {
  build: { emptyOutDir: false, manifest: 'assets/widget-manifest.json' },
});
// Merging would add this page to the others.
config.build.rollupOptions.input = { widget: here('widget/index.html') };
// One chunk of everything that is loaded at once: small ones compress badly.
config.build.rollupOptions.output = { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } };
// None of these modules does anything by being loaded: without this the first load would ask for "later" all the same.
config.build.rollupOptions.treeshake = {
  moduleSideEffects: [{ test: /svelte[\\/]src[\\/]internal[\\/](client|disclose)/, sideEffects: false }],
};
export default config;
