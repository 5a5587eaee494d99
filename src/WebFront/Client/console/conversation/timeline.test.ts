import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../inbox/rows.ts';
import { type Bubble, isBubble, readMarkKey, timeline } from './timeline.ts';

const base = new Date(2030, 0, 2, 10, 0).getTime();
const minutes = (n: number) => new Date(base + n * 60_000).toISOString();

const said = (
  sequence: number,
  minute: number,
  kind: string,
  id: string,
  more: Partial<AgentEvent> = {},
): AgentEvent => ({
  sequence,
  at: minutes(minute),
  type: 'messagePosted',
  author: { kind, id, name: id },
  text: `m${sequence}`,
  ...more,
});

const draw = (events: AgentEvent[], more: Partial<Parameters<typeof timeline>[0]> = {}) =>
  timeline({ events, pending: [], failed: [], agentId: 'a1', agentName: 'Lina', connected: true, ...more });

describe('timeline', () => {
  it('groups a run by one author and separates days', () => {
    const items = draw([
      said(1, -24 * 60, 'visitor', 'v1'),
      said(2, 0, 'visitor', 'v1'),
      said(3, 1, 'visitor', 'v1'),
      said(4, 2, 'agent', 'a1'),
      said(5, 30, 'agent', 'a1'),
    ]);
    expect(items.map((item) => item.kind)).toEqual([
      'day',
      'message',
      'day',
      'message',
      'message',
      'message',
      'message',
    ]);
    const bubbles = items.filter(isBubble);
    expect(bubbles.map((b) => [b.first, b.last])).toEqual([
      [true, true],
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
    expect(bubbles.map((b) => b.side)).toEqual(['visitor', 'visitor', 'visitor', 'own', 'own']);
  });

  it('never joins a note to a message', () => {
    const items = draw([said(1, 0, 'agent', 'a1'), said(2, 0, 'agent', 'a1', { type: 'noteAdded' })]).filter(isBubble);
    expect(items.map((b) => [b.kind, b.first])).toEqual([
      ['message', true],
      ['note', true],
    ]);
  });

  it('draws edits, removals and quotes, whichever order they came in', () => {
    const [first, second, third, answer] = draw([
      said(1, 0, 'visitor', 'v1', { messageId: 'm1' }),
      said(2, 1, 'agent', 'a1', { messageId: 'm2' }),
      said(3, 2, 'visitor', 'v1', {
        messageId: 'm3',
        text: '6222',
        attachments: [{ id: 'f', name: '6222.png', type: 'image/png', bytes: 1 }],
      }),
      said(4, 3, 'agent', 'a1', { messageId: 'm4', replyTo: 'm3' }),
      { sequence: 5, at: minutes(4), type: 'messageEdited', messageId: 'm2', text: 'better' },
      { sequence: 6, at: minutes(4), type: 'messageRedacted', messageId: 'm3' },
    ]).filter(isBubble);
    expect([first?.edited, first?.redacted]).toEqual([false, false]);
    expect([second?.text, second?.edited]).toEqual(['better', true]);
    expect([third?.text, third?.attachments, third?.redacted, third?.edited]).toEqual(['', [], true, false]);
    expect([answer?.quote?.sequence, answer?.quote?.text]).toEqual([3, '']);
    expect(draw([said(4, 3, 'agent', 'a1', { replyTo: 'gone' })]).filter(isBubble)[0]?.quote?.sequence).toBe(0);
  });

  it('shows an unsent text once: not beside its own event', () => {
    const pending = [
      { id: 'k1', kind: 'message' as const, conversationId: 'c', text: 'one', at: base + 60_000 },
      { id: 'k2', kind: 'note' as const, conversationId: 'c', text: 'two', at: base + 61_000 },
    ];
    const items = draw([said(1, 1, 'agent', 'a1', { clientMessageId: 'k1' })], { pending }).filter(isBubble);
    expect(items.map((b) => b.key)).toEqual(['e1', 'ok2']);
  });

  it('tells sending, waiting and failed apart', () => {
    const item = (id: string, at: number) => ({ id, kind: 'message' as const, conversationId: 'c', text: id, at });
    const failed = [{ item: item('bad', base), error: { code: 'Closed' as const, message: '' } }];
    const deliveries = (connected: boolean) =>
      (
        draw([], { pending: [item('p1', base + 1), item('p2', base + 2)], failed, connected }).filter(
          isBubble,
        ) as Bubble[]
      ).map((b) => b.delivery);
    expect(deliveries(true)).toEqual(['failed', 'sending', 'queued']);
    expect(deliveries(false)).toEqual(['failed', 'queued', 'queued']);
  });

  it('counts but does not draw types it does not know', () => {
    const items = draw([{ sequence: 1, at: minutes(0), type: 'reservationRefused' }, said(2, 0, 'visitor', 'v1')]);
    expect(items.map((item) => item.kind)).toEqual(['day', 'message']);
  });

  it('puts the read mark on the last own message that was read', () => {
    const items = draw([said(1, 0, 'agent', 'a1'), said(2, 1, 'visitor', 'v1'), said(3, 2, 'agent', 'a1')]);
    expect(readMarkKey(items, 2)).toBe('e1');
    expect(readMarkKey(items, 3)).toBe('e3');
    expect(readMarkKey(items, 0)).toBeNull();
  });
});
