/** The languages the product speaks. */
export const locales = ['zh-CN', 'en'] as const;
export type Locale = (typeof locales)[number];

export type Params = Record<string, string | number>;

/** A text with `{name}` placeholders, or a function where the number changes the wording. */
export type Message = string | ((params: Params) => string);

/** Every locale has every key: a missing translation does not compile. */
export type Dictionaries<Key extends string> = Record<Locale, Record<Key, Message>>;

export interface I18n<Key extends string> {
  /** Reading it in markup follows a switch without a reload; setting it switches. */
  locale: Locale;
  t(key: Key, params?: Params): string;
  /** The same for texts that come with code which is fetched later. */
  with<More extends string>(more: Dictionaries<More>): (key: Key | More, params?: Params) => string;
}

const STORED = 'cs.locale';

/** The best of our languages for what a browser or a site asks for. */
export function pickLocale(wanted: readonly (string | null | undefined)[]): Locale {
  for (const tag of wanted) {
    const language = tag?.toLowerCase().split('-')[0];
    if (language === 'zh') return 'zh-CN';
    if (language === 'en') return 'en';
  }
  return 'en';
}

/** What the person chose before, or undefined; blocked storage counts as "nothing chosen". */
export function storedLocale(): Locale | undefined {
  try {
    const value = localStorage.getItem(STORED);
    return locales.find((locale) => locale === value);
  } catch {
    return undefined;
  }
}

export function fill(message: Message, params: Params): string {
  if (typeof message === 'function') return message(params);
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Texts of one page. `initial` is used unless the person has chosen a language before. */
export function createI18n<Key extends string>(dictionaries: Dictionaries<Key>, initial?: Locale): I18n<Key> {
  const first = storedLocale() ?? initial ?? pickLocale(navigator.languages);
  let current = $state<Locale>(first);
  document.documentElement.lang = first;
  return {
    get locale() {
      return current;
    },
    set locale(next: Locale) {
      current = next;
      document.documentElement.lang = next;
      try {
        localStorage.setItem(STORED, next);
      } catch {
        // The choice then lasts as long as the page.
      }
    },
    t: (key, params = {}) => fill(dictionaries[current][key], params),
    with:
      (more) =>
      (key, params = {}) =>
        fill({ ...dictionaries[current], ...more[current] }[key], params),
  };
}

/** Joins the common texts and a page's own into one set of dictionaries. */
export function merge<A extends string, B extends string>(
  first: Dictionaries<A>,
  second: Dictionaries<B>,
): Dictionaries<A | B> {
  return {
    'zh-CN': { ...first['zh-CN'], ...second['zh-CN'] },
    en: { ...first.en, ...second.en },
  };
}
