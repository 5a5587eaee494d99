import type { BackoffOptions } from './backoff.ts';
import { Connection, type ConnectionStatus } from './connection.ts';
import { LaneDriver, LogDriver, repeat } from './drivers.ts';
import { type ConversationSummary, knownState, summarize } from './fold.ts';
import { type FailedItem, idsOf, type OutboxItem } from './outbox.ts';
import { OutboxStore } from './outboxStore.ts';
import { eventsPage, type RestOptions } from './rest.ts';
import { browserSeams, type Seams } from './seams.ts';
import { type OpenTransport, openHub } from './transport.ts';
import {
  type ConversationEvent,
  type Envelope,
  type EventsFrame,
  type Extras,
  type Head,
  type Marks,
  type ProtocolError,
  type ResumeAnswer,
  type SendAnswer,
  type Maintenance,
  type Signal,
  type SiteInfo,
  type StartAnswer,
  textProblem,
  type VisitorSession,
} from './types.ts';
import { VisitorSessionKeeper } from './visitorSession.ts';

export interface VisitorClientOptions {
  siteKey: string;
  /** Origin of the server; empty for the page's own. */
  baseUrl?: string;
  page?: unknown;
  locale?: () => string;
  seams?: Partial<Seams>;
  openTransport?: OpenTransport;
  backoff?: BackoffOptions;
  callTimeoutMs?: number;
}

export interface QueueNews {
  position: number;
  etaSeconds?: [number, number];
}

export interface VisitorConversation extends ConversationSummary {
  id: string;
  events: ConversationEvent[];
  /** Whether there is more before the first event held. */
  hasEarlier: boolean;
  head: number;
  queue: QueueNews | null;
  /** The agent is typing. */
  typing: boolean;
  /** The agent has read up to here. */
  readUpTo: number;
  /** A client of an agent's has received it up to here: as far as it was read, at least. */
  deliveredUpTo: number;
  error: ProtocolError | null;
}

export interface VisitorSnapshot {
  connection: ConnectionStatus;
  online: boolean;
  /** Whether this page ever had a connection: before that there is nothing to re-connect. */
  everConnected: boolean;
  /** Why the server refused the session for good. */
  refusal: ProtocolError | null;
  site: SiteInfo | null;
  agentsOnline: boolean | null;
  /** The announced maintenance window; kept while the line is down. */
  maintenance: Partial<Maintenance> | null;
  conversation: VisitorConversation | null;
  pending: OutboxItem[];
  failed: FailedItem[];
  /** False where the browser's storage is blocked: unsent messages then live as long as the page. */
  durable: boolean;
}

const TYPING_SHOWN_MS = 6_000;
const TYPING_SENT_MS = 3_000;
/** Where agents see what is typed: how often they get it, and how much. */
const UNSENT_MS = 1_200;
const UNSENT_MAX = 500;
const PAGE = 50;

const blank: ConversationSummary = { state: 'waiting', agent: null, closedBy: null, rating: null };

/** A visitor's side of the protocol: one connection, one conversation at a time, one outbox. */
export class VisitorClient {
  readonly #seams: Seams;
  readonly #rest: RestOptions;
  readonly #keeper: VisitorSessionKeeper;
  readonly #connection: Connection;
  readonly #lane: LaneDriver;
  readonly #store: OutboxStore;
  readonly #listeners = new Set<() => void>();
  #log: LogDriver | null = null;
  #conversationId: string | null = null;
  #summary: ConversationSummary = blank;
  #queue: QueueNews | null = null;
  #typing = false;
  #typingTimer: unknown = null;
  #typingSentAt = 0;
  #readUpTo = 0;
  #deliveredUpTo = 0;
  #marked = 0;
  /** Whether anybody of the site's queue is there, and of the queue waited in, which may be another. */
  #siteOnline: boolean | null = null;
  #maintenance: Partial<Maintenance> | null = null;
  #queueOnline: boolean | null = null;
  #beginning: { form?: Record<string, string>; queueId?: string } = {};
  #everConnected = false;
  #snapshot: VisitorSnapshot | null = null;

  constructor(options: VisitorClientOptions) {
    this.#seams = { ...browserSeams(), ...options.seams };
    const baseUrl = options.baseUrl ?? '';
    this.#rest = { baseUrl, fetch: this.#seams.fetch, clock: this.#seams.clock };
    this.#keeper = new VisitorSessionKeeper(
      {
        rest: this.#rest,
        seams: this.#seams,
        siteKey: options.siteKey,
        page: options.page,
        locale: options.locale,
      },
      (session, sameVisitor) => this.#sessionChanged(session, sameVisitor),
    );
    this.#connection = new Connection(
      {
        url: `${baseUrl}/hubs/visitor`,
        token: (fresh) => this.#keeper.token(fresh),
        seams: this.#seams,
        openTransport: options.openTransport ?? openHub,
        backoff: options.backoff,
        callTimeoutMs: options.callTimeoutMs,
      },
      {
        status: () => this.#changed(),
        connected: () => this.#connected(),
        disconnected: () => this.#disconnected(),
        suspect: () => (this.#log ? this.#log.probe() : this.#connection.drop()),
        message: (name, args) => this.#message(name, args),
      },
    );
    this.#store = new OutboxStore(`v.${options.siteKey}`, this.#seams);
    this.#lane = new LaneDriver({
      connection: this.#connection,
      seams: this.#seams,
      send: (item) => this.#send(item),
      save: () => this.#store.save({ items: this.#lane.state.items, failed: this.#lane.state.failed }),
      changed: () => this.#changed(),
    });
  }

  start(): void {
    this.#store.open((left) => this.#lane.input({ type: 'adopt', ...left }));
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
    this.#keeper.stop();
    this.#lane.stop();
    this.#log?.stop();
    this.#store.close();
    this.#seams.clock.clearTimeout(this.#typingTimer);
  }

  /** Tells `listener` of every change; returns how to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get snapshot(): VisitorSnapshot {
    this.#snapshot ??= this.#takeSnapshot();
    return this.#snapshot;
  }

  /** What the next conversation begins with: answers to the site's questions, and the queue chosen. */
  beginWith(form: Record<string, string>, queueId: string | undefined): void {
    this.#beginning = { form, queueId };
  }

  /** Puts a text into the outbox. It starts a conversation, or reopens the last one, when none is open. */
  send(text: string, extras: Extras = {}): { id: string } | { problem: 'Invalid' | 'TooLong' } {
    const problem = textProblem(text, extras.attachments?.length);
    if (problem) return { problem };
    const id = this.#seams.newId();
    const at = this.#seams.clock.now();
    const starting = this.#lane.state.items.some((item) => item.kind === 'start');
    const open = this.#conversationId !== null && this.#summary.state !== 'closed';
    let item: OutboxItem;
    if (starting) item = { id, kind: 'message', conversationId: null, text, at, ...extras };
    else if (open) item = { id, kind: 'message', conversationId: this.#conversationId, text, at, ...extras };
    else
      item = {
        id,
        kind: 'start',
        conversationId: null,
        clientId: this.#seams.newId(),
        text,
        at,
        ...extras,
        ...this.#beginning,
      };
    this.#lane.input({ type: 'enqueue', item });
    return { id };
  }

  /** Sends the text of a refused message again, as a new message: an id that was refused is never sent again. */
  retry(id: string): void {
    const failed = this.#lane.state.failed.find((entry) => entry.item.id === id);
    if (!failed) return;
    // The server knew better: whatever this page thinks, that conversation takes nothing more.
    if (failed.error.code === 'Closed') this.#summary = { ...this.#summary, state: 'closed' };
    this.#lane.input({ type: 'dismiss', id });
    const { text, attachments, replyTo } = failed.item;
    this.send(text, { attachments, replyTo });
  }

  dismiss(id: string): void {
    this.#lane.input({ type: 'dismiss', id });
  }

  /** Fetches what lies before the first event held. */
  async loadEarlier(): Promise<void> {
    const log = this.#log;
    if (!log || log.state.from === 0 || this.#conversationId === null) return;
    const token = await this.#keeper.token(false);
    const page = await eventsPage(this.#rest, token, this.#conversationId, { before: log.state.from + 1 }, PAGE);
    if (log === this.#log) log.input({ type: 'page', events: page.events });
  }

  /** See VisitorSessionKeeper.identify. Another visitor has other conversations, and a connection of its own. */
  identify(token: string | null): Promise<string | null> {
    return this.#keeper.identify(token);
  }

  /** The visitor has seen everything up to here. May be lost; the next one says it again. */
  markRead(upTo: number): void {
    if (upTo <= this.#marked || this.#conversationId === null || this.#connection.status !== 'connected') return;
    this.#marked = upTo;
    const mark = { conversationId: this.#conversationId, upTo };
    this.#connection.invoke<Envelope<object>>('MarkRead', mark).then(
      (answer) => {
        if (answer.error) this.#marked = 0;
      },
      () => {
        this.#marked = 0;
      },
    );
  }

  typing(text?: string): void {
    const now = this.#seams.clock.now();
    const shares = this.#keeper.session?.site.unsentText === true;
    if (this.#conversationId === null || Math.abs(now - this.#typingSentAt) < (shares ? UNSENT_MS : TYPING_SENT_MS))
      return;
    if (this.#summary.state === 'closed' || this.#connection.status !== 'connected') return;
    this.#typingSentAt = now;
    const unsent = shares ? { text: text?.slice(0, UNSENT_MAX) } : {};
    this.tell('Typing', { conversationId: this.#conversationId, ...unsent });
  }

  /** Told as it is; may be lost. */
  tell(method: string, argument: object): Promise<unknown> {
    return this.#connection.invoke(method, argument).catch(() => {});
  }

  /** Something done with the conversation, once however often it has to be sent. Throws Refused, or ConnectionLost when it
   * could not be told in half a minute. */
  command(method: string, argument?: object): Promise<object> {
    const commandId = this.#seams.newId();
    return repeat(this.#connection, this.#seams, method, {
      conversationId: this.#conversationId,
      commandId,
      ...argument,
    });
  }

  /** Where REST is, and by which bearer: for what is sent beside the hub. */
  get rest(): RestOptions {
    return this.#rest;
  }

  token(): Promise<string> {
    return this.#keeper.token(false);
  }

  /** Tries the connection now. */
  reconnectNow(): void {
    this.#connection.kick();
  }

  async #send(item: OutboxItem): Promise<Envelope<{ conversationId?: string }>> {
    if (item.kind === 'start') {
      const answer = await this.#connection.invoke<Envelope<StartAnswer>>('StartConversation', {
        clientId: item.clientId,
        form: item.form,
        queueId: item.queueId,
        message: { clientMessageId: item.id, text: item.text, attachmentIds: idsOf(item) },
      });
      if (answer.error === null) {
        this.#enter(answer.conversationId, answer.state);
        this.#log?.input({ type: 'head', head: answer.head });
      }
      return answer;
    }
    return this.#connection.invoke<Envelope<SendAnswer>>('SendMessage', {
      conversationId: item.conversationId ?? this.#conversationId,
      clientMessageId: item.id,
      text: item.text,
      attachmentIds: idsOf(item),
      replyTo: item.replyTo,
    });
  }

  #sessionChanged(session: VisitorSession, sameVisitor: boolean): void {
    if (!sameVisitor) {
      this.#leave();
      // The connection is the other visitor's, or is on its way with that one's bearer.
      if (this.#connection.status !== 'stopped') {
        this.#connection.stop();
        this.#connection.start();
      }
    }
    const online = session.site.online;
    if (online !== undefined) this.#siteOnline = online;
    const open = session.conversation?.conversationId;
    if (open !== undefined && (this.#conversationId === null || this.#summary.state === 'closed')) {
      this.#enter(open, session.conversation?.state);
    }
    this.#changed();
  }

  #enter(conversationId: string, state: string | undefined): void {
    if (this.#conversationId !== conversationId) {
      this.#leave();
      this.#conversationId = conversationId;
      const log: LogDriver = new LogDriver({
        connection: this.#connection,
        seams: this.#seams,
        resume: (after, timeoutMs) =>
          this.#connection.invoke<Envelope<ResumeAnswer>>('Resume', { conversationId, after }, timeoutMs),
        settled: () => this.#lane.input({ type: 'ready' }),
        applied: (events, replaced) => this.#applied(events, replaced, conversationId),
        marked: (marks) => this.#mark(marks),
        changed: () => this.#changed(),
      });
      this.#log = log;
      if (this.#connection.status === 'connected') log.input({ type: 'connected' });
    }
    this.#summary = { ...this.#summary, state: knownState(state, 'waiting') };
  }

  #leave(): void {
    this.#log?.stop();
    this.#log = null;
    this.#conversationId = null;
    this.#summary = blank;
    this.#queue = null;
    this.#queueOnline = null;
    this.#typing = false;
    this.#readUpTo = this.#deliveredUpTo = this.#marked = 0;
  }

  #applied(events: ConversationEvent[], replaced: boolean, conversationId: string): void {
    this.#summary = summarize(replaced ? { ...blank, state: this.#summary.state } : this.#summary, events);
    if (this.#summary.state !== 'waiting') {
      this.#queue = null;
      this.#queueOnline = null;
    }
    if (this.#summary.state === 'closed') this.#typing = false;
    if (events.some((event) => event.type === 'messagePosted' && event.author.kind !== 'visitor')) this.#typing = false;
    this.#lane.matchEvents(events, conversationId);
  }

  #mark({ readUpTo = 0, deliveredUpTo = 0 }: Marks): void {
    this.#readUpTo = Math.max(this.#readUpTo, readUpTo);
    this.#deliveredUpTo = Math.max(this.#deliveredUpTo, deliveredUpTo, readUpTo);
  }

  #connected(): void {
    this.#everConnected = true;
    if (this.#log) this.#log.input({ type: 'connected' });
    else this.#lane.input({ type: 'ready' });
  }

  #disconnected(): void {
    this.#typing = false;
    this.#log?.input({ type: 'disconnected' });
    this.#lane.input({ type: 'disconnected' });
  }

  #message(name: string, args: unknown[]): void {
    if (name === 'Events') {
      const frame = args[0] as EventsFrame;
      if (frame.conversationId === this.#conversationId) this.#log?.input({ type: 'events', ...frame });
      else this.#overtaken(frame);
    } else if (name === 'Heads') {
      for (const { conversationId, head } of (args[0] as Head[]) ?? []) {
        if (conversationId === this.#conversationId) this.#log?.input({ type: 'head', head });
      }
    } else if (name === 'Signal') this.#signal(args[0] as Signal);
  }

  /** The events of a conversation that is being started may overtake the answer to the start, or outlive its loss. */
  #overtaken(frame: EventsFrame): void {
    const starts = this.#lane.state.items.filter((item) => item.kind === 'start').map((item) => item.id);
    const own = frame.events.some(
      (event) => event.type === 'messagePosted' && starts.includes(event.clientMessageId ?? ''),
    );
    if (own) this.#enter(frame.conversationId, undefined);
    this.#lane.matchEvents(frame.events, frame.conversationId);
  }

  #signal(signal: Signal): void {
    if (signal.type === 'site') {
      this.#siteOnline = signal.online;
      this.#changed();
      return;
    }
    if (signal.type === 'maintenance') {
      this.#maintenance = signal.startsAt ? signal : null;
      this.#changed();
      return;
    }
    if (signal.conversationId !== this.#conversationId) return;
    if (signal.type === 'typing' && signal.by?.kind !== 'visitor') {
      this.#typing = true;
      this.#seams.clock.clearTimeout(this.#typingTimer);
      this.#typingTimer = this.#seams.clock.setTimeout(() => {
        this.#typing = false;
        this.#changed();
      }, TYPING_SHOWN_MS);
    } else if (signal.type === 'read') {
      if (signal.by?.kind !== 'visitor') this.#mark({ readUpTo: signal.upTo });
    } else if (signal.type === 'delivered') {
      this.#mark({ deliveredUpTo: signal.upTo });
    } else if (signal.type === 'queue') {
      this.#queue = { position: signal.position, etaSeconds: signal.etaSeconds };
      if (signal.agentsOnline !== undefined) this.#queueOnline = Number(signal.agentsOnline) > 0;
    }
    this.#changed();
  }

  #changed(): void {
    this.#snapshot = null;
    for (const listener of [...this.#listeners]) listener();
  }

  #takeSnapshot(): VisitorSnapshot {
    const log = this.#log?.state;
    const conversation =
      this.#conversationId === null || !log
        ? null
        : {
            ...this.#summary,
            id: this.#conversationId,
            events: log.events,
            hasEarlier: log.from > 0,
            head: log.head,
            queue: this.#queue,
            typing: this.#typing,
            readUpTo: this.#readUpTo,
            deliveredUpTo: this.#deliveredUpTo,
            error: this.#log?.error ?? null,
          };
    return {
      connection: this.#connection.status,
      online: this.#seams.surroundings.online(),
      everConnected: this.#everConnected,
      refusal: this.#connection.refusal,
      site: this.#keeper.session?.site ?? null,
      agentsOnline: this.#queueOnline ?? this.#siteOnline,
      maintenance: this.#maintenance,
      conversation,
      pending: this.#lane.state.items,
      failed: this.#lane.state.failed,
      durable: this.#store.durable,
    };
  }
}
