/** What the message list shows, from what the protocol client holds. Pure. */
import { amendments } from '../../shared/protocol/amend.ts';
import type { FailedItem, OutboxItem } from '../../shared/protocol/outbox.ts';
import type { Attachment, ConversationEvent, ErrorCode } from '../../shared/protocol/types.ts';
import type { TextKey } from './texts.ts';

export type MessageStatus = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

export interface MessageRow {
  kind: 'message';
  key: string;
  own: boolean;
  name: string;
  text: string;
  attachments: readonly Attachment[];
  /** In the log; 0 while it is not stored. */
  sequence: number;
  /** ms since 1970. */
  at: number;
  /** First and last of a run by the same author. */
  first: boolean;
  last: boolean;
  status: MessageStatus | null;
  error: ErrorCode | 'blocked' | null;
  /** Empty while it is not stored. */
  messageId: string;
  quote: Quote | null;
  edited: boolean;
  /** What it said is gone. */
  redacted: boolean;
}

/** The message that one answers; without words where it is not among those held. */
export interface Quote {
  messageId: string;
  own: boolean;
  name: string;
  text: string;
}

/** From here on it was not seen before. */
export interface UnreadRow {
  kind: 'unread';
  key: string;
}

export interface NoticeRow {
  kind: 'notice';
  key: string;
  text: TextKey;
  name: string;
}

export interface DayRow {
  kind: 'day';
  key: string;
  at: number;
}

export type Row = MessageRow | NoticeRow | DayRow | UnreadRow;

export interface RowsInput {
  events: readonly ConversationEvent[];
  pending: readonly OutboxItem[];
  failed: readonly FailedItem[];
  readUpTo: number;
  deliveredUpTo?: number;
  /** Seen before up to here; 0: nothing to tell apart. */
  unreadAfter?: number;
}

const RUN_MS = 5 * 60_000;

const closedBy = { visitor: 'closedByVisitor', agent: 'closedByAgent', bot: 'closedByAgent', system: 'closedBySystem' };

/** What a quote says of a message: its beginning, or its first file. */
export function quoteOf(row: Pick<MessageRow, 'messageId' | 'own' | 'name' | 'text' | 'attachments'>): Quote {
  const { messageId, own, name, text, attachments } = row;
  return { messageId, own, name, text: text.slice(0, 160) || attachments[0]?.name || '' };
}

export function rowsOf({ events, pending, failed, readUpTo, deliveredUpTo = 0, unreadAfter = 0 }: RowsInput): Row[] {
  const rows: Row[] = [];
  const quotes = new Map<string, Quote>();
  const quoted = (id: string | undefined) =>
    id === undefined ? null : (quotes.get(id) ?? { messageId: id, own: false, name: '', text: '' });
  const amended = amendments(events);
  let divided = unreadAfter === 0;
  let queuedBefore = false;
  for (const [i, event] of events.entries()) {
    const at = Date.parse(event.at);
    // The key stays the same when a message turns from pending into an event, so that its bubble stays in place.
    if (event.type === 'messagePosted') {
      const own = event.author.kind === 'visitor';
      if (!divided && !own && event.sequence > unreadAfter) {
        divided = true;
        rows.push({ kind: 'unread', key: 'unread' });
      }
      const { messageId } = event;
      const { text = event.text, redacted = false } = amended.get(messageId) ?? {};
      const attachments = redacted ? [] : (event.attachments ?? []);
      const words = redacted ? '' : text;
      quotes.set(messageId, quoteOf({ messageId, own, name: event.author.name ?? '', text: words, attachments }));
      rows.push({
        messageId,
        quote: quoted(event.replyTo),
        kind: 'message',
        key: event.clientMessageId ?? event.messageId,
        own,
        name: event.author.name ?? '',
        text: words,
        edited: !redacted && text !== event.text,
        redacted,
        attachments,
        sequence: event.sequence,
        at,
        first: true,
        last: true,
        status: !own
          ? null
          : event.sequence <= readUpTo
            ? 'read'
            : event.sequence <= deliveredUpTo
              ? 'delivered'
              : 'sent',
        error: null,
      });
      continue;
    }
    const notice = noticeOf(event, events[i + 1], queuedBefore);
    if (event.type === 'queued' || event.type === 'assigned') queuedBefore = true;
    else if (event.type === 'messageLeft') queuedBefore = false;
    if (notice) rows.push({ kind: 'notice', key: `e${event.sequence}`, ...notice });
  }
  for (const item of pending) rows.push(own(item, 'sending', null, quoted(item.replyTo)));
  for (const { item, error } of failed)
    rows.push(own(item, 'failed', error.reason === 'blocked' ? 'blocked' : error.code, quoted(item.replyTo)));
  return arrange(rows);
}

function own(item: OutboxItem, status: MessageStatus, error: MessageRow['error'], quote: Quote | null): MessageRow {
  const { id, text, at, attachments = [] } = item;
  const row = { key: id, own: true, name: '', text, attachments, sequence: 0, at, first: true, last: true };
  return { kind: 'message', ...row, messageId: '', quote, edited: false, redacted: false, status, error };
}

function noticeOf(
  event: ConversationEvent,
  next: ConversationEvent | undefined,
  queuedBefore: boolean,
): { text: TextKey; name: string } | null {
  switch (event.type) {
    case 'assigned':
      return { text: 'joined', name: event.agent?.name ?? '' };
    case 'transferred':
      // The assignment that follows names the agent already.
      if (next?.type === 'assigned') return null;
      if (event.agent?.name) return { text: 'transferredTo', name: event.agent.name };
      return { text: 'transferred', name: '' };
    case 'queued':
      return queuedBefore ? { text: 'requeued', name: '' } : null;
    case 'messageLeft':
      return { text: 'leftNotice', name: '' };
    case 'closed':
      return { text: closedBy[event.by ?? 'agent'] as TextKey, name: '' };
    case 'reopened':
      return { text: 'reopened', name: '' };
    default:
      return null;
  }
}

const afterwards = new Set(['messageLeft', 'queued', 'assigned', 'transferred', 'closed', 'reopened']);

/** Whether the visitor waits no longer, but has left a message that nobody took yet. */
export function leftMessage(events: readonly ConversationEvent[]): boolean {
  return events.findLast((event) => afterwards.has(event.type))?.type === 'messageLeft';
}

/** Days between rows, runs of one author, and only the latest of several "sent" marks. */
function arrange(rows: Row[]): Row[] {
  const arranged: Row[] = [];
  let day = '';
  let previous: MessageRow | null = null;
  for (const row of rows) {
    if (row.kind !== 'message') {
      previous = null;
      arranged.push(row);
      continue;
    }
    const date = new Date(row.at).toDateString();
    if (date !== day) {
      day = date;
      previous = null;
      arranged.push({ kind: 'day', key: `d${date}`, at: row.at });
    }
    const before = previous;
    const same = before !== null && before.own === row.own && (row.own || before.name === row.name);
    const inRun = same && row.at - before.at < RUN_MS;
    row.first = !inRun;
    if (inRun && before) before.last = before.status === 'failed';
    arranged.push(row);
    previous = row;
  }
  let shown = false;
  for (let i = arranged.length - 1; i >= 0; i--) {
    const row = arranged[i];
    if (row?.kind !== 'message' || !row.sequence || !row.status) continue;
    if (shown) row.status = null;
    shown = true;
  }
  return arranged;
}
