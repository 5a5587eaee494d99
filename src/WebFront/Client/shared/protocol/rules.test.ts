import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { summarize } from './fold.ts';
import { emptyInbox, type InboxInput, stepInbox } from './inbox.ts';
import { emptyLog, LOG_LIMIT, stepLog } from './log.ts';
import { emptyLane, LANE_LIMIT, stepLane } from './outbox.ts';
import { type ConversationEvent, isRetryCode, MAX_TEXT, textProblem } from './types.ts';

describe('back-off', () => {
  const options = { baseMs: 500, capMs: 30_000 };
  it.each([
    [0, 0, 0, 0],
    [0, 0.5, 0, 250],
    [3, 0.5, 0, 2000],
    [40, 0.999999, 0, 29_999],
    [0, 0.5, 1000, 1250],
    [2, 0, 700, 700],
  ])('attempt %i, random %f, told %i ms: %i ms', (attempt, random, retryAfterMs, expected) => {
    expect(backoffMs(attempt, random, options, retryAfterMs)).toBe(expected);
  });
});

describe('codes and texts', () => {
  it('tells what may be tried again', () => {
    for (const code of ['RateLimited', 'Overloaded', 'Unavailable']) expect(isRetryCode(code)).toBe(true);
    for (const code of ['Invalid', 'Closed', 'Conflict', 'SomethingNew']) expect(isRetryCode(code)).toBe(false);
  });

  it('counts UTF-16 units', () => {
    expect(textProblem(' \n')).toBe('Invalid');
    expect(textProblem('好'.repeat(MAX_TEXT))).toBeNull();
    expect(textProblem('😀'.repeat(MAX_TEXT / 2))).toBeNull();
    expect(textProblem(`${'😀'.repeat(MAX_TEXT / 2)}.`)).toBe('TooLong');
  });
});

describe('bounds', () => {
  it('keeps the newest events of a very long log', () => {
    const event = (sequence: number) => ({ sequence, at: '', type: 'rated' }) as ConversationEvent;
    let state = emptyLog();
    const events = Array.from({ length: LOG_LIMIT + 1 }, (_, i) => event(i + 1));
    state = stepLog(state, { type: 'events', events, head: events.length }).state;
    expect(state.events.length).toBeLessThan(LOG_LIMIT);
    expect(state.from).toBe(events.length - state.events.length);
    expect(state.events[0]?.sequence).toBe(state.from + 1);
  });

  it('says so when the outbox is full', () => {
    let state = emptyLane();
    for (let i = 0; i <= LANE_LIMIT; i++) {
      const item = { id: String(i), kind: 'message' as const, conversationId: 'c', text: 'x', at: 0 };
      state = stepLane(state, { type: 'enqueue', item }).state;
    }
    expect(state.items.length).toBe(LANE_LIMIT);
    expect(state.failed.map((entry) => entry.item.id)).toEqual([String(LANE_LIMIT)]);
  });
});

describe('inbox', () => {
  const line = (conversationId: string, preview = '') => ({
    conversationId,
    preview,
    state: 'assigned' as const,
    head: 1,
    queue: { id: 'default' },
    visitor: { kind: 'visitor' as const, id: 'v' },
    siteKey: 'demo',
  });
  const run = (inputs: InboxInput[]) => {
    let state = emptyInbox();
    const effects: unknown[] = [];
    for (const input of inputs) {
      const step = stepInbox(state, input);
      state = step.state;
      effects.push(...step.effects);
    }
    return { state, loads: effects.length, ids: state.conversations.map((each) => each.conversationId) };
  };
  const begin: InboxInput[] = [
    { type: 'connected' },
    { type: 'loaded', answer: { version: 4, conversations: [line('a')] } },
  ];

  it('applies the next change and updates without a new version', () => {
    const { state, loads, ids } = run([
      ...begin,
      { type: 'changed', change: { version: 5, change: 'added', conversation: line('b') } },
      { type: 'changed', change: { version: 5, change: 'changed', conversation: line('a', 'new') } },
      { type: 'changed', change: { version: 6, change: 'removed', conversation: line('b') } },
      { type: 'changed', change: { version: 6, change: 'removed', conversation: line('a') } },
    ]);
    expect(loads).toBe(1);
    expect(ids).toEqual(['a']);
    expect(state.version).toBe(6);
    expect(state.conversations[0]?.preview).toBe('new');
  });

  it('asks for the whole after a gap, and keeps what arrives meanwhile', () => {
    const { loads, ids, state } = run([
      ...begin,
      { type: 'changed', change: { version: 6, change: 'added', conversation: line('c') } },
      { type: 'changed', change: { version: 7, change: 'added', conversation: line('d') } },
      { type: 'loaded', answer: { version: 6, conversations: [line('a'), line('c')] } },
    ]);
    expect(loads).toBe(2);
    expect(ids).toEqual(['a', 'c', 'd']);
    expect(state.version).toBe(7);
  });

  it('takes a changed line whole: what it leaves out is empty now', () => {
    const offered = { ...line('a'), readUpTo: 3, agent: { id: 'x' }, offerExpiresAt: '2030-01-01T00:00:00Z' };
    const { state } = run([
      { type: 'connected' },
      { type: 'loaded', answer: { version: 4, conversations: [offered] } },
      { type: 'changed', change: { version: 4, change: 'changed', conversation: line('a') } },
    ]);
    expect(state.conversations).toEqual([{ ...line('a'), readUpTo: 3 }]);
  });

  it('asks when the heartbeat names a later version', () => {
    expect(run([...begin, { type: 'version', version: 4 }]).loads).toBe(1);
    expect(run([...begin, { type: 'version', version: 9 }]).loads).toBe(2);
  });
});

describe('summary', () => {
  it('takes the latest word', () => {
    const at = '';
    const events = [
      { type: 'queued', sequence: 1, at },
      { type: 'assigned', sequence: 2, at, agent: { id: 'a', name: '林' } },
      { type: 'closed', sequence: 3, at, by: 'agent' },
      { type: 'rated', sequence: 4, at, score: 5 },
    ] as ConversationEvent[];
    const blank = { state: 'waiting', agent: null, closedBy: null, rating: null } as const;
    const closed = summarize(blank, events);
    expect(closed).toEqual({ state: 'closed', agent: { id: 'a', name: '林' }, closedBy: 'agent', rating: 5 });
    expect(summarize(closed, [{ type: 'reopened', sequence: 5, at }]).state).toBe('assigned');
  });
});
