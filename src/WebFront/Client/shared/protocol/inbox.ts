/** An agent's inbox: a versioned list. Pure. A gap in versions means: ask for the whole again. */
import type { InboxAnswer, InboxChange, InboxConversation } from './types.ts';

export interface InboxState {
  version: number;
  conversations: InboxConversation[];
  loaded: boolean;
  connected: boolean;
  loading: boolean;
  buffer: InboxChange[];
}

export type InboxInput =
  | { type: 'connected' }
  | { type: 'disconnected' }
  | { type: 'changed'; change: InboxChange }
  /** What InboxHead says. */
  | { type: 'version'; version: number }
  | { type: 'loaded'; answer: InboxAnswer }
  | { type: 'loadFailed' }
  | { type: 'check' };

export type InboxEffect = { type: 'load' };

export interface InboxStep {
  state: InboxState;
  effects: InboxEffect[];
}

export function emptyInbox(): InboxState {
  return { version: 0, conversations: [], loaded: false, connected: false, loading: false, buffer: [] };
}

export function stepInbox(state: InboxState, input: InboxInput): InboxStep {
  switch (input.type) {
    case 'connected':
      return load({ ...state, connected: true });
    case 'disconnected':
      return { state: { ...state, connected: false, loading: false, buffer: [] }, effects: [] };
    case 'changed': {
      if (state.loading) return { state: { ...state, buffer: [...state.buffer, input.change] }, effects: [] };
      return change(state, input.change);
    }
    case 'version':
      return !state.loading && input.version > state.version ? load(state) : { state, effects: [] };
    case 'loaded': {
      if (!state.loading) return { state, effects: [] };
      let step: InboxStep = {
        state: { ...state, ...input.answer, loaded: true, loading: false, buffer: [] },
        effects: [],
      };
      for (const next of state.buffer) {
        // A gap among what was buffered asks for one more load; the rest waits for that.
        step = step.state.loading
          ? { state: { ...step.state, buffer: [...step.state.buffer, next] }, effects: step.effects }
          : change(step.state, next);
      }
      return step;
    }
    case 'loadFailed':
      return { state: { ...state, loading: false, buffer: [] }, effects: [] };
    case 'check':
      return state.connected && !state.loading ? load(state) : { state, effects: [] };
  }
}

function load(state: InboxState): InboxStep {
  if (!state.connected) return { state, effects: [] };
  return { state: { ...state, loading: true, buffer: [] }, effects: [{ type: 'load' }] };
}

function change(state: InboxState, next: InboxChange): InboxStep {
  // A changed line keeps the version; every other change raises it by one.
  const expected = next.change === 'changed' ? state.version : state.version + 1;
  if (next.version < expected) return { state, effects: [] };
  if (next.version > expected) return load(state);
  const id = next.conversation.conversationId;
  const others = state.conversations.filter((conversation) => conversation.conversationId !== id);
  const old = state.conversations.find((conversation) => conversation.conversationId === id);
  // A line comes whole: what it leaves out is empty now, so nothing of the old one may shine through but the read mark,
  // which only rises.
  const readUpTo = Math.max(old?.readUpTo ?? 0, next.conversation.readUpTo ?? 0);
  const conversations = next.change === 'removed' ? others : [...others, { ...next.conversation, readUpTo }];
  return { state: { ...state, version: next.version, conversations }, effects: [] };
}
