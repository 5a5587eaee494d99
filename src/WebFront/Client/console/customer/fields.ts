/** Values of a site's custom fields, as they are typed, and answers to its questions. Pure. */
import type { CustomerField, Question } from '../api.ts';

export function labelOf(field: Question, locale: string): string {
  return field.label[locale] ?? Object.values(field.label)[0] ?? field.key;
}

/** What was asked under a key; null where the site asks it no longer. */
export function questionOf(form: readonly Question[], key: string, locale: string): string | null {
  const question = form.find((each) => each.key === key);
  return question ? labelOf(question, locale) : null;
}

/** Whether the server will take it; an empty one takes the value away. */
export function fits(field: CustomerField, value: string): boolean {
  if (value === '') return true;
  if (field.kind === 'choice') return field.options.includes(value);
  if (field.kind === 'number') {
    const number = Number(value);
    return /^-?\d+(\.\d+)?$/.test(value) && number >= (field.min ?? number) && number <= (field.max ?? number);
  }
  return value.length <= (field.max ?? 500);
}

/** What differs from what is stored. */
export function changed(before: Record<string, string>, typed: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(typed).filter(([key, value]) => value !== (before[key] ?? '')));
}

/** What is typed, over newer values: fields that were left as they were take the newer one. */
export function rebased(
  began: Record<string, string>,
  now: Record<string, string>,
  typed: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(typed).map(([key, value]) => [key, value === (began[key] ?? '') ? (now[key] ?? '') : value]),
  );
}
