import { describe, expect, it } from 'vitest';
import type { ConversationEvent } from '../../shared/protocol/types.ts';
import { rowsOf } from './rows.ts';

describe('rows', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString();
  const posted = (sequence: number, kind: 'visitor' | 'agent', minute: number): ConversationEvent => ({
    type: 'messagePosted',
    sequence,
    at: at(minute),
    messageId: `m${sequence}`,
    author: { kind, id: kind, name: kind },
    text: `t${sequence}`,
  });
  const shape = (input: Partial<Parameters<typeof rowsOf>[0]>) =>
    rowsOf({ events: [], pending: [], failed: [], readUpTo: 0, ...input }).map((row) =>
      row.kind === 'message' ? [row.key, row.first, row.last, row.status] : row.kind === 'notice' ? row.text : row.kind,
    );

  it('groups one author, and marks only the latest message as sent', () => {
    const events = [posted(1, 'visitor', 0), posted(2, 'visitor', 1), posted(3, 'agent', 2), posted(4, 'visitor', 20)];
    expect(shape({ events })).toEqual([
      'day',
      ['m1', true, false, null],
      ['m2', false, true, null],
      ['m3', true, true, null],
      ['m4', true, true, 'sent'],
    ]);
    expect(shape({ events, deliveredUpTo: 3 }).at(-1)).toEqual(['m4', true, true, 'sent']);
    expect(shape({ events, deliveredUpTo: 4 }).slice(-3)).toEqual([
      ['m2', false, true, null],
      ['m3', true, true, null],
      ['m4', true, true, 'delivered'],
    ]);
    expect(shape({ events, deliveredUpTo: 4, readUpTo: 4 }).at(-1)).toEqual(['m4', true, true, 'read']);
  });

  it('says who came, and not twice for a transfer', () => {
    const base = { at: at(0) };
    const events = [
      { ...base, type: 'queued', sequence: 1 },
      { ...base, type: 'assigned', sequence: 2, agent: { id: 'a', name: 'A' } },
      { ...base, type: 'transferred', sequence: 3, agent: { id: 'b', name: 'B' } },
      { ...base, type: 'assigned', sequence: 4, agent: { id: 'b', name: 'B' } },
      { ...base, type: 'queued', sequence: 5 },
      { ...base, type: 'closed', sequence: 6, by: 'system' },
      { ...base, type: 'somethingNew', sequence: 7 },
    ] as ConversationEvent[];
    expect(shape({ events })).toEqual(['joined', 'joined', 'requeued', 'closedBySystem']);
  });

  it('shows what is quoted where it is held, and where new messages begin', () => {
    const asked = posted(1, 'visitor', 0);
    const events = [asked, posted(2, 'agent', 1), posted(3, 'agent', 2)] as ConversationEvent[];
    Object.assign(events[1] as object, { replyTo: 'm1' });
    Object.assign(events[2] as object, { replyTo: 'long ago' });
    const rows = rowsOf({ events, pending: [], failed: [], readUpTo: 0, unreadAfter: 2 });
    expect(rows.map((row) => row.kind)).toEqual(['day', 'message', 'message', 'unread', 'message']);
    const quotes = rows.flatMap((row) => (row.kind === 'message' ? [row.quote] : []));
    expect(quotes).toEqual([
      null,
      { messageId: 'm1', own: true, name: 'visitor', text: 't1' },
      { messageId: 'long ago', own: false, name: '', text: '' },
    ]);
  });

  it('shows what is pending and what failed after what is known', () => {
    const item = { kind: 'message' as const, conversationId: 'c', text: 'x', at: Date.parse(at(1)) };
    const rows = shape({
      events: [posted(1, 'visitor', 0)],
      pending: [{ ...item, id: 'p' }],
      failed: [{ item: { ...item, id: 'f' }, error: { code: 'Closed', message: '' } }],
    });
    expect(rows.slice(1)).toEqual([
      ['m1', true, false, 'sent'],
      ['p', false, false, 'sending'],
      ['f', false, true, 'failed'],
    ]);
  });
});
