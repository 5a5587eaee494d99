import type { AuthorKind, ConversationEvent, ConversationState, PersonRef } from './types.ts';

/** What a conversation's events say about it; the latest word on each question counts. */
export interface ConversationSummary {
  state: ConversationState;
  agent: PersonRef | null;
  closedBy: AuthorKind | null;
  rating: number | null;
}

export function knownState(value: string | undefined, fallback: ConversationState): ConversationState {
  const lower = (value ?? '').toLowerCase();
  return ['waiting', 'offered', 'assigned', 'snoozed', 'closed'].includes(lower)
    ? (lower as ConversationState)
    : fallback;
}

/** `before` is what is known of the time before the first event at hand. */
export function summarize(before: ConversationSummary, events: readonly ConversationEvent[]): ConversationSummary {
  let { state, agent, closedBy, rating } = before;
  for (const event of events) {
    switch (event.type) {
      case 'queued':
        state = 'waiting';
        agent = null;
        break;
      case 'assigned':
        state = 'assigned';
        agent = event.agent ?? agent;
        break;
      case 'transferred':
        if (event.agent) agent = event.agent;
        break;
      case 'snoozed':
      case 'messageLeft':
        state = 'snoozed';
        break;
      case 'closed':
        state = 'closed';
        closedBy = event.by ?? null;
        break;
      case 'reopened':
        state = agent ? 'assigned' : 'waiting';
        closedBy = null;
        break;
      case 'rated':
        rating = event.score ?? rating;
        break;
    }
  }
  return { state, agent, closedBy, rating };
}
