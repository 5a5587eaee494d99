// Fails the build when the widget grows past its budget: what it loads before the first message (the loader script, and
// the frame's page with every script and style it loads at once), and each part that is fetched later.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const FIRST_BYTES_MAX = 40_000;
/** A part with all that it brings along, beyond what is there when it is asked for. */
const PART_BYTES_MAX = 20_000;
/** What is larger than that, and why: a library. */
const LARGER = { 'shared/markdown/render.ts': 30_000 };

const root = fileURLToPath(new URL('../../wwwroot/', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'assets/widget-manifest.json'), 'utf8'));

const visit = (key, files) => {
  const chunk = manifest[key];
  if (files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) visit(next, files);
  return files;
};
/** What is there in any case when this part is asked for: what each of those that ask has with it. */
const before = (key) => {
  const asking = Object.keys(manifest).filter((each) => manifest[each].dynamicImports?.includes(key));
  const [one = new Set(), ...others] = asking.map((each) => visit(each, new Set()));
  return new Set([...one].filter((file) => others.every((files) => files.has(file))));
};
const size = (file) => gzipSync(readFileSync(join(root, file)), { level: 9 }).length;
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);
const line = (bytes, what) => console.log(`${String(bytes).padStart(7)} B gzipped  ${what}`);

const first = visit('widget/index.html', new Set(['widget.js', 'widget/index.html']));
for (const file of first) line(size(file), file);
line(sum(first), `the widget before the first message (at most ${FIRST_BYTES_MAX})`);

const over = [];
if (sum(first) > FIRST_BYTES_MAX) over.push(`the first load: ${sum(first) - FIRST_BYTES_MAX} bytes too many`);
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  const there = before(key);
  const bytes = sum([...visit(key, new Set())].filter((file) => !first.has(file) && !there.has(file)));
  const max = LARGER[key] ?? PART_BYTES_MAX;
  line(bytes, `later: ${key} (at most ${max})`);
  if (bytes > max) over.push(`${key}: ${bytes - max} bytes too many`);
}
if (over.length > 0) {
  console.error(`The widget is larger than its budget. ${over.join('; ')}.`);
  process.exit(1);
}
