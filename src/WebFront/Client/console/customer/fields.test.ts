import { describe, expect, it } from 'vitest';
import type { CustomerField, Question } from '../api.ts';
import { changed, fits, labelOf, questionOf, rebased } from './fields.ts';

const field = (more: Partial<CustomerField>): CustomerField => ({
  key: 'k',
  kind: 'text',
  label: { en: 'K' },
  options: [],
  ...more,
});

describe('values of customer fields', () => {
  it.each([
    [field({ max: 3 }), 'abc', true],
    [field({ max: 3 }), 'abcd', false],
    [field({ kind: 'number', min: 0, max: 9 }), '9', true],
    [field({ kind: 'number', min: 0, max: 9 }), '10', false],
    [field({ kind: 'number' }), '1e3', false],
    [field({ kind: 'number' }), '-1.5', true],
    [field({ kind: 'choice', options: ['a', 'b'] }), 'a', true],
    [field({ kind: 'choice', options: ['a', 'b'] }), 'c', false],
    [field({ kind: 'choice', options: ['a', 'b'] }), '', true],
  ])('%o takes %s: %s', (one, value, expected) => {
    expect(fits(one, value)).toBe(expected);
  });

  it('sends what differs only', () => {
    expect(changed({ a: '1', b: '2' }, { a: '1', b: '', c: '' })).toEqual({ b: '' });
  });

  it('takes over what a colleague saved, but for what was typed here', () => {
    expect(rebased({ a: '1', b: '2' }, { a: '9', b: '8', c: '7' }, { a: '1', b: '3', c: '' })).toEqual({
      a: '9',
      b: '3',
      c: '7',
    });
  });

  it('names a field in the language at hand, or in any', () => {
    expect([labelOf(field({}), 'zh-CN'), labelOf(field({ label: {} }), 'en')]).toEqual(['K', 'k']);
  });
});

describe('answers to questions', () => {
  const form: Question[] = [
    { key: 'topic', label: { en: 'What is it about?', 'zh-CN': '想咨询什么？' } },
    { key: 'city', label: { 'zh-CN': '城市' } },
    { key: 'bare', label: {} },
  ];
  it.each([
    ['topic', 'en', 'What is it about?'],
    ['topic', 'zh-CN', '想咨询什么？'],
    ['city', 'en', '城市'],
    ['bare', 'en', 'bare'],
    ['asked no longer', 'en', null],
  ])('stand under their question: %s, %s', (key, locale, question) => {
    expect(questionOf(form, key, locale)).toBe(question);
  });
});
