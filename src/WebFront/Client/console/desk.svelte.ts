/**
 * The console's state while somebody is signed in: the protocol client, the lists, what is open. Components read it;
 * what they do goes through its methods.
 */
import { FileLinks } from '../shared/files/links.ts';
import { AgentClient } from '../shared/protocol/agent.ts';
import type { AgentConversation } from '../shared/protocol/agentConversation.ts';
import type { AgentSessionKeeper } from '../shared/protocol/agentSession.ts';
import { browserStore, systemClock } from '../shared/protocol/seams.ts';
import type { Maintenance } from '../shared/protocol/types.ts';
import { Api } from './api.ts';
import type { Command } from './command/commands.ts';
import { DraftSync } from './conversation/draftSync.ts';
import { Drafts } from './conversation/drafts.ts';
import type { LiveList } from './inbox/list.svelte.ts';
import { Lists } from './inbox/lists.svelte.ts';
import { News } from './inbox/news.ts';
import { type AgentEvent, foldRow, newerRow, orderMine, type Row, type Unread, unreadOf } from './inbox/rows.ts';
import { visitorName } from './inbox/labels.ts';
import { compareRows } from './inbox/view.ts';
import { Library } from './library/library.svelte.ts';
import type { Variables } from './library/rules.ts';
import { router } from './shell/route.svelte.ts';
import { Standing } from './shell/standing.svelte.ts';

/** Conversations that stay followed after one left them, so that going back is instant. */
const FOLLOWED_MAX = 8;
/** Until the queues' settings are known. */
const EDIT_SECONDS = 900;
/** What the server pushes is looked at anew so seldom, in case a push was lost. */
const LISTS_EVERY_MS = 60_000;
const STATUS_EVERY_MS = 15_000;
/** Lines of single conversations that are kept beside the lists. */
const ROWS_KEPT_MAX = 200;

export class Desk {
  readonly client: AgentClient;
  readonly api: Api;
  readonly drafts: Drafts;
  readonly library: Library;
  readonly lists: Lists;
  readonly standing: Standing;
  readonly session: AgentSessionKeeper;
  readonly links: FileLinks;

  /** What the open conversation offers to the command bar. */
  commands = $state.raw<Command[]>([]);
  /** What the list offers for what is chosen in it. */
  listCommands = $state.raw<Command[]>([]);
  /** A message to be shown once its conversation is open: a search led there. */
  jump = $state.raw<{ conversationId: string; sequence: number } | null>(null);
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
  #timers: ReturnType<typeof setInterval>[] = [];
  #editSeconds = $state.raw(new Map<string, number>());
  #wasConnected = false;
  #held = 0;
  readonly #news = new News((id) => this.select(id));
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
    this.lists = new Lists(this.api, () => this.me.agentId);
    this.standing = new Standing(this.client, this.api);
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
    this.client.watchLists((queues) => this.lists.told(queues));
    this.client.start();
    const nowAndThen = (step: () => void, everyMs: number) =>
      this.#timers.push(
        setInterval(() => {
          if (document.visibilityState !== 'hidden' && this.connected) step();
        }, everyMs),
      );
    nowAndThen(() => this.lists.refresh(), LISTS_EVERY_MS);
    nowAndThen(() => void this.standing.load(), STATUS_EVERY_MS);
    const seen = () => {
      if (document.visibilityState !== 'visible' || !this.connected) return;
      void this.standing.load();
      this.lists.refresh();
      void this.#draftSync.pull();
    };
    document.addEventListener('visibilitychange', seen);
    this.#off.push(() => document.removeEventListener('visibilitychange', seen));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.lists.stop();
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
    const rows = this.client.inbox.conversations.map((row) => this.current(row));
    return this.lists.mineSort === 'activity' ? orderMine(rows) : rows.sort(compareRows(this.lists.mineSort));
  }

  get waitingRows(): Row[] {
    this.#tick;
    // What came to this agent since the list was fetched no longer waits.
    const mine = new Set(this.client.inbox.conversations.map((row) => row.conversationId));
    return this.#without(
      this.lists.waiting,
      (row) => mine.has(row.conversationId) || this.current(row).state !== 'waiting',
    );
  }

  get allRows(): Row[] {
    this.#tick;
    const { states } = this.lists.all.view;
    return this.#without(this.lists.all, (row) => states.length > 0 && !states.includes(this.current(row).state));
  }

  get shownRows(): Row[] {
    if (this.lists.tab === 'mine') return this.mine;
    return this.lists.tab === 'waiting' ? this.waitingRows : this.allRows;
  }

  /** A list without lines known to have left it. Only those at hand can be known so: with thousands of lines the list
   * itself is handed on where none has. */
  #without(list: LiveList, left: (row: Row) => boolean): Row[] {
    const known = [...this.#followed, ...this.client.inbox.conversations.map((row) => row.conversationId)];
    const gone = new Set(
      known.filter((id) => {
        const row = list.find(id);
        return row !== undefined && left(row);
      }),
    );
    return gone.size === 0 ? list.rows : list.rows.filter((row) => !gone.has(row.conversationId));
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
    const rows = [this.client.inbox.conversations, this.lists.waiting.rows, this.lists.all.rows].flatMap((list) =>
      list.slice(0, 100),
    );
    return [...new Set([...this.library.tags, ...rows.flatMap((row) => row.tags ?? [])])].sort();
  }

  get unreadTotal(): number {
    return this.mine.filter((row) => this.isUnread(row)).length;
  }

  /** Best known line of a conversation, brought up to date with its events; null while nothing is known. */
  row(conversationId: string): Row | null {
    this.#tick;
    const listed = [
      this.client.inbox.conversations.find((row) => row.conversationId === conversationId),
      this.lists.waiting.find(conversationId),
      this.lists.all.find(conversationId),
    ];
    const best = listed.reduce(newerRow, this.#rows.get(conversationId));
    if (!best) {
      this.#ask(conversationId);
      return null;
    }
    this.#remember(best);
    return this.current(best);
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
    this.lists.tab = 'mine';
    this.select(next.conversationId);
  }

  /** A link to a conversation that no list at hand has: its line alone is asked for, once. */
  #ask(conversationId: string): void {
    if (this.#asked.has(conversationId) || !this.connected) return;
    this.#asked.add(conversationId);
    this.api.conversation(conversationId).then(
      (row) => {
        this.#remember(row);
        this.#changed();
      },
      () => {
        // What may not be seen has no line; the pane says so itself.
      },
    );
  }

  /** Lines of conversations that no list has any more: the latest ones, so that a shift does not pile them up. */
  #remember(row: Row): void {
    const id = row.conversationId;
    this.#rows.delete(id);
    this.#rows.set(id, row);
    if (this.#rows.size <= ROWS_KEPT_MAX) return;
    for (const old of this.#rows.keys()) {
      this.#rows.delete(old);
      this.#asked.delete(old);
      this.#readHere.delete(old);
      break;
    }
  }

  /** A line of a list, brought up to date with the events at hand. */
  current(row: Row): Row {
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
      this.#noticeWrapUp();
      this.#news.notice(this.client.inbox, this.selectedId);
    });
  }

  #noticeConnection(): void {
    const connected = this.client.status === 'connected';
    if (connected && !this.#wasConnected) {
      this.lists.refresh();
      void this.standing.load();
      void this.library.reload();
      void this.#draftSync.pull();
      void this.#loadQueues();
    }
    this.#wasConnected = connected;
  }

  /** A conversation that left the list may have to be wrapped up; only the server knows. */
  #noticeWrapUp(): void {
    const held = this.client.inbox.conversations.length;
    if (held < this.#held && this.connected) void this.standing.load();
    this.#held = held;
  }

  async #loadQueues(): Promise<void> {
    try {
      const queues = await this.api.queues();
      this.#editSeconds = new Map(queues.map((queue) => [queue.id, queue.editSeconds ?? EDIT_SECONDS]));
    } catch {
      // The usual time then; the next connection asks again.
    }
  }
}
