// Fails the build when what the widget loads before the first message grows past its budget:
// the loader script, and the frame's page with every script and style it loads at once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 45_000;

const root = fileURLToPath(new URL('../../wwwroot/', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'assets/widget-manifest.json'), 'utf8'));

const files = new Set(['widget.js', 'widget/index.html']);
const visit = (key) => {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) visit(next);
};
visit('widget/index.html');

let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(join(root, file)), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(7)} B gzipped  ${file}`);
}
console.log(`${String(total).padStart(7)} B gzipped  widget before the first message (at most ${BUDGET_BYTES})`);
if (total > BUDGET_BYTES) {
  console.error(`The widget loads ${total - BUDGET_BYTES} bytes more than its budget of ${BUDGET_BYTES}.`);
  process.exit(1);
}
