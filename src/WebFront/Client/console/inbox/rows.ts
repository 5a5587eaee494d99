/** Rules of the lists: what a line says, how lines are ordered, how a page refreshed is merged. Pure. */
import type { Attachment, InboxConversation, PersonRef } from '../../shared/protocol/types.ts';

export type Row = InboxConversation;

/** An event as the agent hub sends it, including types that only agents see. */
export interface AgentEvent {
  sequence: number;
  at: string;
  type: string;
  messageId?: string;
  clientMessageId?: string;
  author?: { kind: string; id: string; name?: string };
  text?: string;
  attachments?: Attachment[];
  replyTo?: string;
  /** What it said is gone. */
  redacted?: boolean;
  agent?: PersonRef;
  queue?: PersonRef;
  by?: string;
  reason?: string;
  note?: string;
  score?: number;
  comment?: string;
  form?: Record<string, string>;
  until?: string;
  added?: string[];
  removed?: string[];
}

const time = (at: string | null | undefined) => (at ? Date.parse(at) || 0 : 0);

/** When something last happened in it that a person would call activity. */
export function activityAt(row: Row): number {
  return time(row.lastMessageAt) || time(row.enqueuedAt) || time(row.startedAt);
}

/** What an agent holds: offers first, the one that lapses soonest on top; then the latest activity. */
export function orderMine(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => {
    const offered = Number(b.state === 'offered') - Number(a.state === 'offered');
    if (offered !== 0) return offered;
    if (a.state === 'offered') return time(a.offerExpiresAt) - time(b.offerExpiresAt);
    return activityAt(b) - activityAt(a) || (a.conversationId < b.conversationId ? -1 : 1);
  });
}

export interface Unread {
  count: number;
  /** Never opened by this agent: the count would include what the system wrote, so none is shown. */
  fresh: boolean;
}

const nothing: Unread = { count: 0, fresh: false };

/**
 * What is unread in a line. `readHere` is how far this console knows it was read, which may be ahead of the server's
 * line. With the events at hand only the visitor's messages count; without them the head has to do.
 */
export function unreadOf(row: Row, readHere: number, events: readonly AgentEvent[] = []): Unread {
  const read = Math.max(row.readUpTo ?? 0, readHere);
  const first = events[0];
  const last = events[events.length - 1];
  if (first && last && first.sequence <= read + 1 && last.sequence >= row.head) {
    const count = events.filter(
      (event) => event.sequence > read && event.type === 'messagePosted' && event.author?.kind === 'visitor',
    ).length;
    return { count, fresh: false };
  }
  if (row.head <= read) return nothing;
  if (read === 0) return { count: 0, fresh: true };
  return row.lastAuthorKind === 'visitor' ? { count: row.head - read, fresh: false } : nothing;
}

/** Brings a line up to date with events that it has not seen yet. */
export function foldRow(row: Row, events: readonly AgentEvent[]): Row {
  let now = row;
  // Events are dense and ascending, so that what is new begins at a known place.
  const first = events[0]?.sequence ?? 0;
  for (const event of events.slice(Math.max(0, row.head - first + 1))) {
    now = { ...now, head: event.sequence, ...changes(now, event), ...amended(event, events) };
  }
  return now;
}

/** The preview follows what becomes of the last message. */
function amended(event: AgentEvent, events: readonly AgentEvent[]): Partial<Row> {
  if (event.type !== 'messageEdited' && event.type !== 'messageRedacted') return {};
  const last = events.findLast((each) => each.type === 'messagePosted' && each.sequence < event.sequence);
  return last?.messageId === event.messageId ? { preview: (event.text ?? '').slice(0, 120) } : {};
}

function changes(row: Row, event: AgentEvent): Partial<Row> {
  switch (event.type) {
    case 'messagePosted':
      return {
        preview: (event.text ?? '').slice(0, 120),
        lastMessageAt: event.at,
        lastAuthorKind: (event.author?.kind ?? '') as Row['lastAuthorKind'],
      };
    case 'queued':
    case 'released':
    case 'declined':
      return { state: 'waiting', agent: null, queue: event.queue ?? row.queue, offerExpiresAt: null };
    case 'offered':
      return { state: 'offered', agent: event.agent ?? row.agent };
    case 'assigned':
      return { state: 'assigned', agent: event.agent ?? row.agent, offerExpiresAt: null, snoozedUntil: null };
    case 'snoozed':
      return { state: 'snoozed', agent: event.agent ?? row.agent, snoozedUntil: event.until ?? null };
    case 'messageLeft':
      return { state: 'snoozed', agent: null, offerExpiresAt: null, snoozedUntil: event.until ?? null };
    case 'woken':
      return { state: 'waiting', agent: null, snoozedUntil: null };
    case 'tagged':
      return { tags: retagged(row.tags ?? [], event.added ?? [], event.removed ?? []) };
    case 'transferred':
      return transferred(row, event);
    case 'closed':
      return { state: 'closed', closedAt: event.at, snoozedUntil: null };
    case 'reopened':
      return { state: event.agent ? 'assigned' : 'waiting', agent: event.agent ?? null, closedAt: null };
    case 'rated':
      return { rating: event.score ?? row.rating };
    default:
      return {};
  }
}

/** The tags after a change; ordered as the server orders them, by code units. */
export function retagged(tags: readonly string[], added: readonly string[], removed: readonly string[]): string[] {
  return [...new Set([...tags.filter((tag) => !removed.includes(tag)), ...added])].sort();
}

function transferred(row: Row, event: AgentEvent): Partial<Row> {
  const queue = event.queue ?? row.queue;
  return event.agent ? { state: 'assigned', agent: event.agent, queue } : { state: 'waiting', agent: null, queue };
}

/** A list that is fetched page by page. */
export interface Pages {
  rows: Row[];
  /** Cursor of the page after these; null at the end. */
  next: string | null;
}

/** Appends a page; a line that moved in between keeps its newer place. */
export function appendPage(list: Pages, page: Pages): Pages {
  const known = new Set(list.rows.map((row) => row.conversationId));
  return { rows: [...list.rows, ...page.rows.filter((row) => !known.has(row.conversationId))], next: page.next };
}

/**
 * Puts a page that was fetched anew into the list: it takes the place of everything between the line before it and its
 * own last line. What it no longer holds there is gone; what lies outside stays, but for lines that the page now has.
 */
export function mergeWindow(list: Pages, after: Row | null, page: Pages, compare: (a: Row, b: Row) => number): Pages {
  const fresh = new Set(page.rows.map((row) => row.conversationId));
  const before = after ? list.rows.filter((row) => compare(row, after) <= 0 && !fresh.has(row.conversationId)) : [];
  const last = page.rows[page.rows.length - 1];
  // The page was the end of the list, or there is nothing after where it begins.
  if (page.next === null || last === undefined) return { rows: [...before, ...page.rows], next: null };
  const behind = list.rows.filter((row) => compare(row, last) > 0 && !fresh.has(row.conversationId));
  return behind.length === 0
    ? { rows: [...before, ...page.rows], next: page.next }
    : { rows: [...before, ...page.rows, ...behind], next: list.next };
}

/** Of two lines of one conversation the one that knows more. */
export function newerRow(a: Row | undefined, b: Row | undefined): Row | undefined {
  if (!a || !b) return a ?? b;
  return b.head >= a.head ? b : a;
}

/** A few characters that tell nameless visitors apart. */
export function shortCode(id: string): string {
  return id
    .replace(/[^0-9a-z]/gi, '')
    .slice(-4)
    .toUpperCase();
}
