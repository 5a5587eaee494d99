/** Turns a log and an outbox into what is drawn: days, groups of bubbles, notes, lines of the system. Pure. */
import { amendments } from '../../shared/protocol/amend.ts';
import type { FailedItem, OutboxItem } from '../../shared/protocol/outbox.ts';
import type { Attachment } from '../../shared/protocol/types.ts';
import type { AgentEvent } from '../inbox/rows.ts';
import { dayKey } from '../inbox/times.ts';

export type Delivery = 'stored' | 'sending' | 'queued' | 'failed';

export interface Bubble {
  kind: 'message' | 'note';
  key: string;
  /** Sequence in the log; 0 for what is not stored yet. */
  sequence: number;
  side: 'own' | 'agent' | 'visitor';
  authorKind: string;
  authorName: string;
  text: string;
  attachments: readonly Attachment[];
  at: number;
  /** Empty for what is not stored yet. */
  messageId: string;
  edited: boolean;
  /** What it said is gone. */
  redacted: boolean;
  quote: Quote | null;
  delivery: Delivery;
  /** The outbox's id, for what is not stored. */
  outboxId?: string;
  errorCode?: string;
  /** First and last of a run by one author: name above, time below. */
  first: boolean;
  last: boolean;
}

/** What this agent may do with a message; null or left out where it may not. */
export interface MessageActions {
  quote?: (() => void) | undefined;
  edit?: (() => void) | undefined;
  remove?: (() => void) | undefined;
}

/** The message that one answers; without a sequence where it is not among those held. */
export interface Quote {
  messageId: string;
  sequence: number;
  authorName: string;
  authorKind: string;
  text: string;
}

export interface SystemLine {
  kind: 'system';
  key: string;
  sequence: number;
  at: number;
  event: AgentEvent;
}

export interface DayLine {
  kind: 'day';
  key: string;
  at: number;
}

export type Item = Bubble | SystemLine | DayLine;

/** A pause longer than this begins a new run of bubbles. */
const RUN_MS = 5 * 60_000;

/** Events that are drawn as a line. Others (a refused reservation, types of a newer server) are counted, not shown. */
const LINES = new Set([
  'started',
  'queued',
  'assigned',
  'offered',
  'declined',
  'released',
  'transferred',
  'closed',
  'reopened',
  'rated',
  'snoozed',
  'messageLeft',
  'woken',
  'tagged',
  'visitorBlocked',
  'visitorUnblocked',
]);

export interface TimelineInput {
  events: readonly AgentEvent[];
  pending: readonly OutboxItem[];
  failed: readonly FailedItem[];
  agentId: string;
  agentName: string;
  connected: boolean;
}

/** What a quote says of a message: its beginning, or its first file. */
export function quoteOf(bubble: Bubble): Quote {
  const { messageId, sequence, authorName, authorKind, text, attachments } = bubble;
  return { messageId, sequence, authorName, authorKind, text: text.slice(0, 160) || attachments[0]?.name || '' };
}

export function timeline(input: TimelineInput): Item[] {
  const items: Item[] = [];
  const stored = new Set<string>();
  const quotes = new Map<string, Quote>();
  const quoted = (id: string | undefined): Quote | null =>
    id === undefined
      ? null
      : (quotes.get(id) ?? { messageId: id, sequence: 0, authorName: '', authorKind: '', text: '' });
  const amended = amendments(input.events);
  for (const event of input.events) {
    if (event.clientMessageId) stored.add(event.clientMessageId);
    const item = fromEvent(event, input.agentId);
    if (!item) continue;
    if (item.kind === 'message' || item.kind === 'note') {
      const { text, redacted } = amended.get(item.messageId) ?? { text: undefined, redacted: false };
      item.redacted = redacted;
      item.edited = !redacted && text !== undefined;
      if (redacted) Object.assign(item, { text: '', attachments: [] });
      else item.text = text ?? item.text;
      item.quote = quoted(event.replyTo);
      if (item.kind === 'message') quotes.set(item.messageId, quoteOf(item));
    }
    items.push(item);
  }
  const waiting = [
    ...input.failed.map((entry) => unsent(entry.item, input, 'failed', entry.error.code)),
    ...input.pending
      .filter((item) => !stored.has(item.id))
      .map((item, index) => unsent(item, input, input.connected && index === 0 ? 'sending' : 'queued')),
  ];
  for (const bubble of waiting) bubble.quote = quoted(bubble.quote?.messageId);
  return withDays(grouped([...items, ...waiting.sort((a, b) => a.at - b.at)]));
}

function fromEvent(event: AgentEvent, agentId: string): Item | null {
  const at = Date.parse(event.at) || 0;
  if (event.type !== 'messagePosted' && event.type !== 'noteAdded') {
    if (!LINES.has(event.type)) return null;
    return { kind: 'system', key: `e${event.sequence}`, sequence: event.sequence, at, event };
  }
  const author = event.author ?? { kind: 'system', id: '' };
  const own = author.kind === 'agent' && author.id === agentId;
  return {
    kind: event.type === 'noteAdded' ? 'note' : 'message',
    key: `e${event.sequence}`,
    sequence: event.sequence,
    side: own ? 'own' : author.kind === 'visitor' ? 'visitor' : 'agent',
    authorKind: author.kind,
    authorName: author.name ?? '',
    text: event.text ?? '',
    attachments: event.attachments ?? [],
    at,
    messageId: event.messageId ?? '',
    edited: false,
    redacted: false,
    quote: null,
    delivery: 'stored',
    first: true,
    last: true,
  };
}

function unsent(item: OutboxItem, input: TimelineInput, delivery: Delivery, errorCode?: string): Bubble {
  const bubble: Bubble = {
    kind: item.kind === 'note' ? 'note' : 'message',
    key: `o${item.id}`,
    sequence: 0,
    side: 'own',
    authorKind: 'agent',
    authorName: input.agentName,
    text: item.text,
    attachments: item.attachments ?? [],
    at: item.at,
    messageId: '',
    edited: false,
    redacted: false,
    quote: item.replyTo ? { messageId: item.replyTo, sequence: 0, authorName: '', authorKind: '', text: '' } : null,
    delivery,
    outboxId: item.id,
    first: true,
    last: true,
  };
  if (errorCode) bubble.errorCode = errorCode;
  return bubble;
}

function grouped(items: Item[]): Item[] {
  for (let i = 1; i < items.length; i++) {
    const before = items[i - 1];
    const item = items[i];
    if (!before || !item || !isBubble(before) || !isBubble(item)) continue;
    const together =
      before.kind === item.kind &&
      before.side === item.side &&
      before.authorName === item.authorName &&
      before.delivery !== 'failed' &&
      item.delivery !== 'failed' &&
      item.at - before.at < RUN_MS &&
      dayKey(before.at) === dayKey(item.at);
    if (together) {
      before.last = false;
      item.first = false;
    }
  }
  return items;
}

function withDays(items: Item[]): Item[] {
  const all: Item[] = [];
  let day = '';
  for (const item of items) {
    const key = dayKey(item.at);
    // A clock that stepped back must not open the same day twice in a row.
    if (key !== day) all.push({ kind: 'day', key: `d${key}-${item.key}`, at: item.at });
    day = key;
    all.push(item);
  }
  return all;
}

export function isBubble(item: Item): item is Bubble {
  return item.kind === 'message' || item.kind === 'note';
}

/** The last own message that the visitor has read: there the mark is drawn. */
export function readMarkKey(items: readonly Item[], readUpTo: number): string | null {
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    if (item?.kind !== 'message' || item.side === 'visitor' || item.delivery !== 'stored') continue;
    if (item.sequence <= readUpTo) return item.key;
  }
  return null;
}
