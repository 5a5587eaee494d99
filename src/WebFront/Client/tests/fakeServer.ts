import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ErrorCode, Signal } from '../shared/protocol/types.ts';
import { FakeConversation, FakeRefusal } from './fakeModel.ts';

const RECORD_END = '\u001e';

interface Caller {
  audience: 'visitor' | 'agent';
  id: string;
  name: string;
  socket: WebSocket;
  /** Conversation id to the last sequence pushed. */
  watched: Map<string, number>;
}

export interface FakeServerOptions {
  /** Files to serve besides the API. */
  root?: string;
  headers?: Record<string, string>;
  site?: Record<string, unknown>;
  /** What the launcher is told of the site. */
  look?: Record<string, unknown>;
  /**
   * Asked before and after the work of every call: a code is answered instead of the result. After the work it is
   * the ambiguous case, done but not known to be.
   */
  fault?: (when: 'before' | 'after', method: string) => ErrorCode | null;
  /** Whether a push to a watcher is lost. */
  losePush?: () => boolean;
  tokenLifeMs?: number;
}

/** An in-process server that speaks the protocol well enough to test clients: REST, both hubs, no storage. */
export class FakeServer {
  readonly conversations = new Map<string, FakeConversation>();
  readonly calls: { method: string; argument: Record<string, unknown> }[] = [];
  sessions = 0;
  readonly #options: FakeServerOptions;
  readonly #http: Server;
  readonly #hub = new WebSocketServer({ noServer: true, maxPayload: 32 * 1024 });
  readonly #callers = new Set<Caller>();
  readonly #starts = new Map<string, string>();
  inboxVersion = 1;
  refuseTokens = false;
  url = '';

  constructor(options: FakeServerOptions = {}) {
    this.#options = options;
    this.#http = createServer((request, response) => this.#request(request, response));
    this.#http.on('upgrade', (request, socket, head) => {
      const url = new URL(request.url ?? '/', 'http://fake');
      // Browsers can't set headers on a WebSocket; other clients can.
      const bearer = request.headers.authorization?.replace('Bearer ', '');
      const who = this.#who(url.searchParams.get('access_token') ?? bearer);
      socket.on('error', () => {});
      if (!who || !url.pathname.startsWith('/hubs/')) {
        socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
        return;
      }
      this.#hub.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, who));
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
    const address = this.#http.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    this.url = `http://127.0.0.1:${address.port}`;
    return this.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async close(): Promise<void> {
    this.cutAll();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  cutAll(): void {
    for (const { socket } of [...this.#callers]) socket.terminate();
  }

  /** Pushes what each watcher lacks. */
  push(conversation: FakeConversation): void {
    for (const caller of this.#callers) {
      const after = caller.watched.get(conversation.id);
      if (after === undefined || conversation.head(caller.audience) <= after) continue;
      caller.watched.set(conversation.id, conversation.head(caller.audience));
      if (this.#options.losePush?.()) continue;
      this.#tell(caller, 'Events', conversation.frame(caller.audience, caller.id, after));
    }
  }

  heads(): void {
    for (const caller of this.#callers) {
      const heads = [...caller.watched.keys()].map((id) => ({
        conversationId: id,
        head: this.conversations.get(id)?.head(caller.audience) ?? 0,
      }));
      this.#tell(caller, 'Heads', heads);
      if (caller.audience === 'agent') this.#tell(caller, 'InboxHead', { version: this.inboxVersion });
    }
  }

  signal(audience: 'visitor' | 'agent', signal: Signal): void {
    for (const caller of this.#callers) {
      if (caller.audience === audience && caller.watched.has(signal.conversationId))
        this.#tell(caller, 'Signal', signal);
    }
  }

  broadcast(target: string, argument: unknown): void {
    for (const caller of this.#callers) this.#tell(caller, target, argument);
  }

  /** An agent's doings, for the other side of a test. */
  assign(conversation: FakeConversation, agent = { id: 'agent-1', name: '林晓' }): void {
    conversation.state = 'assigned';
    conversation.add({ type: 'assigned', agent }, '');
    this.push(conversation);
  }

  say(conversation: FakeConversation, text: string, agent = { id: 'agent-1', name: '林晓' }): void {
    const id = `a${conversation.stored.length}`;
    conversation.post({ kind: 'agent', ...agent }, id, text, 'messagePosted');
    this.push(conversation);
  }

  closeConversation(conversation: FakeConversation, by: 'agent' | 'visitor' | 'system' = 'agent'): void {
    conversation.state = 'closed';
    conversation.add({ type: 'closed', by }, '');
    this.push(conversation);
  }

  #accept(socket: WebSocket, who: { audience: 'visitor' | 'agent'; id: string }): void {
    const caller: Caller = { ...who, name: who.id, socket, watched: new Map() };
    let shaken = false;
    socket.on('message', (data) => {
      for (const record of String(data).split(RECORD_END)) {
        if (record === '') continue;
        const message = JSON.parse(record);
        if (!shaken) {
          shaken = true;
          socket.send(`{}${RECORD_END}`);
          this.#callers.add(caller);
        } else if (message.type === 1) this.#invoke(caller, message);
      }
    });
    socket.on('close', () => this.#callers.delete(caller));
    socket.on('error', () => {});
  }

  #invoke(caller: Caller, message: { invocationId?: string; target: string; arguments: unknown[] }): void {
    const argument = (message.arguments[0] ?? {}) as Record<string, unknown>;
    this.calls.push({ method: message.target, argument });
    const refuse = (code: ErrorCode) => ({ error: { code, message: code, retryAfterMs: 5 } });
    let result: unknown;
    const before = this.#options.fault?.('before', message.target);
    if (before) result = refuse(before);
    else {
      try {
        result = { error: null, ...this.#run(caller, message.target, argument) };
      } catch (error) {
        result = refuse(error instanceof FakeRefusal ? error.code : 'Unavailable');
      }
      const after = this.#options.fault?.('after', message.target);
      if (after) result = refuse(after);
    }
    if (message.invocationId !== undefined) {
      caller.socket.send(JSON.stringify({ type: 3, invocationId: message.invocationId, result }) + RECORD_END);
    }
  }

  #run(caller: Caller, method: string, argument: Record<string, unknown>): object {
    if (method === 'StartConversation') return this.#start(caller, argument);
    if (method === 'Inbox') {
      const conversations = [...this.conversations.values()].map((each) => ({
        conversationId: each.id,
        state: each.state,
        head: each.head('agent'),
        visitor: each.visitor,
        queue: { id: 'default', name: 'Default' },
        siteKey: 'demo',
      }));
      return { version: this.inboxVersion, conversations };
    }
    if (method === 'SetStatus' || method === 'PageViewed') return {};
    const conversation = this.conversations.get(String(argument.conversationId));
    const allowed = caller.audience === 'agent' || conversation?.visitor.id === caller.id;
    if (!conversation || !allowed) throw new FakeRefusal('NotFound');
    const { audience, id } = caller;
    switch (method) {
      case 'Resume':
      case 'Subscribe': {
        const answer = conversation.resume(audience, id, Number(argument.after));
        caller.watched.set(conversation.id, answer.head);
        return answer;
      }
      case 'Unsubscribe':
        caller.watched.delete(conversation.id);
        return {};
      case 'SendMessage':
      case 'AddNote': {
        const author = { kind: audience, id, name: caller.name };
        const type = method === 'AddNote' ? 'noteAdded' : 'messagePosted';
        const stored = conversation.post(author, String(argument.clientMessageId), String(argument.text), type);
        this.push(conversation);
        const sequence = audience === 'visitor' ? stored.visitorSequence : stored.event.sequence;
        return { sequence, at: stored.event.at };
      }
      case 'EndConversation':
      case 'Close':
        if (conversation.state !== 'closed') this.closeConversation(conversation, audience);
        return {};
      case 'Rate':
        conversation.add({ type: 'rated', score: Number(argument.score) }, id);
        this.push(conversation);
        return {};
      case 'Typing': {
        const other = audience === 'visitor' ? 'agent' : 'visitor';
        this.signal(other, { conversationId: conversation.id, type: 'typing', by: { kind: audience, id } });
        return {};
      }
      case 'LeaveMessage':
        if (conversation.state === 'assigned') throw new FakeRefusal('Conflict');
        if (conversation.state === 'waiting') {
          conversation.state = 'snoozed';
          conversation.add({ type: 'messageLeft', form: argument.form as Record<string, string> }, '');
          this.push(conversation);
        }
        return { state: conversation.state };
      case 'MarkRead':
      case 'MarkDelivered':
      case 'Accept':
      case 'Decline':
      case 'Transfer':
        return {};
      default:
        throw new FakeRefusal('Unavailable');
    }
  }

  #start(caller: Caller, argument: Record<string, unknown>): object {
    const key = `${caller.id}/${argument.clientId}`;
    let conversation = this.conversations.get(this.#starts.get(key) ?? '');
    conversation ??= [...this.conversations.values()].find(
      (each) => each.visitor.id === caller.id && each.state !== 'closed',
    );
    const message = argument.message as { clientMessageId: string; text: string } | undefined;
    if (!conversation) {
      if (message && (message.text.length === 0 || message.text.length > 4000)) throw new FakeRefusal('Invalid');
      const visitor = { kind: 'visitor' as const, id: caller.id, name: caller.name };
      conversation = new FakeConversation(`c${this.conversations.size + 1}`, visitor);
      this.conversations.set(conversation.id, conversation);
      conversation.add({ type: 'queued', queue: { id: 'default', name: 'Default' } }, '');
    }
    this.#starts.set(key, conversation.id);
    let sequence: number | null = null;
    if (message) {
      const { clientMessageId, text } = message;
      sequence = conversation.post(conversation.visitor, clientMessageId, text, 'messagePosted').visitorSequence;
    }
    if (!caller.watched.has(conversation.id)) caller.watched.set(conversation.id, 0);
    this.push(conversation);
    return {
      conversationId: conversation.id,
      head: conversation.head('visitor'),
      state: conversation.state,
      sequence: sequence ?? undefined,
    };
  }

  #tell(caller: Caller, target: string, argument: unknown): void {
    caller.socket.send(JSON.stringify({ type: 1, target, arguments: [argument] }) + RECORD_END);
  }

  #who(token: string | null | undefined): { audience: 'visitor' | 'agent'; id: string } | null {
    const [audience, id, until] = (token ?? '').split(':');
    if ((audience !== 'visitor' && audience !== 'agent') || !id || this.refuseTokens) return null;
    return Number(until) > Date.now() ? { audience, id } : null;
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = text === '' ? {} : JSON.parse(text);
      const { status, answer } = this.#rest(request, url, body);
      if (answer !== undefined) {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      } else this.#file(url.pathname, response);
    });
  }

  #rest(request: IncomingMessage, url: URL, body: Record<string, unknown>): { status: number; answer?: unknown } {
    const expires = Date.now() + (this.#options.tokenLifeMs ?? 3_600_000);
    const expiresAt = new Date(expires).toISOString();
    if (url.pathname === '/api/v1/visitor-sessions') {
      if (body.siteKey !== 'demo') return { status: 404, answer: { code: 'NotFound', title: 'No such site.' } };
      const known = typeof body.visitorToken === 'string' ? /^secret-(v\d+)$/.exec(body.visitorToken)?.[1] : undefined;
      if (body.visitorToken && !known) return { status: 401, answer: { code: 'Unauthorized', title: 'Unknown.' } };
      const visitorId = known ?? `v${++this.sessions}`;
      const open = [...this.conversations.values()].find((c) => c.visitor.id === visitorId && c.state !== 'closed');
      const conversation = open && { conversationId: open.id, head: open.head('visitor'), state: open.state };
      const token = `visitor:${visitorId}:${expires}`;
      const site = { key: 'demo', name: 'Demo', online: true, ...this.#options.site };
      const visitorToken = `secret-${visitorId}`;
      return { status: 200, answer: { visitorId, token, expiresAt, visitorToken, site, conversation } };
    }
    if (url.pathname === '/api/v1/sites/demo/look') {
      return {
        status: 200,
        answer: { color: '#0b6e5b', position: 'right', hidden: false, invitations: [], ...this.#options.look },
      };
    }
    if (url.pathname.startsWith('/api/v1/agent-sessions')) {
      const token = `agent:agent-1:${expires}`;
      return { status: 200, answer: { agentId: 'agent-1', name: '林晓', roles: ['agent'], token, expiresAt } };
    }
    const events = /^\/api\/v1\/conversations\/([^/]+)\/events$/.exec(url.pathname);
    if (events) {
      const who = this.#who(request.headers.authorization?.replace('Bearer ', ''));
      const conversation = this.conversations.get(events[1] ?? '');
      if (!who || !conversation) return { status: 404, answer: { code: 'NotFound', title: 'Not found.' } };
      const limit = Math.min(200, Number(url.searchParams.get('limit') ?? 50));
      const before = Number(url.searchParams.get('before') ?? Number.POSITIVE_INFINITY);
      const all = conversation.view(who.audience, who.id, Number(url.searchParams.get('after') ?? 0));
      const page = all.filter((event) => event.sequence < before).slice(-limit);
      return { status: 200, answer: { events: page, head: conversation.head(who.audience) } };
    }
    return { status: 404 };
  }

  #file(path: string, response: ServerResponse): void {
    const types: Record<string, string> = {
      '.html': 'text/html; charset=utf-8',
      '.js': 'text/javascript',
      '.css': 'text/css',
      '.svg': 'image/svg+xml',
    };
    try {
      if (this.#options.root === undefined) throw new Error('No files are served.');
      const clean = normalize(path).replace(/^(\.\.[/\\])+/, '');
      const file = join(this.#options.root, clean.endsWith('/') ? `${clean}index.html` : clean);
      const type = types[extname(file)] ?? 'application/octet-stream';
      const content = readFileSync(file);
      response.writeHead(200, { 'content-type': type, ...this.#options.headers }).end(content);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
    }
  }
}
