/** Times for people: in the viewer's zone and language. */
import type { Locale } from '../../shared/i18n/index.svelte.ts';

const cache = new Map<string, Intl.DateTimeFormat>();

function format(locale: Locale, key: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const id = `${locale}|${key}`;
  let found = cache.get(id);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, options);
    cache.set(id, found);
  }
  return found;
}

export function clockTime(at: number, locale: Locale): string {
  return format(locale, 'clock', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
}

export function fullTime(at: number, locale: Locale): string {
  return format(locale, 'full', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(at);
}

/** A moment that was agreed on: to the minute. */
export function minuteTime(at: number, locale: Locale): string {
  return format(locale, 'minute', { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(at);
}

export function shortDate(at: number, locale: Locale): string {
  return format(locale, 'date', { month: 'short', day: 'numeric' }).format(at);
}

export function longDate(at: number, locale: Locale): string {
  return format(locale, 'long', { year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' }).format(at);
}

/** A moment ahead: date and clock time. */
export function untilText(at: number, locale: Locale): string {
  if (Number.isNaN(at)) return '';
  return format(locale, 'until', {
    month: 'short',
    day: 'numeric',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}

/** A day in the viewer's zone, as a key. */
export function dayKey(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** How many days before today a day lies, in the viewer's zone; right over changes of the clock. */
export function daysAgo(at: number, now: number): number {
  const midnight = (ms: number) => {
    const date = new Date(ms);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

export type Span = { unit: 'seconds' | 'minutes' | 'hours' | 'days'; n: number };

/** A length of time in its largest unit, rounded down. */
export function span(ms: number): Span {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return { unit: 'seconds', n: seconds };
  if (seconds < 3600) return { unit: 'minutes', n: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: 'hours', n: Math.floor(seconds / 3600) };
  return { unit: 'days', n: Math.floor(seconds / 86_400) };
}
