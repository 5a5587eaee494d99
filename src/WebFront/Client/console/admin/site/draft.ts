/** A site as the editor holds it: texts that a person can type, made of what is stored and back again. Pure. */
import type { CustomerField, FormField, Invitation, SiteLine } from '../../api.ts';
import { linesOf } from '../rules.ts';

export const kinds = {
  images: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'],
  documents: [
    'application/pdf',
    'text/plain',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  ],
  media: ['video/mp4', 'video/quicktime', 'audio/mp4', 'video/webm', 'audio/mpeg', 'audio/ogg', 'audio/wav'],
  archives: ['application/zip'],
} as const;
export type Kind = keyof typeof kinds;
const usual: Kind[] = ['images', 'documents', 'media'];

export interface Texts {
  'zh-CN': string;
  en: string;
}

export interface SiteDraft {
  key: string;
  name: string;
  queueId: string;
  greeting: Texts;
  origins: string;
  color: string;
  position: 'right' | 'left';
  languages: string[];
  hasHours: boolean;
  timeZone: string;
  /** By day, Sunday first: `09:00-12:00, 13:00-18:00`. */
  week: string[];
  holidays: string;
  closed: 'message' | 'hide';
  closedText: Texts;
  fields: { key: string; type: string; required: boolean; label: Texts; options: string }[];
  /** Bounds as they are typed: empty for none. */
  customers: { key: string; kind: CustomerField['kind']; label: Texts; options: string; min: string; max: string }[];
  unsentText: boolean;
  queues: string[];
  consent: Texts;
  invitations: { page: string; afterSeconds: number; text: Texts }[];
  takesFiles: boolean;
  fileMegabytes: number;
  kinds: Kind[];
}

const textsOf = (texts: Record<string, string> | undefined): Texts => ({
  'zh-CN': texts?.['zh-CN'] ?? '',
  en: texts?.en ?? '',
});

/** What is empty is left out; what the editor does not know (a further language) is kept. */
function stored(texts: Texts, before?: Record<string, string>): Record<string, string> {
  const result: Record<string, string> = { ...before };
  for (const locale of ['zh-CN', 'en'] as const) {
    const text = texts[locale].trim();
    if (text) result[locale] = text;
    else delete result[locale];
  }
  return result;
}

export function draftOf(site: SiteLine | null): SiteDraft {
  const week = Array.from({ length: 7 }, (_, day) =>
    site?.hours
      ? site.hours.week
          .filter((span) => span.day === day)
          .map((span) => `${span.from}-${span.to}`)
          .join(', ')
      : day === 0 || day === 6
        ? ''
        : '09:00-18:00',
  );
  const types = site?.files?.types ?? [];
  return {
    key: site?.key ?? '',
    name: site?.name ?? '',
    queueId: site?.queueId ?? 'default',
    greeting: textsOf(site?.greeting),
    origins: (site?.origins ?? []).join('\n'),
    color: site?.look?.color ?? '#0b6e5b',
    position: site?.look?.position === 'left' ? 'left' : 'right',
    languages: [...(site?.look?.languages ?? ['zh-CN', 'en'])],
    hasHours: Boolean(site?.hours),
    timeZone: site?.hours?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    week,
    holidays: (site?.hours?.holidays ?? []).join('\n'),
    closed: site?.closed === 'hide' ? 'hide' : 'message',
    closedText: textsOf(site?.closedText),
    fields: (site?.form ?? []).map((field) => ({
      key: field.key,
      type: field.type,
      required: field.required,
      label: textsOf(field.label),
      options: (field.options ?? []).join(', '),
    })),
    customers: (site?.customerFields ?? []).map((field) => ({
      key: field.key,
      kind: field.kind,
      label: textsOf(field.label),
      options: field.options.join(', '),
      min: String(field.min ?? ''),
      max: String(field.max ?? ''),
    })),
    unsentText: site?.unsentText ?? false,
    queues: [...(site?.queues ?? [])],
    consent: textsOf(site?.consent),
    invitations: (site?.invitations ?? []).map((each) => ({
      page: each.page,
      afterSeconds: each.afterSeconds,
      text: textsOf(each.text),
    })),
    takesFiles: site?.files?.enabled ?? true,
    fileMegabytes: Math.round((site?.files?.bytesMax ?? 10 << 20) / 1024 / 1024),
    kinds:
      types.length === 0
        ? [...usual]
        : (Object.keys(kinds) as Kind[]).filter((kind) => kinds[kind].some((type) => types.includes(type))),
  };
}

const span = /^([01]\d|2[0-3]):([0-5]\d)\s*[-–—]\s*(([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/** The spans of one day, or null where the text is none. */
export function spansOf(day: number, text: string): { day: number; from: string; to: string }[] | null {
  const spans: { day: number; from: string; to: string }[] = [];
  for (const part of text.split(/[,，;；]/).map((each) => each.trim())) {
    if (part === '') continue;
    const match = span.exec(part);
    const [from, to] = match ? [`${match[1]}:${match[2]}`, match[3] ?? ''] : ['', ''];
    if (!match || from >= to) return null;
    spans.push({ day, from, to });
  }
  return spans;
}

export const wrongSpans = (draft: SiteDraft) =>
  draft.hasHours ? (draft.week.find((text, day) => spansOf(day, text) === null) ?? null) : null;

export const wrongHoliday = (draft: SiteDraft) =>
  linesOf(draft.holidays).find(
    (line) => !/^\d{4}-\d\d-\d\d$/.test(line) || Number.isNaN(Date.parse(`${line}T00:00:00Z`)),
  ) ?? null;

const optionsOf = (text: string) => [...new Set(text.split(/[,，]/).map((each) => each.trim()))].filter(Boolean);

export function wrongFields(fields: SiteDraft['fields']): boolean {
  const keys = fields.map((field) => field.key);
  return (
    new Set(keys).size !== keys.length ||
    fields.some(
      (field) =>
        !/^[a-z0-9_-]{1,40}$/.test(field.key) || (field.type === 'choice' && optionsOf(field.options).length < 2),
    )
  );
}

const boundOf = (text: string) => (String(text).trim() === '' ? undefined : Number(text));

export function wrongCustomers(fields: SiteDraft['customers']): boolean {
  const keys = fields.map((field) => field.key);
  return (
    new Set(keys).size !== keys.length ||
    fields.some((field) => {
      const [min, max] = [boundOf(field.min), boundOf(field.max)];
      return (
        !/^[a-z0-9_-]{1,40}$/.test(field.key) ||
        (field.kind === 'choice' && optionsOf(field.options).length < 2) ||
        Number.isNaN(min ?? 0) ||
        Number.isNaN(max ?? 0) ||
        (min ?? max ?? 0) > (max ?? min ?? 0) ||
        (field.kind === 'text' && max !== undefined && !(Number.isInteger(max) && max >= 1 && max <= 500))
      );
    })
  );
}

/** A number field holds null while it is empty. */
const isWhole = (value: number | null, max: number) =>
  Number.isInteger(value) && (value ?? 0) >= 1 && (value ?? 0) <= max;

export const wrongInvitations = (draft: SiteDraft) =>
  draft.invitations.some(
    ({ afterSeconds, text }) => !isWhole(afterSeconds, 3_600) || !(text['zh-CN'].trim() || text.en.trim()),
  );

export const MEGABYTES_MAX = 25;
export const wrongMegabytes = (draft: SiteDraft) => draft.takesFiles && !isWhole(draft.fileMegabytes, MEGABYTES_MAX);

/** Contrast of white on a colour, by WCAG's formula: the server asks for 4.5 too. */
export function whiteContrast(color: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 1.05 / (0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) + 0.05);
}

export function siteOf(draft: SiteDraft, before: SiteLine | null): SiteLine {
  const types = draft.kinds.flatMap((kind) => [...kinds[kind]]);
  const isUsual = draft.kinds.length === usual.length && usual.every((kind) => draft.kinds.includes(kind));
  const form: FormField[] = draft.fields.map((field, at) => ({
    key: field.key,
    type: field.type,
    required: field.required,
    label: stored(field.label, before?.form?.[at]?.label),
    options: field.type === 'choice' ? optionsOf(field.options) : [],
  }));
  const customerFields = draft.customers.map((field, at): CustomerField => {
    const [min, max] = [
      field.kind === 'number' ? boundOf(field.min) : undefined,
      field.kind === 'choice' ? undefined : boundOf(field.max),
    ];
    return {
      key: field.key,
      kind: field.kind,
      label: stored(field.label, before?.customerFields?.[at]?.label),
      options: field.kind === 'choice' ? optionsOf(field.options) : [],
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    };
  });
  const invitations: Invitation[] = draft.invitations.map((each, at) => ({
    page: each.page.trim() || '*',
    afterSeconds: each.afterSeconds,
    text: stored(each.text, before?.invitations?.[at]?.text),
  }));
  return {
    key: draft.key,
    name: draft.name.trim(),
    queueId: draft.queueId,
    greeting: stored(draft.greeting, before?.greeting),
    origins: linesOf(draft.origins),
    look: { color: draft.color, position: draft.position, languages: draft.languages },
    hours: draft.hasHours
      ? {
          timeZone: draft.timeZone,
          week: draft.week.flatMap((text, day) => spansOf(day, text) ?? []),
          holidays: linesOf(draft.holidays),
        }
      : undefined,
    closed: draft.closed,
    closedText: stored(draft.closedText, before?.closedText),
    form,
    queues: draft.queues,
    consent: stored(draft.consent, before?.consent),
    invitations,
    files: {
      enabled: draft.takesFiles && types.length > 0,
      bytesMax: (draft.fileMegabytes || 10) * 1024 * 1024,
      types: isUsual ? [] : types,
    },
    customerFields,
    unsentText: draft.unsentText,
    // A new site has none to compare with.
    revision: before?.revision,
  };
}

/** The revision to save with after an own change beside the form. One further is that change; what lies further is
 * somebody else's too, which saving must not overwrite unseen: then the one before stays, and saving is a conflict. */
export const revisionKnown = (before: number | undefined, after: number | undefined) =>
  before !== undefined && after === before + 1 ? after : before;
