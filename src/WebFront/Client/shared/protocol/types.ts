/** Shapes of the client protocol, version 1. Names are those on the wire; times are ISO 8601 UTC. */

export type FinalCode = 'Invalid' | 'TooLong' | 'Conflict' | 'Closed' | 'NotFound' | 'Forbidden' | 'Unauthorized';
export type RetryCode = 'RateLimited' | 'Overloaded' | 'Unavailable';
export type ErrorCode = FinalCode | RetryCode;

export interface ProtocolError {
  code: ErrorCode;
  message: string;
  retryAfterMs?: number;
  /** Why a file was refused: see docs/protocol.md, Files. */
  reason?: string;
}

/** What every hub method answers: the fields of `T`, or an error. */
export type Envelope<T> = ({ error: null } & T) | { error: ProtocolError };

/** A text holds 1 to this many UTF-16 units. Checked before the outbox takes it: the hub closes on larger frames. */
export const MAX_TEXT = 4000;

/** A file of a message. Its bytes are had by a link. */
export interface Attachment {
  id: string;
  name: string;
  type: string;
  bytes: number;
  width?: number;
  height?: number;
  preview?: boolean;
}

export type AuthorKind = 'visitor' | 'agent' | 'bot' | 'system';

export interface Author {
  kind: AuthorKind;
  id: string;
  name?: string;
}

interface EventBase {
  /** Dense from 1 in the numbering of whoever reads: visitors and agents count differently. */
  sequence: number;
  at: string;
}

export interface PersonRef {
  id: string;
  name?: string;
}

/** Who did it; left out where nobody in particular did. */
interface ByAuthor {
  author?: Author;
}

export type ConversationEvent =
  | (EventBase & {
      type: 'messagePosted';
      messageId: string;
      /** Only for its author: that is how a resumed client matches its outbox. */
      clientMessageId?: string;
      author: Author;
      text: string;
      attachments?: Attachment[];
      replyTo?: string;
      /** What it said is gone. */
      redacted?: boolean;
    })
  | (EventBase & ByAuthor & { type: 'messageEdited'; messageId: string; text?: string; redacted?: boolean })
  | (EventBase & ByAuthor & { type: 'messageRedacted'; messageId: string })
  | (EventBase & ByAuthor & { type: 'started'; form?: Record<string, string> })
  | (EventBase & ByAuthor & { type: 'queued'; queue?: PersonRef })
  | (EventBase & ByAuthor & { type: 'offered'; agent?: PersonRef })
  | (EventBase & ByAuthor & { type: 'assigned'; agent?: PersonRef; why?: string })
  | (EventBase & ByAuthor & { type: 'released'; agent?: PersonRef; reason?: string })
  | (EventBase & ByAuthor & { type: 'transferred'; agent?: PersonRef; queue?: PersonRef; note?: string })
  | (EventBase & ByAuthor & { type: 'closed'; by?: AuthorKind; reason?: string })
  | (EventBase & ByAuthor & { type: 'reopened'; by?: AuthorKind })
  | (EventBase & ByAuthor & { type: 'rated'; score?: number; comment?: string })
  | (EventBase & {
      type: 'noteAdded';
      messageId?: string;
      clientMessageId?: string;
      author: Author;
      text: string;
    })
  | (EventBase & ByAuthor & { type: 'tagged'; added?: string[]; removed?: string[] })
  | (EventBase & ByAuthor & { type: 'snoozed'; agent?: PersonRef; until?: string })
  | (EventBase & ByAuthor & { type: 'messageLeft'; form?: Record<string, string>; until?: string })
  | (EventBase & ByAuthor & { type: 'woken'; reason?: string })
  // A newer server may send types that this client does not know: they are counted and shown as nothing.
  | (EventBase & ByAuthor & { type: 'unknown' });

export type EventType = ConversationEvent['type'];

export type ConversationState = 'waiting' | 'offered' | 'assigned' | 'snoozed' | 'closed';

export interface EventsFrame {
  conversationId: string;
  events: ConversationEvent[];
  head: number;
}

export type Signal = { conversationId: string } & (
  | { type: 'typing'; by?: Author; text?: string }
  /** To agents: another one looks at the conversation, or stopped. */
  | { type: 'viewing'; by?: Author; online?: boolean }
  /** To agents: the visitor looks at a page. */
  | { type: 'page'; by?: Author; page: PageView }
  | { type: 'presence'; by?: Author; online?: boolean }
  | { type: 'read'; by?: Author; upTo: number }
  /** A client of the other side holds everything up to there. Without a number it says nothing. */
  | { type: 'delivered'; by?: Author; upTo?: number }
  | { type: 'queue'; position: number; etaSeconds?: [number, number]; agentsOnline?: boolean | number }
  /** Of no conversation: its id is empty. */
  | { type: 'site'; online: boolean }
  /** Of the installation: without a time there is no window any more. */
  | ({ type: 'maintenance' } & Partial<Maintenance>)
);

/** An announced time at which the installation is out of reach. */
export interface Maintenance {
  startsAt: string;
  minutes: number;
  /** In each language of the product. */
  text: Record<string, string>;
}

export interface PageView {
  url: string;
  title: string;
  at: string;
}

/** What agents know of a visitor beside its conversations. */
export interface VisitorCard {
  blocked: boolean;
  fields: Record<string, string>;
  /** Sent back with a change of the fields. */
  revision: number;
  pages: PageView[];
}

export interface Head {
  conversationId: string;
  head: number;
}

/** How far the other side has come. */
export interface Marks {
  /** Has read; absent where it has read nothing. */
  readUpTo?: number;
  /** Has received; absent where nothing is known, as with an older server. */
  deliveredUpTo?: number;
}

export interface ResumeAnswer extends Marks {
  recovered: boolean;
  events: ConversationEvent[];
  head: number;
}

export interface SendAnswer {
  sequence: number;
  at: string;
}

export interface StartAnswer {
  conversationId: string;
  head: number;
  state: string;
  sequence?: number;
}

export interface EventsPage {
  events: ConversationEvent[];
  head: number;
}

export interface SiteInfo {
  key: string;
  name: string;
  locale?: string;
  /** By locale. */
  greeting?: Record<string, string>;
  online?: boolean;
  /** What files it takes; absent where it takes none. */
  files?: { bytesMax: number; types: string[] };
  /** Accent colour, `#rrggbb`. */
  color?: string;
  languages?: string[];
  /** Whether the opening hours say so; absent counts as open. */
  open?: boolean;
  hours?: { timeZone: string; week: { day: number; from: string; to: string }[]; holidays?: string[] };
  closedText?: Record<string, string>;
  form?: { key: string; type: string; required: boolean; label: Record<string, string>; options?: string[] }[];
  queues?: PersonRef[];
  consent?: Record<string, string>;
  /** Agents see what is typed before it is sent. */
  unsentText?: boolean;
}

export interface VisitorSession {
  visitorId: string;
  /** Short-lived bearer for the hub and REST. */
  token: string;
  expiresAt: string;
  /** The long-lived secret this browser keeps; bound to its site. */
  visitorToken: string;
  site: SiteInfo;
  conversation?: { conversationId: string; head?: number; state?: string } | null;
}

export type Role = 'agent' | 'supervisor' | 'administrator';
export type AgentStatus = 'online' | 'busy' | 'away' | 'offline';

export interface AgentSession {
  agentId: string;
  name: string;
  roles: Role[];
  token: string;
  expiresAt: string;
}

/** One line of an agent's inbox or of a list. */
export interface InboxConversation {
  conversationId: string;
  state: ConversationState;
  /** Last sequence, in agents' numbering. */
  head: number;
  queue: PersonRef;
  agent?: PersonRef | null;
  visitor: Author;
  siteKey: string;
  locale?: string;
  startedAt?: string;
  enqueuedAt?: string;
  closedAt?: string | null;
  preview?: string;
  lastMessageAt?: string | null;
  lastAuthorKind?: AuthorKind | '';
  /** How far this agent has read. */
  readUpTo?: number;
  offerExpiresAt?: string | null;
  rating?: number | null;
  tags?: string[];
  /** While snoozed: until when. `agent` is then who gets it back. */
  snoozedUntil?: string | null;
  /** Higher is served first; lists tell it. */
  priority?: number | null;
}

/** How a queue's open conversations stand, for who watches lists. */
export interface QueueCounts {
  id: string;
  waiting: number;
  offered: number;
  assigned: number;
  snoozed: number;
}

export interface InboxAnswer {
  version: number;
  conversations: InboxConversation[];
}

export interface InboxChange {
  /** A line added, offered or removed raises it by one; a line changed does not. */
  version: number;
  change: 'added' | 'offered' | 'changed' | 'removed';
  conversation: InboxConversation;
}

const RETRY: ReadonlySet<string> = new Set<RetryCode>(['RateLimited', 'Overloaded', 'Unavailable']);

/** Whether the same call, with the same ids, may be tried again. An unknown code counts as final. */
export function isRetryCode(code: string): code is RetryCode {
  return RETRY.has(code);
}

/** What a message carries besides its text. */
export interface Extras {
  attachments?: Attachment[];
  /** The messageId that it answers. */
  replyTo?: string;
}

/** What stops a text from being sent, or null. A message with files needs none. */
export function textProblem(text: string, files = 0): 'Invalid' | 'TooLong' | null {
  if (text.trim().length === 0) return files > 0 && text.length === 0 ? null : 'Invalid';
  return text.length > MAX_TEXT ? 'TooLong' : null;
}
