/** How lists and panes put a conversation into words. Reading the language here makes callers follow a switch. */
import type { ConversationState } from '../../shared/protocol/types.ts';
import { i18n, t, type TextKey } from '../i18n.ts';
import { type Row, shortCode } from './rows.ts';
import type { Sort } from './view.ts';
import { clockTime, daysAgo, longDate, shortDate, type Span, span } from './times.ts';

export const stateText: Record<ConversationState, TextKey> = {
  waiting: 'stateWaiting',
  offered: 'stateOffered',
  assigned: 'stateAssigned',
  snoozed: 'stateSnoozed',
  closed: 'stateClosed',
};

export const sortText: Record<Sort, TextKey> = {
  activity: 'sortActivity',
  waiting: 'sortWaiting',
  priority: 'sortPriority',
};

const units: Record<Span['unit'], TextKey> = {
  seconds: 'secondsShort',
  minutes: 'minutesShort',
  hours: 'hoursShort',
  days: 'daysShort',
};

export function lengthText(ms: number): string {
  const { unit, n } = span(ms);
  return t(units[unit], { n });
}

/** A name that a stranger chose, without what is not seen and turns round or hides what is. */
export const plainName = (name: string) =>
  name.replace(/[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '').trim();

export function visitorName(row: Row | null): string {
  const name = plainName(row?.visitor.name ?? '');
  return name || t('visitorUnnamed', { code: shortCode(row?.visitor.id ?? '') });
}

/** The time beside a line: a clock time today, else a date. */
export function lineTime(at: number, now: number): string {
  if (now - at < 60_000) return t('justNow');
  return daysAgo(at, now) === 0 ? clockTime(at, i18n.locale) : shortDate(at, i18n.locale);
}

export function dayText(at: number, now: number): string {
  const days = daysAgo(at, now);
  if (days === 0) return t('today');
  return days === 1 ? t('yesterday') : longDate(at, i18n.locale);
}

/** A language tag in words, such as 简体中文 for zh-CN. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([i18n.locale], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
