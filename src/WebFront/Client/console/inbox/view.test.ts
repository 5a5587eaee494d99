import { describe, expect, it } from 'vitest';
import type { Row } from './rows.ts';
import {
  compareRows,
  conditionCount,
  type ListView,
  openView,
  readView,
  sameView,
  sortsFor,
  viewQuery,
} from './view.ts';

describe('a stored view', () => {
  it.each([
    [null, { states: ['waiting', 'offered', 'assigned', 'snoozed'], sort: 'activity' }],
    [
      { states: ['closed', 'nonsense'], sort: 'waiting' },
      { states: ['closed'], sort: 'activity' },
    ],
    [
      { states: ['waiting'], sort: 'priority', queue: '', tag: 7 },
      { states: ['waiting'], sort: 'priority' },
    ],
    [
      { states: [], agent: 'me', site: 'x'.repeat(65) },
      { states: [], sort: 'activity', agent: 'me' },
    ],
  ] as [Record<string, unknown> | null, ListView][])('%j is read as one that can be asked for', (stored, expected) => {
    expect(readView(stored)).toEqual(expected);
  });

  it('equals another whatever the order of its members', () => {
    expect(
      sameView(
        { sort: 'waiting', states: ['offered', 'waiting'] },
        { states: ['waiting', 'offered'], sort: 'waiting' },
      ),
    ).toBe(true);
    expect(sameView(openView(), { ...openView(), tag: 'vip' })).toBe(false);
  });
});

it('becomes the parameters of a request', () => {
  expect(viewQuery({ states: ['waiting', 'assigned'], sort: 'priority', agent: 'me', tag: '退款' }, 'a1')).toEqual({
    state: 'waiting,assigned',
    sort: 'priority',
    agent: 'a1',
    tag: '退款',
  });
});

it('is ordered by the wait only over what is open', () => {
  expect(sortsFor(['closed', 'waiting'])).toEqual(['activity']);
  expect(sortsFor([])).toEqual(['activity']);
  expect(sortsFor(['waiting'])).toHaveLength(3);
});

it('says how many conditions were added', () => {
  expect(conditionCount(openView(), openView())).toBe(0);
  expect(conditionCount({ states: ['closed'], sort: 'activity', queue: 'q', agent: 'me' }, openView())).toBe(3);
});

it('orders as the server does', () => {
  const at = (minute: number) => new Date(Date.UTC(2030, 0, 1, 8, minute)).toISOString();
  const row = (id: string, enqueued: number, active: number, priority?: number) =>
    ({
      conversationId: id,
      enqueuedAt: at(enqueued),
      startedAt: at(enqueued),
      lastMessageAt: at(active),
      priority,
    }) as unknown as Row;
  const rows = [row('a', 3, 9), row('b', 1, 5, 2), row('c', 1, 9, 2), row('d', 2, 1, 5)];
  const ids = (sort: 'activity' | 'waiting' | 'priority') =>
    [...rows]
      .sort(compareRows(sort))
      .map((r) => r.conversationId)
      .join('');
  expect([ids('activity'), ids('waiting'), ids('priority')]).toEqual(['cabd', 'bcda', 'dbca']);
});
