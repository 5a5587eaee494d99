import type { AgentSessionKeeper } from './agentSession.ts';
import type { Connection } from './connection.ts';
import type { Deliveries } from './deliveries.ts';
import { type LaneDriver, LogDriver } from './drivers.ts';
import type { LogState } from './log.ts';
import type { FailedItem, OutboxItem } from './outbox.ts';
import { eventsPage } from './rest.ts';
import type { Seams } from './seams.ts';
import {
  type Envelope,
  type Extras,
  type Marks,
  type PageView,
  type ResumeAnswer,
  type Signal,
  textProblem,
} from './types.ts';

const PAGE = 50;
const TYPING_SENT_MS = 3_000;

interface AgentConversationDeps {
  connection: Connection;
  seams: Seams;
  session: AgentSessionKeeper;
  lane: LaneDriver;
  deliveries: Deliveries;
  changed: () => void;
}

/** Another agent who looks at the conversation or types in it; both lapse by themselves. */
export interface Other {
  name: string;
  viewingUntil: number;
  typingUntil: number;
}

/** Repeated every 20 s while it lasts: two may be lost. */
export const VIEWING_MS = 45_000;
const PAGES_MAX = 20;

/** One conversation that an agent follows. */
export class AgentConversation {
  readonly id: string;
  readonly log: LogDriver;
  /** The visitor has read up to here. */
  readUpTo = 0;
  /** The visitor's page has received it up to here: as far as it was read, at least. */
  deliveredUpTo = 0;
  /** Until when the other side counts as typing, ms; and what it types, where the server tells. */
  typingUntil = 0;
  typingText: string | null = null;
  /** Other agents here, by id. */
  readonly others = new Map<string, Other>();
  /** Pages that the visitor went to since this is followed, the last one last. */
  pages: PageView[] = [];
  readonly #deps: AgentConversationDeps;
  #typingSentAt = 0;
  #marked = 0;
  #viewing = false;

  constructor(id: string, deps: AgentConversationDeps) {
    this.id = id;
    this.#deps = deps;
    this.log = new LogDriver({
      connection: deps.connection,
      seams: deps.seams,
      resume: (after, timeoutMs) =>
        deps.connection.invoke<Envelope<ResumeAnswer>>('Subscribe', { conversationId: id, after }, timeoutMs),
      settled: () => deps.lane.input({ type: 'ready' }),
      applied: (events) => {
        deps.lane.matchEvents(events, id);
        this.#hold();
        // Who has just sent is not typing any more.
        if (events.some((event) => event.type === 'messagePosted' && event.author.kind === 'visitor'))
          this.typingUntil = 0;
      },
      marked: (marks) => {
        this.#mark(marks);
        this.#hold();
      },
      changed: deps.changed,
    });
  }

  get events(): LogState['events'] {
    return this.log.state.events;
  }

  get pending(): OutboxItem[] {
    return this.#deps.lane.state.items;
  }

  get failed(): FailedItem[] {
    return this.#deps.lane.state.failed;
  }

  get hasEarlier(): boolean {
    return this.log.state.from > 0;
  }

  /** Puts a message or an internal note into the outbox. */
  send(
    text: string,
    kind: 'message' | 'note' = 'message',
    extras: Extras = {},
  ): { id: string } | { problem: 'Invalid' | 'TooLong' } {
    const problem = textProblem(text, extras.attachments?.length);
    if (problem) return { problem };
    const { seams, lane } = this.#deps;
    const id = seams.newId();
    const item = { id, kind, conversationId: this.id, text, at: seams.clock.now(), ...extras };
    lane.input({ type: 'enqueue', item });
    return { id };
  }

  /** Sends a refused text again, as a new message. */
  retry(id: string): void {
    const failed = this.failed.find((entry) => entry.item.id === id);
    if (!failed) return;
    this.dismiss(id);
    const { text, kind, attachments, replyTo } = failed.item;
    this.send(text, kind === 'note' ? 'note' : 'message', { attachments, replyTo });
  }

  dismiss(id: string): void {
    this.#deps.lane.input({ type: 'dismiss', id });
  }

  async loadEarlier(): Promise<void> {
    const { from } = this.log.state;
    if (from === 0) return;
    const { session } = this.#deps;
    const page = await eventsPage(session.rest, await session.token(), this.id, { before: from + 1 }, PAGE);
    this.log.input({ type: 'page', events: page.events });
  }

  markRead(upTo: number): void {
    if (upTo <= this.#marked) return;
    this.#marked = upTo;
    this.#deps.deliveries.read(this.id, upTo);
    this.#deps.connection.invoke<Envelope<object>>('MarkRead', { conversationId: this.id, upTo }).catch(() => {
      this.#marked = 0;
    });
  }

  typing(): void {
    const now = this.#deps.seams.clock.now();
    if (now - this.#typingSentAt < TYPING_SENT_MS) return;
    this.#typingSentAt = now;
    this.#deps.connection.invoke('Typing', { conversationId: this.id }).catch(() => {});
  }

  /** Tells the other agents that this one looks at it, or no longer does. May be lost: to be repeated. */
  viewing(viewing: boolean): void {
    this.#viewing = viewing;
    if (this.#deps.connection.status !== 'connected') return;
    this.#deps.connection.invoke('Viewing', { conversationId: this.id, viewing }).catch(() => {});
  }

  #other(signal: Extract<Signal, { type: 'typing' | 'viewing' }>): void {
    const { seams, changed } = this.#deps;
    const now = seams.clock.now();
    const by = signal.by;
    if (!by) return;
    const known = this.others.get(by.id);
    const other = known ?? { name: by.name ?? '', viewingUntil: 0, typingUntil: 0 };
    if (signal.type === 'typing') other.typingUntil = now + 6_000;
    else other.viewingUntil = signal.online ? now + VIEWING_MS : 0;
    this.others.set(by.id, other);
    for (const [id, { viewingUntil, typingUntil }] of this.others) {
      if (Math.max(viewingUntil, typingUntil) <= now) this.others.delete(id);
    }
    // Who has just come learns at once who is here.
    if (!known && signal.type === 'viewing' && signal.online && this.#viewing) this.viewing(true);
    seams.clock.setTimeout(changed, 6_050);
  }

  signal(signal: Signal): void {
    if (signal.type === 'page') this.pages = [...this.pages, signal.page].slice(-PAGES_MAX);
    else if (signal.type === 'viewing' || (signal.type === 'typing' && signal.by?.kind === 'agent'))
      this.#other(signal);
    if (signal.type === 'typing' && signal.by?.kind !== 'agent') {
      this.typingUntil = this.#deps.seams.clock.now() + 6_000;
      this.typingText = signal.text ?? null;
      this.#deps.seams.clock.setTimeout(this.#deps.changed, 6_050);
    } else if (signal.type === 'read') {
      if (signal.by?.kind !== 'agent') this.#mark({ readUpTo: signal.upTo });
    } else if (signal.type === 'delivered') {
      this.#mark({ deliveredUpTo: signal.upTo });
    }
    this.#deps.changed();
  }

  #mark({ readUpTo = 0, deliveredUpTo = 0 }: Marks): void {
    this.readUpTo = Math.max(this.readUpTo, readUpTo);
    this.deliveredUpTo = Math.max(this.deliveredUpTo, deliveredUpTo, readUpTo);
  }

  /** What the visitor wrote is here: said where it was not told as read. */
  #hold(): void {
    const last = this.events.findLast((event) => event.type === 'messagePosted' && event.author.kind === 'visitor');
    if (last && last.sequence > this.#marked) this.#deps.deliveries.hold(this.id, this.log.state.next - 1);
  }
}
