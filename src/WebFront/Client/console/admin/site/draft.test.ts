import { describe, expect, it } from 'vitest';
import type { SiteLine } from '../../api.ts';
import {
  draftOf,
  siteOf,
  spansOf,
  whiteContrast,
  wrongCustomers,
  wrongFields,
  wrongHoliday,
  wrongInvitations,
  wrongMegabytes,
} from './draft.ts';

const site: SiteLine = {
  key: 'shop',
  name: 'Shop',
  queueId: 'default',
  greeting: { en: 'Hi', fr: 'Salut' },
  origins: ['https://shop.example'],
  look: { color: '#1d4ed8', position: 'left', languages: ['en'] },
  hours: {
    timeZone: 'Asia/Shanghai',
    week: [
      { day: 1, from: '09:00', to: '12:00' },
      { day: 1, from: '13:00', to: '24:00' },
    ],
    holidays: ['2026-10-01'],
  },
  closed: 'hide',
  closedText: { en: 'Closed' },
  form: [{ key: 'topic', type: 'choice', required: true, label: { en: 'Topic' }, options: ['a', 'b'] }],
  queues: ['default'],
  consent: { 'zh-CN': '同意' },
  invitations: [{ page: '/cart*', afterSeconds: 30, text: { en: 'Help?' } }],
  files: { enabled: true, bytesMax: 5 * 1024 * 1024, types: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] },
  customerFields: [
    { key: 'tier', kind: 'choice', label: { en: 'Tier', fr: 'Rang' }, options: ['gold', 'silver'] },
    { key: 'age', kind: 'number', label: { en: 'Age' }, options: [], min: 0, max: 150 },
  ],
  unsentText: true,
  revision: 7,
};

describe('the draft of a site', () => {
  it.each([
    [{ key: 'Tier' }, true],
    [{ key: 'tier', kind: 'choice' as const, options: 'one' }, true],
    [{ key: 'age', kind: 'number' as const, min: '9', max: '1' }, true],
    [{ key: 'age', kind: 'number' as const, min: 'x' }, true],
    [{ key: 'note', max: '501' }, true],
    [{ key: 'note', max: '500' }, false],
  ])('tells a customer field that can not be: %o', (more, wrong) => {
    const blank = { kind: 'text' as const, label: { 'zh-CN': '', en: '' }, options: '', min: '', max: '' };
    expect(wrongCustomers([{ ...blank, ...more }])).toBe(wrong);
  });

  it('is the site again when nothing was changed', () => {
    expect(siteOf(draftOf(site), site)).toEqual(site);
  });

  it.each([
    ['09:00-18:00', 1],
    ['09:00-12:00，13:00–24:00', 2],
    ['', 0],
    ['18:00-09:00', null],
    ['9-18', null],
    ['09:00-25:00', null],
  ])('reads %s', (text, count) => {
    expect(spansOf(1, text)?.length ?? null).toBe(count);
  });

  it('finds what is wrong', () => {
    const draft = draftOf(site);
    expect(wrongHoliday(draft)).toBeNull();
    expect(wrongHoliday({ ...draft, holidays: '2026-13-45' })).toBe('2026-13-45');
    const [field] = draft.fields;
    if (!field) throw new Error('no field');
    expect(wrongFields(draft.fields)).toBe(false);
    expect(wrongFields([field, field])).toBe(true);
    expect(wrongFields([{ ...field, options: 'one' }])).toBe(true);
    expect(wrongFields([{ ...field, key: 'Topic!' }])).toBe(true);
    const [invitation] = draft.invitations;
    if (!invitation) throw new Error('no invitation');
    expect(wrongInvitations(draft)).toBe(false);
    for (const afterSeconds of [null, 0, 3_601, 1.5] as number[])
      expect(wrongInvitations({ ...draft, invitations: [{ ...invitation, afterSeconds }] })).toBe(true);
    expect(wrongInvitations({ ...draft, invitations: [{ ...invitation, text: { 'zh-CN': ' ', en: '' } }] })).toBe(true);
    expect(wrongMegabytes(draft)).toBe(false);
    for (const fileMegabytes of [null, 0, 26, 1.5] as number[]) {
      expect(wrongMegabytes({ ...draft, fileMegabytes })).toBe(true);
      expect(wrongMegabytes({ ...draft, fileMegabytes, takesFiles: false })).toBe(false);
    }
    expect(whiteContrast('#0b6e5b')).toBeGreaterThan(4.5);
    expect(whiteContrast('#ffee88')).toBeLessThan(4.5);
  });
});
