import { describe, expect, it } from 'vitest';
import { highestRole, isEmail, isSlug, linesOf, within, wrongOrigin } from './rules.ts';

describe('administration rules', () => {
  it.each([
    ['capacity', 1, 1],
    ['capacity', 100, 100],
    ['capacity', 0, null],
    ['capacity', 101, null],
    ['capacity', 2.5, null],
    ['capacity', null, null],
    ['priority', -100, -100],
    ['reopenSeconds', 0, 0],
  ] as const)('%s %s -> %s', (name, value, expected) => {
    expect(within(name, value)).toBe(expected);
  });

  it('knows ids, addresses and origins', () => {
    expect(isSlug('vip-2')).toBe(true);
    expect(isSlug('VIP')).toBe(false);
    expect(isSlug('')).toBe(false);
    expect(isEmail('a@localhost')).toBe(true);
    expect(isEmail('a b@c')).toBe(false);
    expect(wrongOrigin(['https://shop.example', 'http://127.0.0.1:8080/'])).toBeNull();
    expect(wrongOrigin(['https://shop.example/path'])).toBe('https://shop.example/path');
    expect(wrongOrigin(['javascript:alert(1)'])).toBe('javascript:alert(1)');
    expect(linesOf(' a \n\n b')).toEqual(['a', 'b']);
  });

  it('shows the highest role', () => {
    expect(highestRole(['agent', 'administrator'])).toBe('administrator');
    expect(highestRole([])).toBe('agent');
  });
});
