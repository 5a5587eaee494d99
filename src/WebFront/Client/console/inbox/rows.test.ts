import { describe, expect, it } from 'vitest';
import { type AgentEvent, appendPage, foldRow, mergeWindow, newerRow, orderMine, type Row, unreadOf } from './rows.ts';
import { compareRows } from './view.ts';

const at = (minute: number) => new Date(Date.UTC(2030, 0, 1, 8, minute)).toISOString();

const row = (id: string, more: Partial<Row> = {}): Row => ({
  conversationId: id,
  state: 'assigned',
  head: 4,
  queue: { id: 'default', name: 'Default' },
  visitor: { kind: 'visitor', id: 'v1', name: 'Li' },
  siteKey: 'demo',
  ...more,
});

const said = (sequence: number, kind: string): AgentEvent => ({
  sequence,
  at: at(sequence),
  type: 'messagePosted',
  author: { kind, id: 'x' },
  text: `m${sequence}`,
});

describe('order', () => {
  it('puts offers first, the most urgent on top, then the latest activity', () => {
    const rows = [
      row('old', { lastMessageAt: at(1) }),
      row('new', { lastMessageAt: at(9) }),
      row('later', { state: 'offered', offerExpiresAt: at(12) }),
      row('soon', { state: 'offered', offerExpiresAt: at(11) }),
    ];
    expect(orderMine(rows).map((r) => r.conversationId)).toEqual(['soon', 'later', 'new', 'old']);
  });
});

describe('unread', () => {
  it.each([
    ['all read', row('a', { head: 7, readUpTo: 7 }), 0, { count: 0, fresh: false }],
    ['read here, the line lags', row('a', { head: 7, readUpTo: 5 }), 7, { count: 0, fresh: false }],
    ['never opened', row('a', { head: 4 }), 0, { count: 0, fresh: true }],
    ['behind the head', row('a', { head: 7, readUpTo: 5, lastAuthorKind: 'visitor' }), 0, { count: 2, fresh: false }],
    [
      'a colleague wrote last',
      row('a', { head: 7, readUpTo: 5, lastAuthorKind: 'agent' }),
      0,
      { count: 0, fresh: false },
    ],
  ] as const)('%s', (_, line, readHere, expected) => {
    expect(unreadOf(line, readHere)).toEqual(expected);
  });

  it('counts only the visitor’s messages where the events are at hand', () => {
    const events = [
      said(4, 'visitor'),
      said(5, 'agent'),
      { ...said(6, 'visitor'), type: 'noteAdded' },
      said(7, 'visitor'),
    ];
    expect(unreadOf(row('a', { head: 7, readUpTo: 3 }), 0, events)).toEqual({ count: 2, fresh: false });
  });

  it('does not trust events that do not reach back to the mark', () => {
    const line = row('a', { head: 9, readUpTo: 2, lastAuthorKind: 'visitor' });
    expect(unreadOf(line, 0, [said(8, 'visitor'), said(9, 'visitor')]).count).toBe(7);
  });
});

describe('folding events into a line', () => {
  const lina = { id: 'a1', name: 'Lina' };
  const cases: [string, AgentEvent, Partial<Row>][] = [
    ['message', said(5, 'visitor'), { preview: 'm5', lastAuthorKind: 'visitor', head: 5 }],
    ['assigned', { sequence: 5, at: at(5), type: 'assigned', agent: lina }, { state: 'assigned', agent: lina }],
    ['offered', { sequence: 5, at: at(5), type: 'offered', agent: lina }, { state: 'offered', agent: lina }],
    ['released', { sequence: 5, at: at(5), type: 'released', agent: lina }, { state: 'waiting', agent: null }],
    [
      'to a queue',
      { sequence: 5, at: at(5), type: 'transferred', queue: { id: 'q2' } },
      { state: 'waiting', agent: null },
    ],
    ['to an agent', { sequence: 5, at: at(5), type: 'transferred', agent: lina }, { state: 'assigned', agent: lina }],
    ['closed', { sequence: 5, at: at(5), type: 'closed', by: 'agent' }, { state: 'closed', closedAt: at(5) }],
    ['rated', { sequence: 5, at: at(5), type: 'rated', score: 4 }, { rating: 4 }],
    [
      'snoozed',
      { sequence: 5, at: at(5), type: 'snoozed', agent: lina, until: at(9) },
      { state: 'snoozed', agent: lina, snoozedUntil: at(9) },
    ],
    [
      'left',
      { sequence: 5, at: at(5), type: 'messageLeft', until: at(9) },
      { state: 'snoozed', agent: null, snoozedUntil: at(9) },
    ],
    ['woken', { sequence: 5, at: at(5), type: 'woken', reason: 'due' }, { state: 'waiting', snoozedUntil: null }],
    ['tagged', { sequence: 5, at: at(5), type: 'tagged', added: ['b', 'a'], removed: [] }, { tags: ['a', 'b'] }],
    ['unknown', { sequence: 5, at: at(5), type: 'somethingNew' }, { state: 'assigned', head: 5 }],
  ];
  it.each(cases)('%s', (_, event, expected) => {
    expect(foldRow(row('a'), [event])).toMatchObject(expected);
  });

  it('ignores what the line has seen', () => {
    const line = row('a', { head: 9, state: 'closed' });
    expect(foldRow(line, [{ sequence: 8, at: at(8), type: 'assigned' }])).toBe(line);
  });
});

describe('pages', () => {
  const line = (id: string, minute: number) => row(id, { lastMessageAt: at(minute) });

  it('appends without doubling', () => {
    const list = { rows: [line('a', 9), line('b', 8)], next: 'x' };
    const merged = appendPage(list, { rows: [line('b', 8), line('c', 7)], next: null });
    expect(merged.rows.map((r) => r.conversationId)).toEqual(['a', 'b', 'c']);
    expect(merged.next).toBeNull();
  });

  const compare = compareRows('activity');
  const ids = (pages: { rows: Row[] }) => pages.rows.map((r) => r.conversationId);

  it('keeps what lies beyond a refreshed first page and drops what left it', () => {
    const list = { rows: [line('a', 9), line('b', 8), line('c', 7), line('d', 6)], next: 'after-d' };
    const moved = mergeWindow(
      list,
      null,
      { rows: [line('d', 12), line('a', 9), line('c', 7)], next: 'after-c' },
      compare,
    );
    expect(ids(moved)).toEqual(['d', 'a', 'c']);
    expect(moved.next).toBe('after-c');
    const deeper = mergeWindow(list, null, { rows: [line('n', 12), line('a', 9)], next: 'after-a' }, compare);
    expect(ids(deeper)).toEqual(['n', 'a', 'b', 'c', 'd']);
    expect(deeper.next).toBe('after-d');
  });

  it('refreshes a window in the middle and leaves both sides', () => {
    const list = { rows: [line('a', 9), line('b', 8), line('c', 7), line('d', 6), line('e', 4)], next: 'after-e' };
    const merged = mergeWindow(list, line('b', 8), { rows: [line('c', 7), line('x', 5)], next: 'after-x' }, compare);
    expect(ids(merged)).toEqual(['a', 'b', 'c', 'x', 'e']);
    expect(merged.next).toBe('after-e');
  });

  it('ends where a page was the last one', () => {
    const list = { rows: [line('a', 9), line('b', 8), line('c', 7)], next: 'x' };
    expect(ids(mergeWindow(list, null, { rows: [line('c', 7)], next: null }, compare))).toEqual(['c']);
    expect(ids(mergeWindow(list, line('a', 9), { rows: [], next: null }, compare))).toEqual(['a']);
  });
});

it('takes the line that knows more', () => {
  expect(newerRow(row('a', { head: 3 }), row('a', { head: 5 }))?.head).toBe(5);
  expect(newerRow(row('a', { head: 6 }), row('a', { head: 5 }))?.head).toBe(6);
  expect(newerRow(undefined, row('a'))?.conversationId).toBe('a');
});
