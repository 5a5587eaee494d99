import { describe, expect, it } from 'vitest';
import { createI18n, type Dictionaries, fill, merge, type Params, pickLocale } from './index.svelte.ts';

const texts = {
  'zh-CN': { hello: '你好，{name}', wait: ({ n }: Params) => `${n} 分钟` },
  en: { hello: 'Hello, {name}', wait: ({ n }: Params) => (n === 1 ? 'one minute' : `${n} minutes`) },
} satisfies Dictionaries<string>;

describe('i18n', () => {
  it('takes the first language it knows', () => {
    expect(pickLocale(['fr', 'zh-TW', 'en'])).toBe('zh-CN');
    expect(pickLocale(['en-GB'])).toBe('en');
    expect(pickLocale([undefined, 'fr'])).toBe('en');
  });

  it('fills placeholders and leaves unknown ones to be seen', () => {
    expect(fill('{a} and {b}', { a: 1 })).toBe('1 and {b}');
  });

  it('switches without a reload', () => {
    const i18n = createI18n(texts, 'en');
    expect(i18n.t('wait', { n: 1 })).toBe('one minute');
    i18n.locale = 'zh-CN';
    expect(i18n.t('hello', { name: '李' })).toBe('你好，李');
    expect(document.documentElement.lang).toBe('zh-CN');
  });

  it('merges dictionaries', () => {
    const both = merge(texts, { 'zh-CN': { bye: '再见' }, en: { bye: 'Bye' } });
    expect(createI18n(both, 'en').t('bye')).toBeTruthy();
  });
});
