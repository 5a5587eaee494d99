import { describe, expect, it } from 'vitest';
import { emptyInbox, type InboxInput, stepInbox } from './inbox.ts';
import { emptyLog, type LogEffect, type LogInput, stepLog } from './log.ts';
import { emptyLane, type LaneEffect, type LaneInput, stepLane } from './outbox.ts';
import inboxVectors from './vectors/inbox.json';
import logVectors from './vectors/log.json';
import outboxVectors from './vectors/outbox.json';

interface Vectors {
  cases: { name: string; steps: { input: unknown; effects: unknown[]; state: Record<string, unknown> }[] }[];
}

const logEffect = (effect: LogEffect) =>
  effect.type === 'applied' ? { type: 'applied', sequences: effect.events.map((event) => event.sequence) } : effect;

const laneEffect = (effect: LaneEffect) => {
  if (effect.type === 'send') return { type: 'send', id: effect.item.id };
  if (effect.type === 'failed') {
    return { type: 'failed', id: effect.failed.item.id, code: effect.failed.error.code };
  }
  return effect;
};

describe('log vectors', () => {
  it.each((logVectors as unknown as Vectors).cases)('$name', ({ steps }) => {
    let state = emptyLog();
    for (const [i, step] of steps.entries()) {
      const next = stepLog(state, step.input as LogInput);
      state = next.state;
      expect(next.effects.map(logEffect), `effects of step ${i}`).toEqual(step.effects);
      const shown = { ...state, sequences: state.events.map((event) => event.sequence) };
      expect(shown, `state after step ${i}`).toMatchObject(step.state);
    }
  });
});

describe('outbox vectors', () => {
  it.each((outboxVectors as unknown as Vectors).cases)('$name', ({ steps }) => {
    let state = emptyLane();
    for (const [i, step] of steps.entries()) {
      const next = stepLane(state, step.input as LaneInput);
      state = next.state;
      expect(next.effects.map(laneEffect), `effects of step ${i}`).toEqual(step.effects);
      const shown = {
        ...state,
        ids: state.items.map((item) => item.id),
        conversations: state.items.map((item) => item.conversationId),
        failed: state.failed.map((entry) => entry.item.id),
      };
      expect(shown, `state after step ${i}`).toMatchObject(step.state);
    }
  });
});

describe('inbox vectors', () => {
  it.each((inboxVectors as unknown as Vectors).cases)('$name', ({ steps }) => {
    let state = emptyInbox();
    for (const [i, step] of steps.entries()) {
      const next = stepInbox(state, step.input as InboxInput);
      state = next.state;
      expect(next.effects, `effects of step ${i}`).toEqual(step.effects);
      const lines = state.conversations.map((line) => `${line.conversationId}:${line.readUpTo ?? 0}`).sort();
      expect({ ...state, lines }, `state after step ${i}`).toMatchObject(step.state);
    }
  });
});
