/**
 * The outbox: what a person has sent and the server has not yet acknowledged. One lane per conversation (a visitor has
 * one lane: it has one open conversation at most). Pure: no timers, no I/O, no randomness.
 *
 * An item keeps its id from the moment it is queued until it is acknowledged or refused for good, so that sending it
 * again can't double it. One item is in flight at a time, so that the order of sending is the order of the log.
 */
import { type Attachment, isRetryCode, type ProtocolError } from './types.ts';

/** A lane that is longer than this takes nothing more: better to say so than to fill the browser's storage. */
export const LANE_LIMIT = 100;
const FAILED_LIMIT = 20;

export interface OutboxItem {
  /** The message's clientMessageId. */
  id: string;
  kind: 'start' | 'message' | 'note';
  /** Null while it waits for the start before it to learn its conversation. */
  conversationId: string | null;
  /** A start's own id: the same one gives the same conversation. */
  clientId?: string;
  form?: Record<string, string>;
  /** Of a start: the queue chosen. */
  queueId?: string;
  text: string;
  /** Files, finished before the message was queued. */
  attachments?: Attachment[];
  replyTo?: string;
  /** When the person sent it, ms since 1970, for display. */
  at: number;
}

/** The ids of an item's files, as the hub wants them. */
export function idsOf(item: OutboxItem): string[] | undefined {
  return item.attachments?.map((file) => file.id);
}

export interface FailedItem {
  item: OutboxItem;
  error: ProtocolError;
}

export interface LaneState {
  /** In order of sending; the first may be in flight. */
  items: OutboxItem[];
  /** Refused for good, kept to be shown; never sent again. */
  failed: FailedItem[];
  inFlight: string | null;
  ready: boolean;
  /** Waiting out a refusal for now. */
  waiting: boolean;
  /** Refusals for now since the last success. */
  attempts: number;
}

export type LaneInput =
  | { type: 'enqueue'; item: OutboxItem }
  /** What a closed tab left behind: goes before what this tab has not sent yet. */
  | { type: 'adopt'; items: OutboxItem[]; failed: FailedItem[] }
  /** Connected and subscribed: send. */
  | { type: 'ready' }
  | { type: 'disconnected' }
  | { type: 'acked'; id: string; conversationId?: string }
  | { type: 'refused'; id: string; error: ProtocolError }
  /** The call was not answered in time: the outcome is unknown. */
  | { type: 'timedOut'; id: string }
  /** The wait is over. */
  | { type: 'waited' }
  /** The person dismissed a failed item. */
  | { type: 'dismiss'; id: string };

export type LaneEffect =
  | { type: 'send'; item: OutboxItem }
  /** Wait with jitter, at least `retryAfterMs`, then say `waited`. */
  | { type: 'wait'; attempt: number; retryAfterMs: number }
  | { type: 'reconnect' }
  | { type: 'failed'; failed: FailedItem }
  | { type: 'save' };

export interface LaneStep {
  state: LaneState;
  effects: LaneEffect[];
}

export function emptyLane(): LaneState {
  return { items: [], failed: [], inFlight: null, ready: false, waiting: false, attempts: 0 };
}

export function stepLane(state: LaneState, input: LaneInput): LaneStep {
  switch (input.type) {
    case 'enqueue': {
      if (state.items.some((item) => item.id === input.item.id)) return { state, effects: [] };
      if (state.items.length >= LANE_LIMIT) {
        const error: ProtocolError = { code: 'Overloaded', message: 'Too many messages are waiting to be sent.' };
        return fail(state, input.item, error, []);
      }
      return pump({ ...state, items: [...state.items, input.item] }, [{ type: 'save' }]);
    }
    case 'adopt': {
      const known = new Set(state.items.map((item) => item.id));
      const adopted = input.items.filter((item) => !known.has(item.id));
      const sent = state.inFlight === null ? 0 : 1;
      const items = [...state.items.slice(0, sent), ...adopted, ...state.items.slice(sent)];
      const failed = [...input.failed, ...state.failed].slice(-FAILED_LIMIT);
      return pump({ ...state, items, failed }, [{ type: 'save' }]);
    }
    case 'ready':
      return pump({ ...state, ready: true, waiting: false }, []);
    case 'disconnected':
      return { state: { ...state, ready: false, inFlight: null, waiting: false }, effects: [] };
    case 'acked':
      return acked(state, input.id, input.conversationId);
    case 'refused':
      return refused(state, input.id, input.error);
    case 'timedOut':
      if (state.inFlight !== input.id) return { state, effects: [] };
      return { state: { ...state, inFlight: null, ready: false }, effects: [{ type: 'reconnect' }] };
    case 'waited':
      return pump({ ...state, waiting: false }, []);
    case 'dismiss': {
      const failed = state.failed.filter((entry) => entry.item.id !== input.id);
      return { state: { ...state, failed }, effects: [{ type: 'save' }] };
    }
  }
}

/** By an answer, or by the item's own event: whichever comes first. The other then finds nothing. */
function acked(state: LaneState, id: string, conversationId: string | undefined): LaneStep {
  const index = state.items.findIndex((item) => item.id === id);
  // Refused, and there after all: an earlier call with it had been held up on its way.
  if (index < 0 && state.failed.some((entry) => entry.item.id === id)) return stepLane(state, { type: 'dismiss', id });
  if (index < 0) return { state, effects: [] };
  const isStart = state.items[index]?.kind === 'start';
  const items = state.items.filter((item) => item.id !== id);
  if (isStart && conversationId !== undefined) {
    // What was written behind the start belongs to the conversation that it began, up to the next start.
    for (let i = index; i < items.length; i++) {
      const item = items[i];
      if (item === undefined || item.kind === 'start') break;
      if (item.conversationId === null) items[i] = { ...item, conversationId };
    }
  }
  const inFlight = state.inFlight === id ? null : state.inFlight;
  return pump({ ...state, items, inFlight, attempts: 0, waiting: false }, [{ type: 'save' }]);
}

function refused(state: LaneState, id: string, error: ProtocolError): LaneStep {
  const item = state.items.find((candidate) => candidate.id === id);
  if (item === undefined) return { state, effects: [] };
  const inFlight = state.inFlight === id ? null : state.inFlight;
  if (isRetryCode(error.code)) {
    const wait: LaneEffect = { type: 'wait', attempt: state.attempts, retryAfterMs: error.retryAfterMs ?? 0 };
    return { state: { ...state, inFlight, waiting: true, attempts: state.attempts + 1 }, effects: [wait] };
  }
  const index = state.items.indexOf(item);
  const gone = [item];
  if (item.kind === 'start') {
    // No conversation came of it, so what was written behind it has nowhere to go.
    for (const next of state.items.slice(index + 1)) {
      if (next.kind === 'start') break;
      if (next.conversationId === null) gone.push(next);
    }
  }
  const items = state.items.filter((candidate) => !gone.includes(candidate));
  let now: LaneState = { ...state, items, inFlight, attempts: 0 };
  const effects: LaneEffect[] = [];
  for (const each of gone) {
    const step = fail(now, each, error, effects);
    now = step.state;
  }
  effects.push({ type: 'save' });
  return pump(now, effects);
}

function fail(state: LaneState, item: OutboxItem, error: ProtocolError, effects: LaneEffect[]): LaneStep {
  const failed: FailedItem = { item, error };
  effects.push({ type: 'failed', failed });
  return { state: { ...state, failed: [...state.failed, failed].slice(-FAILED_LIMIT) }, effects };
}

function pump(state: LaneState, effects: LaneEffect[]): LaneStep {
  const first = state.items[0];
  if (!state.ready || state.waiting || state.inFlight !== null || first === undefined) return { state, effects };
  return { state: { ...state, inFlight: first.id }, effects: [...effects, { type: 'send', item: first }] };
}
