// @vitest-environment node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const css = readFileSync(fileURLToPath(new URL('../shared/tokens.css', import.meta.url)), 'utf8');

/** The tokens of one block, such as `--bg` to `#f5f7f6`. */
function tokens(start: string): Record<string, string> {
  const from = css.indexOf(start);
  const block = css.slice(css.indexOf('{', from) + 1, css.indexOf('}', from));
  return Object.fromEntries(
    [...block.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

const themes: Record<string, Record<string, string>> = {
  light: tokens(':root {'),
  'dark by the system': tokens(':root:not([data-theme="light"])'),
  'dark by choice': tokens(':root[data-theme="dark"]'),
};

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

const pairs: [back: string, text: string][] = [
  ...['--text', '--muted', '--accent', '--danger', '--warn', '--ok', '--info'].flatMap((text): [string, string][] =>
    ['--surface', '--raised', '--bg'].map((back) => [back, text]),
  ),
  ['--sunken', '--text'],
  ['--sunken', '--muted'],
  ['--accent', '--on-accent'],
  ['--accent-hover', '--on-accent'],
  ['--accent-soft', '--on-accent-soft'],
  ['--danger-soft', '--danger'],
  ['--warn-soft', '--warn'],
  ['--info-soft', '--info'],
  ['--note', '--on-note'],
  ['--bubble-own', '--on-bubble-own'],
  ['--bubble-other', '--text'],
];

describe.each(Object.keys(themes))('tokens, %s', (theme) => {
  it.each(pairs)('%s carries %s', (back, text) => {
    const values = themes[theme] ?? {};
    expect(contrast(values[back] ?? '', values[text] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it('has the same tokens as the light one', () => {
    expect(Object.keys(themes[theme] ?? {})).toEqual(Object.keys(themes.light ?? {}));
  });
});
