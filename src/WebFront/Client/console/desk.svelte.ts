/**
 * The console's state while somebody is signed in: the protocol client, the lists, what is open. Components read it;
 * what they do goes through its methods.
 */
import { FileLinks } from '../shared/files/links.ts';
import { AgentClient, type AgentConversation } from '../shared/protocol/agent.ts';
import type { AgentSessionKeeper } from '../shared/protocol/agentSession.ts';
import { browserStore, systemClock } from '../shared/protocol/seams.ts';
import type { AgentStatus, ConversationState, Maintenance } from '../shared/protocol/types.ts';
import { Api } from './api.ts';
import type { Command } from './command/commands.ts';
import { DraftSync } from './conversation/draftSync.ts';
import { Drafts } from './conversation/drafts.ts';
import { PagedList } from './inbox/list.svelte.ts';
import {
  type AgentEvent,
  foldRow,
  isOpen,
  newerRow,
  orderMine,
  orderWaiting,
  type Row,
  type Unread,
  unreadOf,
} from './inbox/rows.ts';
import { visitorName } from './inbox/labels.ts';
import { Library } from './library/library.svelte.ts';
import type { Variables } from './library/rules.ts';
import { chime } from '../shared/ui/chime.ts';
import { prefs } from './shell/prefs.svelte.ts';
import { router } from './shell/route.svelte.ts';

export type ListTab = 'mine' | 'waiting' | 'all';
export type AllFilter = 'open' | 'snoozed' | 'closed';

/** Conversations that stay followed after one left them, so that going back is instant. */
const FOLLOWED_MAX = 8;
/** Until the queues' settings are known. */
const EDIT_SECONDS = 900;
const LISTS_EVERY_MS = 10_000;
const OPEN_STATES: ConversationState[] = ['waiting', 'offered', 'assigned', 'snoozed'];

export class Desk {
  readonly client: AgentClient;
  readonly api: Api;
  readonly drafts: Drafts;
  readonly library: Library;
  readonly waiting: PagedList;
  readonly all: PagedList;
  readonly session: AgentSessionKeeper;
  readonly links: FileLinks;

  /** What the open conversation offers to the command bar. */
  commands = $state.raw<Command[]>([]);
  /** A message to be shown once its conversation is open: a search led there. */
  jump = $state.raw<{ conversationId: string; sequence: number } | null>(null);
  tab = $state<ListTab>('mine');
  filter = $state<AllFilter>('open');
  status = $state<AgentStatus | null>(null);
  statusError = $state.raw<unknown>(null);
  statusBusy = $state(false);
  /** The announced maintenance window. */
  maintenance = $state.raw<Maintenance | null>(null);
  /** Rises when a draft changed, for the lists that show them. */
  draftTick = $state(0);
  /** Rises when drafts came from another machine. */
  draftsArrived = $state(0);
  readonly #draftSync: DraftSync;

  /** Rises with every change of the client: reading it makes a component follow. */
  #tick = $state(0);
  #ticking = false;
  #rows = new Map<string, Row>();
  #readHere = new Map<string, number>();
  #asked = new Set<string>();
  #followed: string[] = [];
  #heads = new Map<string, number>();
  #headsKnown = false;
  #editSeconds = $state.raw(new Map<string, number>());
  #timer: ReturnType<typeof setInterval> | null = null;
  #wasConnected = false;
  /** Rises with each choice of a status made here. */
  #statusChosen = 0;
  #off: (() => void)[] = [];

  constructor(session: AgentSessionKeeper) {
    this.session = session;
    this.api = new Api(session);
    this.links = new FileLinks(session.rest, () => session.token());
    this.client = new AgentClient({ session });
    this.drafts = new Drafts(this.me.agentId, browserStore, systemClock);
    this.library = new Library(this.api);
    this.#draftSync = new DraftSync(
      this.me.agentId,
      this.drafts,
      { list: this.api.drafts, save: this.api.saveDraft },
      browserStore,
      systemClock,
      () => {
        this.draftsArrived += 1;
        this.draftTick += 1;
      },
    );
    this.waiting = new PagedList(this.api, ['waiting']);
    this.all = new PagedList(this.api, OPEN_STATES);
  }

  start(): void {
    this.#off.push(this.client.subscribe(() => this.#changed()));
    this.#off.push(
      this.client.onSignal((signal) => {
        if (signal.type === 'maintenance') this.maintenance = signal.startsAt ? (signal as Maintenance) : null;
      }),
    );
    const flush = () => this.drafts.flush();
    window.addEventListener('pagehide', flush);
    this.#off.push(() => window.removeEventListener('pagehide', flush));
    this.client.start();
    this.#timer = setInterval(() => {
      if (document.visibilityState === 'hidden' || !this.connected) return;
      this.refreshLists();
      // It may have been changed in another tab, or by the end of a grace period.
      void this.#loadStatus();
    }, LISTS_EVERY_MS);
    const seen = () => {
      if (document.visibilityState !== 'visible' || !this.connected) return;
      void this.#loadStatus();
      void this.#draftSync.pull();
    };
    document.addEventListener('visibilitychange', seen);
    this.#off.push(() => document.removeEventListener('visibilitychange', seen));
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    for (const off of this.#off) off();
    this.drafts.flush();
    this.#draftSync.stop();
    this.client.stop();
  }

  get me() {
    const { session } = this.session;
    return { agentId: session?.agentId ?? '', name: session?.name ?? '', roles: session?.roles ?? [] };
  }

  get isAdministrator(): boolean {
    return this.me.roles.includes('administrator');
  }

  get isSupervisor(): boolean {
    return this.isAdministrator || this.me.roles.includes('supervisor');
  }

  get connection() {
    this.#tick;
    return this.client.status;
  }

  get connected(): boolean {
    return this.connection === 'connected';
  }

  get online(): boolean {
    this.#tick;
    return this.client.online;
  }

  get everConnected(): boolean {
    this.#tick;
    return this.client.everConnected;
  }

  get inboxLoaded(): boolean {
    this.#tick;
    return this.client.inbox.loaded;
  }

  get mine(): Row[] {
    this.#tick;
    return orderMine(this.client.inbox.conversations.map((row) => this.#current(row)));
  }

  get waitingRows(): Row[] {
    this.#tick;
    // The list is asked for now and then; what came to this agent since no longer waits.
    const mine = new Set(this.client.inbox.conversations.map((row) => row.conversationId));
    const rows = this.waiting.rows
      .filter((row) => !mine.has(row.conversationId))
      .map((row) => this.#current(row))
      .filter((row) => row.state === 'waiting');
    return this.waiting.hasMore ? rows : orderWaiting(rows);
  }

  get allRows(): Row[] {
    this.#tick;
    return this.all.rows.map((row) => this.#current(row)).filter((row) => this.filter === 'snoozed' ? row.state === 'snoozed' : isOpen(row.state) === (this.filter === 'open'));
  }

  get shownRows(): Row[] {
    if (this.tab === 'mine') return this.mine;
    return this.tab === 'waiting' ? this.waitingRows : this.allRows;
  }

  /** How long an agent may edit what it wrote in that queue; the server has the last word. */
  editMs(queueId: string | undefined): number {
    return (this.#editSeconds.get(queueId ?? '') ?? EDIT_SECONDS) * 1_000;
  }

  /** What canned replies and macros may say of a conversation. */
  variables(conversationId: string): Variables {
    const row = this.row(conversationId);
    return {
      'visitor.name': visitorName(row),
      'agent.name': this.me.name,
      'queue.name': row?.queue.name ?? row?.queue.id ?? '',
    };
  }

  /** Tags to offer: those set up, and those of the lines at hand. */
  get knownTags(): string[] {
    const rows = [...this.client.inbox.conversations, ...this.waiting.rows, ...this.all.rows];
    return [...new Set([...this.library.tags, ...rows.flatMap((row) => row.tags ?? [])])].sort();
  }

  get unreadTotal(): number {
    return this.mine.filter((row) => this.isUnread(row)).length;
  }

  /** Best known line of a conversation, brought up to date with its events; null while nothing is known. */
  row(conversationId: string): Row | null {
    this.#tick;
    const listed = [...this.client.inbox.conversations, ...this.waiting.rows, ...this.all.rows].filter(
      (row) => row.conversationId === conversationId,
    );
    const best = listed.reduce(newerRow, this.#rows.get(conversationId));
    if (!best) {
      this.#ask(conversationId);
      return null;
    }
    this.#rows.set(conversationId, best);
    return this.#current(best);
  }

  /** What this agent has not read of what it holds; what others hold is not its to read. */
  unread(row: Row): Unread {
    this.#tick;
    if (row.agent?.id !== this.me.agentId || row.state !== 'assigned') return { count: 0, fresh: false };
    const events = this.#followed.includes(row.conversationId) ? this.events(row.conversationId) : [];
    return unreadOf(row, this.#readHere.get(row.conversationId) ?? 0, events);
  }

  isUnread(row: Row): boolean {
    const { count, fresh } = this.unread(row);
    return count > 0 || fresh || row.state === 'offered';
  }

  /** The conversation as the client follows it; following begins here. */
  follow(conversationId: string): AgentConversation {
    this.#followed = [...this.#followed.filter((id) => id !== conversationId), conversationId];
    while (this.#followed.length > FOLLOWED_MAX) {
      const oldest = this.#followed.shift();
      if (oldest) this.client.close(oldest);
    }
    return this.client.open(conversationId);
  }

  /** Reading it makes a component follow changes of what it then reads from the client. */
  get version(): number {
    return this.#tick;
  }

  events(conversationId: string): readonly AgentEvent[] {
    // The agent hub sends more types than the shared union names; this console draws them.
    return this.client.open(conversationId).events as unknown as readonly AgentEvent[];
  }

  markRead(conversationId: string, upTo: number): void {
    if (upTo <= (this.#readHere.get(conversationId) ?? 0) || !this.connected) return;
    this.#readHere.set(conversationId, upTo);
    this.client.open(conversationId).markRead(upTo);
    this.#changed();
  }

  select(conversationId: string | null, replace = false): void {
    router.go({ page: 'desk', conversationId }, replace);
  }

  get selectedId(): string | null {
    return router.current.page === 'desk' ? router.current.conversationId : null;
  }

  nextUnread(): void {
    const rows = this.mine;
    const here = rows.findIndex((row) => row.conversationId === this.selectedId);
    const turned = [...rows.slice(here + 1), ...rows.slice(0, here + 1)];
    const next = turned.find((row) => row.conversationId !== this.selectedId && this.isUnread(row));
    if (!next) return;
    this.tab = 'mine';
    this.select(next.conversationId);
  }

  setTab(tab: ListTab): void {
    this.tab = tab;
    this.refreshLists();
  }

  setFilter(filter: AllFilter): void {
    this.filter = filter;
    this.all.setStates(filter === 'open' ? OPEN_STATES : [filter]);
  }

  refreshLists(): void {
    void this.waiting.refresh();
    if (this.tab === 'all') void this.all.refresh();
  }

  async setStatus(status: AgentStatus): Promise<void> {
    const before = this.status;
    this.#statusChosen += 1;
    this.status = status;
    this.statusBusy = true;
    this.statusError = null;
    try {
      await this.client.setStatus(status);
    } catch (error) {
      this.status = before;
      this.statusError = error;
    } finally {
      this.statusBusy = false;
    }
  }

  /** A link to a conversation that no list at hand has: its line alone is asked for, once. */
  #ask(conversationId: string): void {
    if (this.#asked.has(conversationId) || !this.connected) return;
    this.#asked.add(conversationId);
    this.api.conversation(conversationId).then(
      (row) => {
        this.#rows.set(conversationId, row);
        this.#changed();
      },
      () => {
        // What may not be seen has no line; the pane says so itself.
      },
    );
  }

  #current(row: Row): Row {
    const id = row.conversationId;
    return this.#followed.includes(id) ? foldRow(row, this.events(id)) : row;
  }

  #changed(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    // A burst of events is one repaint.
    queueMicrotask(() => {
      this.#ticking = false;
      this.#tick += 1;
      this.#noticeConnection();
      this.#noticeNews();
    });
  }

  #noticeConnection(): void {
    const connected = this.client.status === 'connected';
    if (connected && !this.#wasConnected) {
      this.refreshLists();
      void this.#loadStatus();
      void this.library.reload();
      void this.#draftSync.pull();
      void this.#loadQueues();
    }
    this.#wasConnected = connected;
  }

  async #loadStatus(): Promise<void> {
    const chosen = this.#statusChosen;
    try {
      const { status } = await this.api.me();
      // An answer from before a choice made here would undo it on the screen.
      if (!this.statusBusy && chosen === this.#statusChosen) this.status = status;
    } catch {
      // The next connection asks again; until then the status shows as unknown.
    }
  }

  async #loadQueues(): Promise<void> {
    try {
      const queues = await this.api.queues();
      this.#editSeconds = new Map(queues.map((queue) => [queue.id, queue.editSeconds ?? EDIT_SECONDS]));
    } catch {
      // The usual time then; the next connection asks again.
    }
  }

  /** A notice of the desktop, which leads here. One a conversation: a newer one takes the place of the one before. */
  #notify(row: Row): void {
    if (!prefs.notices || document.visibilityState === 'visible') return;
    try {
      const notice = new Notification(visitorName(row), { body: row.preview ?? '', tag: row.conversationId });
      notice.onclick = () => {
        window.focus();
        this.select(row.conversationId);
        notice.close();
      };
    } catch {
      // Some phones have the name and not the thing.
    }
  }

  /** Sound and a notice for what is new in the own list: a conversation, or a visitor's message that is not being looked at. */
  #noticeNews(): void {
    const { inbox } = this.client;
    if (!inbox.loaded) return;
    const first = !this.#headsKnown;
    this.#headsKnown = true;
    let news = false;
    for (const row of inbox.conversations) {
      const before = this.#heads.get(row.conversationId);
      const looking = document.visibilityState === 'visible' && this.selectedId === row.conversationId;
      const fresh = before === undefined ? !first : row.head > before && row.lastAuthorKind === 'visitor' && !looking;
      if (fresh) this.#notify(row);
      news ||= fresh;
      this.#heads.set(row.conversationId, row.head);
    }
    const held = new Set(inbox.conversations.map((row) => row.conversationId));
    for (const id of this.#heads.keys()) if (!held.has(id)) this.#heads.delete(id);
    if (news && prefs.sound) chime();
  }
}
