/**
 * The log of one conversation as a client holds it: a contiguous run of events. Pure: no timers, no I/O. What is to be
 * done comes back as effects. `vectors/log.json` holds cases that any other implementation can be checked against.
 */
import type { ConversationEvent } from './types.ts';

/** More events than this are not kept: the oldest go, and come back by paging. */
export const LOG_LIMIT = 2000;
const LOG_TRIMMED_TO = 1500;

export interface LogState {
  /** Contiguous and ascending: sequences `from + 1` to `next - 1`. */
  events: ConversationEvent[];
  /** Everything up to here lies before what is held; 0 when the log is held from its beginning. */
  from: number;
  /** The sequence that is applied next. */
  next: number;
  /** The highest head heard of. */
  head: number;
  connected: boolean;
  /** A Resume is in flight: one at most. */
  resuming: boolean;
  /** What arrived while a Resume was in flight. */
  buffer: { events: ConversationEvent[]; head: number }[];
}

export type LogInput =
  | { type: 'connected' }
  | { type: 'disconnected' }
  | { type: 'events'; events: ConversationEvent[]; head: number }
  | { type: 'head'; head: number }
  | { type: 'resumed'; recovered: boolean; events: ConversationEvent[]; head: number }
  /** The Resume was refused for now; the caller waits and then says `check`. */
  | { type: 'resumeFailed' }
  | { type: 'check' }
  /** An older page, asked for by REST. */
  | { type: 'page'; events: ConversationEvent[] };

export type LogEffect =
  /** Call Resume. `delayed` when the one before brought nothing: wait first, or a broken server is hammered. */
  | { type: 'resume'; after: number; delayed?: true }
  | { type: 'applied'; events: ConversationEvent[] }
  | { type: 'replaced' };

export interface LogStep {
  state: LogState;
  effects: LogEffect[];
}

export function emptyLog(): LogState {
  return { events: [], from: 0, next: 1, head: 0, connected: false, resuming: false, buffer: [] };
}

export function stepLog(state: LogState, input: LogInput): LogStep {
  switch (input.type) {
    case 'connected':
      // Always a Resume on a new connection: it is what subscribes.
      return resume({ ...state, connected: true, resuming: false, buffer: [] }, []);
    case 'disconnected':
      return { state: { ...state, connected: false, resuming: false, buffer: [] }, effects: [] };
    case 'events': {
      const { events, head } = input;
      if (state.resuming) return { state: { ...state, buffer: [...state.buffer, { events, head }] }, effects: [] };
      const effects: LogEffect[] = [];
      return catchUp(apply(state, events, head, effects), effects);
    }
    case 'head':
      return catchUp({ ...state, head: Math.max(state.head, input.head) }, []);
    case 'resumed':
      return resumed(state, input);
    case 'resumeFailed':
      return { state: { ...state, resuming: false, buffer: [] }, effects: [] };
    case 'check':
      return state.connected && !state.resuming ? resume(state, []) : { state, effects: [] };
    case 'page':
      return { state: prepend(state, input.events), effects: [] };
  }
}

function resumed(state: LogState, answer: Extract<LogInput, { type: 'resumed' }>): LogStep {
  // An answer that a broken connection outlived says nothing about this one.
  if (!state.resuming) return { state, effects: [] };
  const effects: LogEffect[] = [];
  const before = state.next;
  let now: LogState = { ...state, resuming: false, buffer: [] };
  if (answer.recovered) {
    now = apply(now, answer.events, answer.head, effects);
  } else {
    const events = [...answer.events].sort((a, b) => a.sequence - b.sequence);
    const first = events[0]?.sequence ?? answer.head + 1;
    // The head is taken as it is: after a restore it may be lower than what was heard before.
    now = apply({ ...now, events: [], from: first - 1, next: first, head: answer.head }, events, answer.head, []);
    effects.push({ type: 'replaced' });
  }
  for (const frame of state.buffer) now = apply(now, frame.events, frame.head, effects);
  const progress = now.next !== before || !answer.recovered;
  return catchUp(now, effects, !progress);
}

/** Applies what is next, drops what is lower; a hole stops it, and the head then tells. */
function apply(state: LogState, events: ConversationEvent[], head: number, effects: LogEffect[]): LogState {
  let next = state.next;
  let highest = Math.max(state.head, head);
  const applied: ConversationEvent[] = [];
  for (const event of events) {
    highest = Math.max(highest, event.sequence);
    if (event.sequence !== next) continue;
    applied.push(event);
    next += 1;
  }
  if (applied.length === 0) return { ...state, head: highest };
  effects.push({ type: 'applied', events: applied });
  const all = [...state.events, ...applied];
  const kept = all.length > LOG_LIMIT ? all.slice(all.length - LOG_TRIMMED_TO) : all;
  return { ...state, events: kept, from: state.from + all.length - kept.length, next, head: highest };
}

function catchUp(state: LogState, effects: LogEffect[], delayed = false): LogStep {
  const behind = state.connected && !state.resuming && state.head >= state.next;
  return behind ? resume(state, effects, delayed) : { state, effects };
}

function resume(state: LogState, effects: LogEffect[], delayed = false): LogStep {
  const effect: LogEffect = { type: 'resume', after: state.next - 1 };
  if (delayed) effect.delayed = true;
  return { state: { ...state, resuming: true }, effects: [...effects, effect] };
}

function prepend(state: LogState, page: ConversationEvent[]): LogState {
  const older: ConversationEvent[] = [];
  let expected = state.from;
  for (const event of [...page].sort((a, b) => b.sequence - a.sequence)) {
    if (event.sequence !== expected) continue;
    older.unshift(event);
    expected -= 1;
  }
  return older.length === 0 ? state : { ...state, events: [...older, ...state.events], from: expected };
}
