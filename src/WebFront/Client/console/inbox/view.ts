/** What a list shows and in which order, as people choose it and as views keep it. Pure. */
import type { ConversationState } from '../../shared/protocol/types.ts';
import type { LibraryItem } from '../api.ts';
import type { Row } from './rows.ts';

export type Sort = 'activity' | 'waiting' | 'priority';

export interface ListView {
  /** Empty: every state. */
  states: ConversationState[];
  sort: Sort;
  queue?: string;
  /** An agent's id, or `me`: whoever looks. */
  agent?: string;
  site?: string;
  tag?: string;
}

export interface ViewBody {
  name: string;
  filter: ListView;
}

export type SavedView = LibraryItem<ViewBody>;

export const allStates: readonly ConversationState[] = ['waiting', 'offered', 'assigned', 'snoozed', 'closed'];
export const openStates: readonly ConversationState[] = ['waiting', 'offered', 'assigned', 'snoozed'];
export const sorts: readonly Sort[] = ['activity', 'waiting', 'priority'];

export const waitingView = (): ListView => ({ states: ['waiting'], sort: 'waiting' });
export const openView = (): ListView => ({ states: [...openStates], sort: 'activity' });

/** The server orders by the wait only what is open. */
export function sortsFor(states: readonly ConversationState[]): readonly Sort[] {
  return states.length === 0 || states.includes('closed') ? ['activity'] : sorts;
}

/** A view of whatever origin as one that can be asked for: an older or newer console may have stored it. */
export function readView(filter: Partial<Record<keyof ListView, unknown>> | null | undefined): ListView {
  const given = Array.isArray(filter?.states) ? filter.states : openStates;
  const states = allStates.filter((state) => given.includes(state));
  const sort = sortsFor(states).find((each) => each === filter?.sort) ?? 'activity';
  const text = (value: unknown) =>
    typeof value === 'string' && value !== '' && value.length <= 64 ? value : undefined;
  return compact({
    states,
    sort,
    queue: text(filter?.queue),
    agent: text(filter?.agent),
    site: text(filter?.site),
    tag: text(filter?.tag),
  });
}

/** The view without members that say nothing, so that two equal ones look equal. */
function compact(view: ListView): ListView {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as unknown as ListView;
}

export function sameView(a: ListView, b: ListView): boolean {
  const key = (view: ListView) => JSON.stringify(Object.entries(readView(view)).sort(([x], [y]) => (x < y ? -1 : 1)));
  return key(a) === key(b);
}

/** How many conditions somebody set beyond what the tab shows by itself. */
export function conditionCount(view: ListView, base: ListView): number {
  const states = view.states.join() === base.states.join() ? 0 : 1;
  return states + [view.queue, view.agent, view.site, view.tag].filter(Boolean).length;
}

/** Parameters of the request. */
export function viewQuery(view: ListView, me: string): Record<string, string> {
  const query: Record<string, string> = {};
  if (view.states.length > 0 && view.states.length < allStates.length) query.state = view.states.join(',');
  if (view.sort !== 'activity') query.sort = view.sort;
  if (view.queue) query.queue = view.queue;
  if (view.agent) query.agent = view.agent === 'me' ? me : view.agent;
  if (view.site) query.site = view.site;
  if (view.tag) query.tag = view.tag;
  return query;
}

const time = (at: string | null | undefined) => (at ? Date.parse(at) || 0 : 0);
const byId = (a: Row, b: Row) =>
  a.conversationId < b.conversationId ? -1 : a.conversationId > b.conversationId ? 1 : 0;

/** The server's order, to the millisecond: which of two lines comes first. */
export function compareRows(sort: Sort): (a: Row, b: Row) => number {
  const wait = (a: Row, b: Row) => time(a.enqueuedAt) - time(b.enqueuedAt) || byId(a, b);
  if (sort === 'waiting') return wait;
  if (sort === 'priority') return (a, b) => (b.priority ?? 0) - (a.priority ?? 0) || wait(a, b);
  const active = (row: Row) => time(row.lastMessageAt) || time(row.startedAt);
  return (a, b) => active(b) - active(a) || -byId(a, b);
}
