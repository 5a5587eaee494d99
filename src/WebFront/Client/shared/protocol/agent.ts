import { AgentConversation } from './agentConversation.ts';
import type { AgentSessionKeeper } from './agentSession.ts';
import type { BackoffOptions } from './backoff.ts';
import { backoffMs, retryBackoff } from './backoff.ts';
import { Connection, type ConnectionStatus } from './connection.ts';
import { Deliveries } from './deliveries.ts';
import { LaneDriver, type Repeatable, repeat } from './drivers.ts';
import { CallTimeout } from './errors.ts';
import { emptyInbox, type InboxInput, type InboxState, stepInbox } from './inbox.ts';
import { idsOf } from './outbox.ts';
import { OutboxStore, type StoredOutbox } from './outboxStore.ts';
import { browserSeams, type Seams } from './seams.ts';
import { type OpenTransport, openHub } from './transport.ts';
import type {
  AgentStatus,
  Envelope,
  EventsFrame,
  Head,
  InboxAnswer,
  InboxChange,
  ProtocolError,
  QueueCounts,
  SendAnswer,
  Signal,
  VisitorCard,
} from './types.ts';

export interface AgentClientOptions {
  session: AgentSessionKeeper;
  baseUrl?: string;
  seams?: Partial<Seams>;
  openTransport?: OpenTransport;
  backoff?: BackoffOptions;
  callTimeoutMs?: number;
}

/** It was not repeated, because another choice was made since: its outcome does not matter. */
export class Superseded extends Error {
  constructor() {
    super('Another choice was made since.');
    this.name = 'Superseded';
  }
}

/** An agent's side of the protocol: the inbox, and any number of open conversations. */
export class AgentClient {
  inbox: InboxState = emptyInbox();
  everConnected = false;
  readonly #seams: Seams;
  readonly #connection: Connection;
  readonly #deliveries: Deliveries;
  readonly #session: AgentSessionKeeper;
  readonly #store: OutboxStore;
  readonly #lanes = new Map<string, LaneDriver>();
  readonly #open = new Map<string, AgentConversation>();
  readonly #listeners = new Set<() => void>();
  readonly #signalListeners = new Set<(signal: Signal) => void>();
  #listListener: ((queues: QueueCounts[]) => void) | null = null;
  #choices = 0;
  #inboxAttempt = 0;
  #inboxTimer: unknown = null;

  constructor(options: AgentClientOptions) {
    this.#seams = { ...browserSeams(), ...options.seams };
    this.#session = options.session;
    this.#connection = new Connection(
      {
        url: `${options.baseUrl ?? ''}/hubs/agent`,
        token: (fresh) => options.session.token(fresh),
        seams: this.#seams,
        openTransport: options.openTransport ?? openHub,
        backoff: options.backoff,
        callTimeoutMs: options.callTimeoutMs,
      },
      {
        status: () => this.#changed(),
        connected: () => this.#connected(),
        disconnected: () => this.#disconnected(),
        suspect: () => this.#inboxInput({ type: 'check' }, 5_000),
        message: (name, args) => this.#message(name, args),
      },
    );
    this.#deliveries = new Deliveries(this.#connection, this.#seams.clock);
    this.#store = new OutboxStore(`a.${options.session.session?.agentId ?? ''}`, this.#seams);
  }

  get status(): ConnectionStatus {
    return this.#connection.status;
  }

  get online(): boolean {
    return this.#seams.surroundings.online();
  }

  /** Why the server refused the session, when status is `refused`: sign in again. */
  get refusal(): ProtocolError | null {
    return this.#connection.refusal;
  }

  get durable(): boolean {
    return this.#store.durable;
  }

  start(): void {
    this.#store.open((left) => this.#adopt(left));
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
    this.#deliveries.disconnected();
    for (const lane of this.#lanes.values()) lane.stop();
    for (const conversation of this.#open.values()) conversation.log.stop();
    this.#store.close();
    this.#seams.clock.clearTimeout(this.#inboxTimer);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onSignal(listener: (signal: Signal) => void): () => void {
    this.#signalListeners.add(listener);
    return () => this.#signalListeners.delete(listener);
  }

  /** Tells how queues stand and that something in their lists changed: all of them after each connect, then what is
   * news. For one listener; a server that does not know it never tells. */
  watchLists(listener: (queues: QueueCounts[]) => void): void {
    this.#listListener = listener;
    if (this.status === 'connected') this.#askForLists();
  }

  reconnectNow(): void {
    this.#connection.kick();
  }

  /** Follows a conversation from here on; the same object while it stays open. */
  open(conversationId: string): AgentConversation {
    const known = this.#open.get(conversationId);
    if (known) return known;
    const conversation = new AgentConversation(conversationId, {
      connection: this.#connection,
      seams: this.#seams,
      session: this.#session,
      lane: this.#lane(conversationId),
      deliveries: this.#deliveries,
      changed: () => this.#changed(),
    });
    this.#open.set(conversationId, conversation);
    if (this.status === 'connected') conversation.log.input({ type: 'connected' });
    return conversation;
  }

  /** Follows it no more. What is still unsent in it is sent all the same. */
  close(conversationId: string): void {
    const conversation = this.#open.get(conversationId);
    if (!conversation) return;
    this.#open.delete(conversationId);
    conversation.log.stop();
    this.#connection.invoke('Unsubscribe', { conversationId }).catch(() => {});
    const lane = this.#lanes.get(conversationId);
    // An empty lane is made again when it is needed: over a shift there would be hundreds.
    if (lane && lane.state.items.length + lane.state.failed.length === 0) this.#lanes.delete(conversationId);
    else if (this.status === 'connected') lane?.input({ type: 'ready' });
  }

  /**
   * A state-changing method. It carries a commandId, so that trying again can't do it twice. Throws Refused, or
   * ConnectionLost when its outcome stayed unknown.
   */
  command<T = object>(method: string, argument: Record<string, unknown>): Promise<T> {
    const commandId = this.#seams.newId();
    return repeat<T>(this.#connection, this.#seams, method, { ...argument, commandId });
  }

  /** Only the last choice is repeated: an older one would undo it. One that was given up for a newer throws Superseded. */
  setStatus(status: AgentStatus, reason?: string): Promise<object> {
    const choice = ++this.#choices;
    const connection = this.#connection;
    const whileLast: Repeatable = {
      invoke: async (method, argument) => {
        if (choice !== this.#choices) throw new Superseded();
        return connection.invoke(method, argument);
      },
      drop: () => connection.drop(),
      proved: () => connection.proved(),
      get generation() {
        return connection.generation;
      },
      get status() {
        return connection.status;
      },
    };
    return repeat(whileLast, this.#seams, 'SetStatus', { status, reason, commandId: this.#seams.newId() });
  }
  accept = (conversationId: string) => this.command('Accept', { conversationId });
  decline = (conversationId: string) => this.command('Decline', { conversationId });
  transfer = (conversationId: string, to: { toQueue: string } | { toAgent: string }, note?: string) =>
    this.command('Transfer', { conversationId, ...to, note });
  closeConversation = (conversationId: string, reason?: string) => this.command('Close', { conversationId, reason });
  reopen = (conversationId: string) => this.command('Reopen', { conversationId });
  snooze = (conversationId: string, until: string) => this.command('Snooze', { conversationId, until });
  /** Of a message or note of one's own; `sequence` says which. */
  editMessage = (conversationId: string, sequence: number, text: string) =>
    this.command('EditMessage', { conversationId, sequence, text });
  redactMessage = (conversationId: string, sequence: number) =>
    this.command('RedactMessage', { conversationId, sequence });
  visitorCard = async (conversationId: string) =>
    (await this.command<{ visitor: VisitorCard }>('Visitor', { conversationId })).visitor;
  blockVisitor = async (conversationId: string, blocked: boolean, reason?: string) =>
    (await this.command<{ visitor: VisitorCard }>('BlockVisitor', { conversationId, blocked, reason })).visitor;
  setVisitorFields = async (conversationId: string, revision: number, values: Record<string, string>) =>
    (await this.command<{ visitor: VisitorCard }>('SetVisitorFields', { conversationId, revision, values })).visitor;
  tag = (conversationId: string, add: string[], remove: string[]) =>
    this.command('Tag', { conversationId, add, remove });

  #lane(conversationId: string): LaneDriver {
    let lane = this.#lanes.get(conversationId);
    if (!lane) {
      lane = new LaneDriver({
        connection: this.#connection,
        seams: this.#seams,
        send: (item) =>
          this.#connection.invoke<Envelope<SendAnswer>>(item.kind === 'note' ? 'AddNote' : 'SendMessage', {
            conversationId,
            clientMessageId: item.id,
            text: item.text,
            attachmentIds: idsOf(item),
            replyTo: item.replyTo,
          }),
        save: () => this.#save(),
        changed: () => this.#changed(),
      });
      this.#lanes.set(conversationId, lane);
    }
    return lane;
  }

  #save(): void {
    const lanes = [...this.#lanes.values()];
    this.#store.save({
      items: lanes.flatMap((lane) => lane.state.items),
      failed: lanes.flatMap((lane) => lane.state.failed),
    });
  }

  #adopt(left: StoredOutbox): void {
    const ids = new Set([...left.items, ...left.failed.map((entry) => entry.item)].map((item) => item.conversationId));
    for (const id of ids) {
      if (id === null) continue;
      const lane = this.#lane(id);
      lane.input({
        type: 'adopt',
        items: left.items.filter((item) => item.conversationId === id),
        failed: left.failed.filter((entry) => entry.item.conversationId === id),
      });
      if (this.status === 'connected' && !this.#open.has(id)) lane.input({ type: 'ready' });
    }
  }

  #connected(): void {
    this.everConnected = true;
    this.#deliveries.connected();
    this.#inboxInput({ type: 'connected' });
    if (this.#listListener) this.#askForLists();
    for (const conversation of this.#open.values()) conversation.log.input({ type: 'connected' });
    // What was left in conversations that nobody looks at is sent without following them.
    for (const [id, lane] of this.#lanes) if (!this.#open.has(id)) lane.input({ type: 'ready' });
  }

  #askForLists(): void {
    this.#connection.invoke('WatchLists', { on: true }).catch(() => {
      // Lost with the connection, and asked again on the next; or an older server.
    });
  }

  #disconnected(): void {
    this.#deliveries.disconnected();
    this.#inboxInput({ type: 'disconnected' });
    for (const conversation of this.#open.values()) conversation.log.input({ type: 'disconnected' });
    for (const lane of this.#lanes.values()) lane.input({ type: 'disconnected' });
  }

  #message(name: string, args: unknown[]): void {
    if (name === 'Events') {
      const frame = args[0] as EventsFrame;
      this.#open.get(frame.conversationId)?.log.input({ type: 'events', ...frame });
    } else if (name === 'Heads') {
      for (const { conversationId, head } of (args[0] as Head[]) ?? []) {
        this.#open.get(conversationId)?.log.input({ type: 'head', head });
      }
    } else if (name === 'InboxHead') {
      this.#inboxInput({ type: 'version', version: (args[0] as { version: number }).version });
    } else if (name === 'InboxChanged') {
      this.#inboxInput({ type: 'changed', change: args[0] as InboxChange });
    } else if (name === 'Lists') {
      this.#listListener?.((args[0] as { queues: QueueCounts[] }).queues);
    } else if (name === 'Signal') {
      const signal = args[0] as Signal;
      this.#open.get(signal.conversationId)?.signal(signal);
      for (const listener of [...this.#signalListeners]) listener(signal);
    }
  }

  #inboxInput(input: InboxInput, timeoutMs?: number): void {
    const step = stepInbox(this.inbox, input);
    this.inbox = step.state;
    // A line shows how its visitor's last message begins: that has arrived, opened or not.
    for (const { conversationId, head, readUpTo = 0, lastAuthorKind } of this.inbox.conversations) {
      if (this.inbox.loading) break; // Before a reconnect: what is loaded may be read meanwhile.
      if (lastAuthorKind === 'visitor' && head > readUpTo) this.#deliveries.hold(conversationId, head);
    }
    for (const _ of step.effects) void this.#loadInbox(timeoutMs);
    this.#changed();
  }

  async #loadInbox(timeoutMs?: number): Promise<void> {
    const { generation } = this.#connection;
    const { clock, random } = this.#seams;
    try {
      const answer = await this.#connection.invoke<Envelope<InboxAnswer>>('Inbox', undefined, timeoutMs);
      if (generation !== this.#connection.generation) return;
      if (answer.error === null) {
        this.#inboxAttempt = 0;
        this.#connection.proved();
        const { version, conversations } = answer;
        this.#inboxInput({ type: 'loaded', answer: { version, conversations } });
        return;
      }
      this.#inboxInput({ type: 'loadFailed' });
      const wait = backoffMs(this.#inboxAttempt++, random(), retryBackoff, answer.error.retryAfterMs);
      clock.clearTimeout(this.#inboxTimer);
      this.#inboxTimer = clock.setTimeout(() => this.#inboxInput({ type: 'check' }), wait);
    } catch (error) {
      if (generation === this.#connection.generation && error instanceof CallTimeout) this.#connection.drop();
    }
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
