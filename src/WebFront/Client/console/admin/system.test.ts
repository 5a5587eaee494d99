import { expect, it } from 'vitest';
import { bytesText, siloStatusKey } from './system.ts';

it.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1536, '1.5 KiB'],
  [268435456, '256 MiB'],
  [5e15, '4,547 TiB'],
])('%d bytes', (bytes, text) => {
  expect(bytesText(bytes, 'en')).toBe(text);
});

it.each([
  ['active', 'siloActive'],
  ['shuttingdown', 'siloStopping'],
  ['joining', 'siloJoining'],
  ['dead', 'siloDead'],
  ['hovering', 'siloUnknown'],
])('a silo that is %s', (status, key) => {
  expect(siloStatusKey(status)).toBe(key);
});
