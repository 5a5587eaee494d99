// A minimal client of the protocol, written from docs/protocol.md alone. It imports nothing of this repository.
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';

export const codeOf = answer => answer.error?.code ?? null;

/** One REST call. Answers the parsed body and the status; throws nothing on refusals. */
export async function rest(base, method, path, { token, body, headers } = {}) {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: text ? JSON.parse(text) : null };
}

/** What one party knows of one conversation: events in order, healed by Resume. */
class Log {
  constructor(resume) {
    this.resume = resume;
    this.events = [];
    this.next = 1;
    this.healing = null;
    this.buffered = [];
  }
  apply(events) {
    if (this.healing) { this.buffered.push(...events); return; }
    for (const event of events) {
      if (event.sequence < this.next) continue;
      if (event.sequence > this.next) { this.heal(); return; }
      this.events.push(event);
      this.next++;
    }
  }
  head(head) { if (head >= this.next && !this.healing) this.heal(); }
  heal() {
    this.healing ??= (async () => {
      const answer = await this.resume(this.next - 1);
      if (answer.error) throw new Error(`Resume: ${answer.error.code}`);
      if (!answer.recovered) { this.events = []; this.next = answer.events[0]?.sequence ?? answer.head + 1; }
      const late = this.buffered;
      this.buffered = [];
      this.healing = null;
      this.apply(answer.events);
      this.apply(late);
    })();
    return this.healing;
  }
}

/** A connection to one of the two hubs. */
export class Party {
  constructor(base, hub, token) {
    this.hub = hub;
    this.logs = new Map();
    this.signals = [];
    this.inboxChanges = [];
    this.waiters = new Set();
    this.connection = new HubConnectionBuilder()
      .withUrl(`${base}/hubs/${hub}`, {
        accessTokenFactory: () => token,
        transport: HttpTransportType.WebSockets,
        skipNegotiation: true,
      })
      .configureLogging(LogLevel.None)
      .build();
    this.connection.on('Events', push => { this.log(push.conversationId)?.apply(push.events); this.wake(); });
    this.connection.on('Heads', heads => { for (const h of heads) this.log(h.conversationId)?.head(h.head); this.wake(); });
    this.connection.on('Signal', signal => { this.signals.push(signal); this.wake(); });
    this.connection.on('InboxChanged', change => { this.inboxChanges.push(change); this.wake(); });
    this.connection.on('Moving', () => {});
    this.connection.onclose(() => this.wake());
  }
  start() { return this.connection.start(); }
  stop() { return this.connection.stop(); }
  call(method, argument) {
    return argument === undefined ? this.connection.invoke(method) : this.connection.invoke(method, argument);
  }
  log(id) { return this.logs.get(id); }
  /** Follows a conversation from its beginning. */
  async follow(id) {
    const method = this.hub === 'visitor' ? 'Resume' : 'Subscribe';
    const log = new Log(after => this.call(method, { conversationId: id, after }));
    this.logs.set(id, log);
    await log.heal();
    return log;
  }
  wake() { for (const check of [...this.waiters]) check(); }
  /** Completes with what `find` finds, looked for again at every push; fails after `ms`. */
  until(what, find, ms = 15_000) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = find();
        if (!found) return;
        clearTimeout(timer);
        this.waiters.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.waiters.delete(check);
        reject(new Error(`${this.hub} waited ${ms} ms in vain for ${what}`));
      }, ms);
      this.waiters.add(check);
      check();
    });
  }
  texts(id) { return this.log(id).events.filter(e => e.type === 'messagePosted').map(e => e.text); }
  types(id) { return this.log(id).events.map(e => e.type); }
}
