/** The console's REST calls. Shapes are those of the protocol; fields that only administrators get are optional. */
import type { AgentSessionKeeper } from '../shared/protocol/agentSession.ts';
import { eventsPage } from '../shared/protocol/rest.ts';
import type { AgentStatus, ConversationState, Maintenance, Role } from '../shared/protocol/types.ts';
import type { AgentEvent, Pages, Row } from './inbox/rows.ts';

export interface AgentLine {
  agentId: string;
  name: string;
  status: AgentStatus;
  /** Id of the reason it gave for being busy or away. */
  reason?: string | null;
  /** Whether a connection of theirs is alive. */
  online: boolean;
  /** Places taken: conversations, and wrap-ups. */
  load: number;
  wrapUps?: number | null;
  capacity: number;
  queues: string[];
  email?: string;
  roles?: Role[];
  disabled?: boolean;
}

export interface QueueLine {
  id: string;
  name: string;
  waiting?: number;
  agentsOnline?: number;
  strategy?: string;
  offers?: boolean;
  offerSeconds?: number;
  graceSeconds?: number;
  idleCloseSeconds?: number;
  reopenSeconds?: number;
  editSeconds?: number;
  wrapUpSeconds?: number;
  priority?: number;
  /** Sent back, a change that somebody else made meanwhile is a conflict. */
  revision?: number;
}

/** One action on several conversations; each has its own outcome. */
export interface BulkAction {
  action: 'close' | 'accept' | 'transfer' | 'snooze' | 'tag';
  reason?: string;
  toQueue?: string;
  toAgent?: string;
  note?: string;
  until?: string;
  add?: string[];
  remove?: string[];
}

export interface BulkResult {
  conversationId: string;
  /** Missing where it was done. */
  code?: string;
}

/** What agents write down of a site's customers. */
export interface CustomerField {
  key: string;
  kind: 'text' | 'number' | 'choice';
  label: Record<string, string>;
  options: string[];
  min?: number;
  max?: number;
}

/** What visitors are asked before their first message, as far as it is needed to read an answer. */
export interface Question {
  key: string;
  label: Record<string, string>;
}

export interface SiteLine {
  customerFields?: CustomerField[];
  unsentText?: boolean;
  key: string;
  name: string;
  queueId: string;
  greeting: Record<string, string>;
  origins: string[];
  look?: { color: string; position: string; languages: string[] };
  hours?: { timeZone: string; week: { day: number; from: string; to: string }[]; holidays: string[] };
  closed?: string;
  closedText?: Record<string, string>;
  form?: FormField[];
  queues?: string[];
  consent?: Record<string, string>;
  invitations?: Invitation[];
  files?: { enabled: boolean; bytesMax?: number; types: string[] };
  /** Sent back, a change that somebody else made meanwhile is a conflict. */
  revision?: number;
  /** When the secret for signed identities was made; left out where there is none. */
  identityRolledAt?: string;
}

/** The one sight of a site's secret. */
export interface IdentitySecret {
  secret: string;
  rolledAt: string;
  /** Until when the one before counts too. */
  previousUntil?: string | null;
  /** The site's revision now. */
  revision: number;
}

export interface FormField {
  key: string;
  type: string;
  required: boolean;
  label: Record<string, string>;
  options?: string[];
}

export interface Invitation {
  page: string;
  afterSeconds: number;
  text: Record<string, string>;
}

export interface SystemView {
  at: string;
  database: { database: string; serverVersion: string; schemaVersion: string };
  silos: {
    address: string;
    status: string;
    version?: string;
    since: string;
    activations: number;
    cpuPercent?: number;
    memoryBytes?: number;
  }[];
  fronts: {
    address: string;
    version: string;
    since: string;
    visitors: number;
    agents: number;
    cpuPercent: number;
    memoryBytes: number;
  }[];
  grainTypes: { type: string; activations: number }[];
  busiest: { stream: string; perMinute: number }[];
}

export interface NewAgent {
  email: string;
  name: string;
  password: string;
  roles: Role[];
  queues: string[];
  capacity: number;
}

export type AgentChange = Partial<Pick<NewAgent, 'name' | 'roles' | 'queues' | 'capacity'>> & { disabled?: boolean };

export type LibraryKind = 'replies' | 'macros' | 'tags' | 'views' | 'reasons';

/** Something shared for work; `scope` is `all`, `queue:ID` or `agent:ID`. */
export interface LibraryItem<T> {
  id: string;
  scope: string;
  /** 0: not stored yet. */
  revision: number;
  updatedBy?: string;
  updatedAt?: string;
  body: T;
}

export interface ServerDraft {
  conversationId: string;
  reply: string;
  note: string;
  mode: 'reply' | 'note';
  revision: number;
}

export interface SearchHit {
  conversation: Row;
  sequence: number;
  at: string;
  type: 'messagePosted' | 'noteAdded';
  author: { kind: string; id: string; name?: string };
  snippet: string;
  cutBefore: boolean;
  cutAfter: boolean;
  highlights: { start: number; length: number }[];
}

export interface ListQuery {
  visitor?: string;
  states: ConversationState[];
  cursor?: string | null;
  limit?: number;
}

/** How this agent stands. */
export interface Standing {
  status: AgentStatus;
  reason?: string | null;
  statusSince?: string | null;
  wrapUps?: WrapUp[] | null;
}

/** A closed conversation that still takes a place, for the work that is left on it. */
export interface WrapUp {
  id: string;
  conversationId: string;
  /** By the server's clock: this machine's may be wrong. */
  secondsLeft: number;
}

export class Api {
  readonly #session: AgentSessionKeeper;

  constructor(session: AgentSessionKeeper) {
    this.#session = session;
  }

  async conversations(query: ListQuery): Promise<Pages> {
    const search = new URLSearchParams({ limit: String(query.limit ?? 50) });
    if (query.states.length > 0) search.set('state', query.states.join(','));
    if (query.cursor) search.set('cursor', query.cursor);
    if (query.visitor) search.set('visitor', query.visitor);
    return this.list(Object.fromEntries(search), null);
  }

  /** A page of a list, by the parameters of the request. */
  async list(query: Record<string, string>, cursor: string | null): Promise<Pages> {
    const search = new URLSearchParams(cursor === null ? query : { ...query, cursor });
    const answer = await this.#get<{ conversations: Row[]; nextCursor?: string | null }>(`/conversations?${search}`);
    return { rows: answer.conversations, next: answer.nextCursor ?? null };
  }

  /** The command's id makes that trying again does nothing twice. */
  async bulk(commandId: string, conversationIds: readonly string[], action: BulkAction): Promise<BulkResult[]> {
    const body = { commandId, conversationIds, ...action };
    return (await this.#session.request<{ results: BulkResult[] }>('POST', '/api/v1/conversations/bulk', body)).results;
  }

  async siteNames(): Promise<{ key: string; name: string }[]> {
    return (await this.#get<{ sites: { key: string; name: string }[] }>('/site-names')).sites;
  }

  /** The first event carries what the visitor said before the conversation: the form. */
  async firstEvent(conversationId: string): Promise<AgentEvent | null> {
    const token = await this.#session.token();
    const page = await eventsPage(this.#session.rest, token, conversationId, { after: 0 }, 1);
    return (page.events[0] as unknown as AgentEvent | undefined) ?? null;
  }

  /** The line of one conversation, for links. */
  conversation = (id: string) => this.#get<Row>(`/conversations/${encodeURIComponent(id)}`);

  search = (query: Record<string, string>) =>
    this.#get<{ hits: SearchHit[]; nextCursor?: string | null }>(`/search?${new URLSearchParams(query)}`);

  async library<T>(kind: LibraryKind): Promise<LibraryItem<T>[]> {
    return (await this.#get<{ items: LibraryItem<T>[] }>(`/library/${kind}`)).items;
  }

  saveItem = <T>(kind: LibraryKind, item: LibraryItem<T>) =>
    this.#session.request<LibraryItem<T>>('PUT', `/api/v1/library/${kind}/${encodeURIComponent(item.id)}`, {
      scope: item.scope,
      revision: item.revision,
      body: item.body,
    });

  deleteItem = (kind: LibraryKind, item: LibraryItem<unknown>) =>
    this.#session.request('DELETE', `/api/v1/library/${kind}/${encodeURIComponent(item.id)}?revision=${item.revision}`);

  drafts = async () => (await this.#get<{ drafts: ServerDraft[] }>('/drafts')).drafts;

  saveDraft = (conversationId: string, draft: { reply: string; note: string; mode: string }) =>
    this.#session.request<{ revision: number }>('PUT', `/api/v1/drafts/${encodeURIComponent(conversationId)}`, draft);

  /** How this agent stands, asked of nobody but itself. */
  me = () => this.#get<Standing>('/me');

  endWrapUp = (id: string) => this.#session.request('DELETE', `/api/v1/me/wrap-ups/${encodeURIComponent(id)}`);

  async agents(): Promise<AgentLine[]> {
    return (await this.#get<{ agents: AgentLine[] }>('/agents')).agents;
  }

  async queues(): Promise<QueueLine[]> {
    return (await this.#get<{ queues: QueueLine[] }>('/queues')).queues;
  }

  async sites(): Promise<SiteLine[]> {
    return (await this.#get<{ sites: SiteLine[] }>('/sites')).sites;
  }

  /** For administrators: what the installation consists of now. */
  system = () => this.#get<SystemView>('/system');

  maintenance = () => this.#get<{ maintenance?: Maintenance }>('/system/maintenance');

  announceMaintenance = (window: Maintenance) => this.#session.request('PUT', '/api/v1/system/maintenance', window);

  beginMaintenance = () => this.#session.request('POST', '/api/v1/system/maintenance/drain');

  callOffMaintenance = () => this.#session.request('DELETE', '/api/v1/system/maintenance');

  createAgent = (agent: NewAgent) => this.#session.request('POST', '/api/v1/agents', agent);

  changeAgent = (agentId: string, change: AgentChange) =>
    this.#session.request('PATCH', `/api/v1/agents/${encodeURIComponent(agentId)}`, change);

  /** `form`: what visitors are asked there now; an older server does not say. */
  customerFields = (siteKey: string) =>
    this.#get<{ fields: CustomerField[]; form?: Question[] }>(`/sites/${encodeURIComponent(siteKey)}/customer-fields`);

  saveQueue = (queue: QueueLine) => this.#session.request('POST', '/api/v1/queues', queue);

  saveSite = (site: SiteLine) => this.#session.request('POST', '/api/v1/sites', site);

  rollIdentitySecret = (siteKey: string) =>
    this.#session.request<IdentitySecret>('POST', `/api/v1/sites/${encodeURIComponent(siteKey)}/identity-secret`);

  deleteIdentitySecret = (siteKey: string) =>
    this.#session.request('DELETE', `/api/v1/sites/${encodeURIComponent(siteKey)}/identity-secret`);

  changePassword = (password: string, newPassword: string) =>
    this.#session.request('POST', '/api/v1/agents/me/password', { password, newPassword });

  #get<T>(path: string): Promise<T> {
    return this.#session.request<T>('GET', `/api/v1${path}`);
  }
}
