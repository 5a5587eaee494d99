import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyValueStore, Seams, TabLocks } from '../shared/protocol/seams.ts';
import { VisitorClient } from '../shared/protocol/visitor.ts';
import { leaveMessage } from '../widget/talk/commands.ts';
import { ManualClock, settle } from './manualClock.ts';
import { memoryStore } from './memoryStore.ts';
import { ScriptedHub } from './scriptedHub.ts';

let clock: ManualClock;
let hub: ScriptedHub;
let sessions: Record<string, unknown>[];
let sessionStatus: (body: Record<string, unknown>) => number;
let conversation: unknown;
let happen: (what: 'network' | 'visibility' | 'leaving') => void;
let watchers: ((what: 'network' | 'visibility' | 'leaving') => void)[];
let clients: VisitorClient[];

beforeEach(() => {
  clock = new ManualClock();
  hub = new ScriptedHub();
  sessions = [];
  sessionStatus = () => 200;
  conversation = undefined;
  watchers = [];
  happen = (what) => {
    for (const watcher of [...watchers]) watcher(what);
  };
  clients = [];
  hub.answers.Resume = () => ({ error: null, recovered: true, events: [], head: 0 });
});
afterEach(() => {
  for (const client of clients) client.stop();
});

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
}

function make(seams: Partial<Seams> = {}): VisitorClient {
  let id = 0;
  const number = clients.length;
  const client = new VisitorClient({
    siteKey: 'demo',
    openTransport: hub.open,
    seams: {
      clock,
      random: () => 0.5,
      store: memoryStore(),
      locks: null,
      newId: () => `id-${number}-${++id}`,
      surroundings: {
        online: () => true,
        visible: () => true,
        watch: (watcher) => {
          watchers.push(watcher);
          return () => {
            watchers = watchers.filter((each) => each !== watcher);
          };
        },
      },
      fetch: async (_url, init) => {
        const body = JSON.parse(String(init?.body)) as Record<string, unknown>;
        sessions.push(body);
        const status = sessionStatus(body);
        if (status !== 200) return answer(status, { code: status === 401 ? 'Unauthorized' : 'Unavailable' });
        return answer(200, {
          visitorId: 'v1',
          token: `token-${sessions.length}`,
          expiresAt: new Date(clock.now() + 600_000).toISOString(),
          visitorToken: 'secret-1',
          site: { key: 'demo', name: 'Demo', online: true },
          conversation,
        });
      },
      ...seams,
    },
  });
  clients.push(client);
  client.start();
  return client;
}

const message = (sequence: number, clientMessageId?: string) => ({
  sequence,
  at: '2026-01-01T00:00:00Z',
  type: 'messagePosted',
  messageId: `m${sequence}`,
  clientMessageId,
  author: { kind: clientMessageId ? 'visitor' : 'agent', id: 'x' },
  text: `text ${sequence}`,
});

const refusal = (code: string, retryAfterMs?: number) => ({ error: { code, message: code, retryAfterMs } });

describe('leaving the queue for a message', () => {
  it('is told with what reaches the visitor, repeated under the same id, and ends the wait', async () => {
    const client = make();
    hub.answers.StartConversation = () => ({ error: null, conversationId: 'c1', head: 0, state: 'waiting' });
    client.send('one');
    await clock.advance(0);
    let calls = 0;
    hub.answers.LeaveMessage = () => (++calls === 1 ? refusal('Unavailable', 100) : { error: null });
    const left = leaveMessage(client, { email: 'han@example.com' });
    await clock.advance(10_000);
    await left;
    const [first, again] = hub.of('LeaveMessage') as Record<string, unknown>[];
    expect(first).toMatchObject({ conversationId: 'c1', form: { email: 'han@example.com' } });
    expect(again).toEqual(first);
    expect(String(first?.commandId)).not.toBe('');
    hub.push('Events', { conversationId: 'c1', head: 1, events: [{ sequence: 1, at: '', type: 'messageLeft' }] });
    await clock.advance(0);
    expect(client.snapshot.conversation?.state).toBe('snoozed');
  });
});

describe('delivered and read', () => {
  it('only rise, read implies delivered, and a resume tells both', async () => {
    conversation = { conversationId: 'c1', state: 'assigned' };
    hub.answers.Resume = () => ({ error: null, recovered: true, events: [message(1, 'a')], head: 1, deliveredUpTo: 3 });
    const client = make();
    await clock.advance(0);
    const marks = () => [client.snapshot.conversation?.deliveredUpTo, client.snapshot.conversation?.readUpTo];
    const signal = (type: string, upTo?: number, conversationId = 'c1') => {
      hub.push('Signal', { conversationId, type, by: { kind: 'agent', id: 'a' }, upTo });
      return marks();
    };
    expect(marks()).toEqual([3, 0]);
    expect(signal('delivered', 2)).toEqual([3, 0]);
    expect(signal('delivered')).toEqual([3, 0]); // Of an older silo.
    expect(signal('delivered', 9, 'c2')).toEqual([3, 0]);
    expect(signal('delivered', 4)).toEqual([4, 0]);
    expect(signal('read', 6)).toEqual([6, 6]);
    expect(signal('delivered', 5)).toEqual([6, 6]);
    // A server that was killed has forgotten: what was seen stays.
    hub.answers.Resume = () => ({ error: null, recovered: true, events: [], head: 1 });
    hub.cut();
    await clock.advance(5_000);
    expect(hub.of('Resume').length).toBe(2);
    expect(marks()).toEqual([6, 6]);
  });
});

describe('sending', () => {
  it('refuses what is too long or empty before the outbox takes it', async () => {
    const client = make();
    expect(client.send('x'.repeat(4001))).toEqual({ problem: 'TooLong' });
    expect(client.send('  ')).toEqual({ problem: 'Invalid' });
    expect(client.snapshot.pending).toEqual([]);
  });

  it('starts with the first message and sends the rest behind it, one at a time', async () => {
    const client = make();
    client.send('one');
    client.send('two');
    await clock.advance(0);
    expect(hub.of('StartConversation')).toMatchObject([{ message: { text: 'one' } }]);
    expect(hub.of('SendMessage')).toEqual([]);
    hub.answers.SendMessage = () => ({ error: null, sequence: 3, at: '' });
    hub.answers.StartConversation = () => ({ error: null, conversationId: 'c1', head: 0, state: 'waiting' });
    hub.cut();
    await clock.advance(1000);
    const [first, again] = hub.of('StartConversation');
    expect(again).toEqual(first);
    expect(hub.of('SendMessage')).toMatchObject([{ conversationId: 'c1', text: 'two' }]);
    expect(client.snapshot.pending).toEqual([]);
  });

  it('waits as long as told, with jitter, and sends the same ids', async () => {
    const client = make();
    hub.answers.StartConversation = () => refusal('RateLimited', 2000);
    client.send('one');
    await clock.advance(2100);
    expect(hub.of('StartConversation').length).toBe(1);
    hub.answers.StartConversation = () => ({ error: null, conversationId: 'c1', head: 0, state: 'waiting' });
    await clock.advance(100);
    const [first, again] = hub.of('StartConversation');
    expect(again).toEqual(first);
    expect(client.snapshot).toMatchObject({ pending: [], failed: [] });
  });

  it('shows what was refused for good, and sends it again only as a new message', async () => {
    const client = make();
    hub.answers.StartConversation = () => refusal('Conflict');
    client.send('one');
    await clock.advance(60_000);
    expect(hub.of('StartConversation').length).toBe(1);
    const [failed] = client.snapshot.failed;
    expect(failed).toMatchObject({ item: { text: 'one' }, error: { code: 'Conflict' } });
    client.retry(failed?.item.id ?? '');
    await settle();
    const [first, second] = hub.of('StartConversation');
    expect(second?.clientId).not.toBe(first?.clientId);
  });

  it('makes a new connection when a send is not answered in time, and resends', async () => {
    const client = make();
    client.send('one');
    await clock.advance(14_900);
    expect(hub.opened).toBe(1);
    await clock.advance(1000);
    expect(hub.opened).toBe(2);
    expect(hub.of('StartConversation').length).toBe(2);
    expect(client.snapshot.pending.length).toBe(1);
  });

  it('takes an own event as the ack, even before the start is answered, and enters the conversation', async () => {
    const client = make();
    const sent = client.send('one') as { id: string };
    await settle();
    hub.answers.Resume = () => ({ error: null, recovered: true, events: [message(1, sent.id)], head: 1 });
    hub.push('Events', { conversationId: 'c7', events: [message(1, sent.id)], head: 1 });
    await settle();
    expect(client.snapshot.pending).toEqual([]);
    expect(client.snapshot.conversation).toMatchObject({ id: 'c7', head: 1 });
  });
});

describe('the connection', () => {
  it('comes back for ever, at growing distances, and asks for a fresh session after two failures', async () => {
    make();
    await clock.advance(0);
    hub.failing = 3;
    hub.cut();
    await clock.advance(60_000);
    expect(hub.connected).toBe(true);
    expect(hub.tokens).toEqual(['token-1', 'token-1', 'token-1', 'token-2', 'token-3']);
  });

  it('renews the session before it expires', async () => {
    make();
    await clock.advance(545_000);
    expect(sessions.length).toBe(2);
    expect(sessions[1]).toMatchObject({ visitorToken: 'secret-1' });
  });

  it('asks who the site vouches for until the server answers, also while it is connected as somebody else', async () => {
    const client = make();
    await clock.advance(0);
    expect(hub.connected).toBe(true);
    let status = 503;
    sessionStatus = (body) => (body.identity ? status : 200);
    const heard: unknown[] = [];
    client.identify('signed').then(
      (refused) => heard.push(refused),
      () => heard.push('gave up'),
    );
    await clock.advance(12_000);
    expect(heard).toEqual([]);
    status = 200;
    await clock.advance(6_000);
    expect(heard).toEqual([null]);
    expect(sessions.filter((body) => body.identity).length).toBeGreaterThan(2);
  });

  it('asks no more for whom the site has taken back meanwhile', async () => {
    const client = make();
    await clock.advance(0);
    sessionStatus = (body) => (body.identity ? 503 : 200);
    const heard: unknown[] = [];
    client.identify('signed').catch(() => heard.push('gave up'));
    await clock.advance(1_000);
    expect(await client.identify(null)).toBe(null);
    const asked = sessions.length;
    await clock.advance(30_000);
    expect(heard).toEqual(['gave up']);
    expect(sessions.slice(asked).filter((body) => body.identity)).toEqual([]);
  });

  it('begins anew where the server does not know its secret', async () => {
    const store = memoryStore();
    store.setItem('cs.visitor.demo', 'forged');
    sessionStatus = (body) => (body.visitorToken === 'forged' ? 401 : 200);
    make({ store });
    await clock.advance(100);
    expect(hub.connected).toBe(true);
    expect(store.getItem('cs.visitor.demo')).toBe('secret-1');
  });

  it('leaves a server that is about to stop when it said, and not before', async () => {
    make();
    await clock.advance(0);
    hub.push('Moving', { retryAfterMs: 4000 });
    await clock.advance(3900);
    expect(hub.opened).toBe(1);
    await clock.advance(1500);
    expect(hub.opened).toBe(2);
  });

  it('does not return to it sooner when its socket closes first', async () => {
    make();
    await clock.advance(0);
    hub.push('Moving', { retryAfterMs: 4000 });
    hub.cut();
    await clock.advance(3900);
    expect(hub.opened).toBe(1);
    await clock.advance(1000);
    expect(hub.opened).toBe(2);
  });

  it('finds out after a sleep that its socket is dead', async () => {
    conversation = { conversationId: 'c1', head: 0, state: 'assigned' };
    make();
    await clock.advance(0);
    expect(hub.of('Resume').length).toBe(1);
    delete hub.answers.Resume;
    await clock.sleep(3_600_000);
    await clock.advance(6000);
    expect(hub.opened).toBeGreaterThan(1);
  });

  it('shows everything once after days asleep, with a session long over', async () => {
    conversation = { conversationId: 'c1', head: 2, state: 'assigned' };
    const log = [message(1, 'own'), message(2)];
    hub.answers.Resume = ({ after }) => ({
      error: null,
      recovered: true,
      events: log.slice(Number(after)),
      head: log.length,
    });
    const client = make();
    await clock.advance(0);
    log.push(message(3), message(4));
    const asked = sessions.length;
    hub.cut();
    await clock.sleep(3 * 86_400_000);
    await clock.advance(30_000);
    expect(hub.connected).toBe(true);
    expect(sessions.length).toBeGreaterThan(asked);
    expect(client.snapshot.conversation?.events.map((event) => event.sequence)).toEqual([1, 2, 3, 4]);
    hub.push('Events', { conversationId: 'c1', events: [message(4), message(5)], head: 5 });
    expect(client.snapshot.conversation?.events.map((event) => event.sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([-3, 3])('asks for what it lacks when the clock is set by %i days, and types on', async (days) => {
    conversation = { conversationId: 'c1', head: 1, state: 'assigned' };
    const log = [message(1)];
    hub.answers.Resume = ({ after }) => ({
      error: null,
      recovered: true,
      events: log.slice(Number(after)),
      head: log.length,
    });
    const client = make();
    await clock.advance(0);
    client.typing();
    log.push(message(2)); // Its push is lost.
    clock.jump(days * 86_400_000);
    await clock.advance(6_000);
    expect(client.snapshot.conversation?.events.map((event) => event.sequence)).toEqual([1, 2]);
    const typed = hub.of('Typing').length;
    client.typing();
    expect(hub.of('Typing').length).toBe(typed + 1);
  });

  it('does not stay away for longer when the clock is set back while the server restarts', async () => {
    make();
    await clock.advance(0);
    hub.push('Moving', { retryAfterMs: 4_000 });
    clock.jump(-600_000);
    await clock.advance(6_000);
    expect(hub.opened).toBe(2);
  });

  it('tries at once when the network is back', async () => {
    make();
    await clock.advance(0);
    hub.failing = 5;
    hub.cut();
    await clock.advance(5000);
    hub.failing = 0;
    const before = hub.tokens.length;
    happen('network');
    await clock.advance(250);
    expect(hub.connected).toBe(true);
    expect(hub.tokens.length).toBe(before + 1);
  });

  it('says so when the site is not known', async () => {
    sessionStatus = () => 401;
    const client = make();
    await clock.advance(1000);
    expect(client.snapshot).toMatchObject({ connection: 'refused', refusal: { code: 'Unauthorized' } });
  });
});

describe('the log', () => {
  it('heals a gap by one Resume and applies what came meanwhile', async () => {
    conversation = { conversationId: 'c1', head: 1, state: 'assigned' };
    hub.answers.Resume = () => ({ error: null, recovered: true, events: [message(1)], head: 1 });
    const client = make();
    await clock.advance(0);
    let release: (value: unknown) => void = () => {};
    hub.answers.Resume = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    hub.push('Events', { conversationId: 'c1', events: [message(3)], head: 3 });
    hub.push('Events', { conversationId: 'c1', events: [message(4)], head: 4 });
    hub.push('Heads', [{ conversationId: 'c1', head: 4 }]);
    await settle();
    expect(hub.of('Resume')).toEqual([
      { conversationId: 'c1', after: 0 },
      { conversationId: 'c1', after: 1 },
    ]);
    release({ error: null, recovered: true, events: [message(2), message(3)], head: 3 });
    await settle();
    // 2 and 3 from the answer, 4 from what was buffered.
    expect(client.snapshot.conversation?.events.map((event) => event.sequence)).toEqual([1, 2, 3, 4]);
  });
});

describe('storage', () => {
  const blocked: KeyValueStore = {
    getItem: () => {
      throw new Error('blocked');
    },
    setItem: () => {
      throw new Error('blocked');
    },
    removeItem: () => {
      throw new Error('blocked');
    },
    keys: () => {
      throw new Error('blocked');
    },
  };

  it('blocked: everything works, in memory, and the person can be told', async () => {
    const client = make({ store: blocked });
    client.send('one');
    await clock.advance(0);
    expect(client.snapshot.durable).toBe(false);
    hub.answers.StartConversation = () => ({ error: null, conversationId: 'c1', head: 0, state: 'waiting' });
    hub.cut();
    await clock.advance(1000);
    expect(client.snapshot.pending).toEqual([]);
    // The same visitor, although nothing could be kept: the secret is in memory.
    await clock.advance(600_000);
    expect(sessions.at(-1)).toMatchObject({ visitorToken: 'secret-1' });
  });

  it('full: what was there before stays, and the person can be told', async () => {
    const store = memoryStore();
    const full = { ...store, setItem: blocked.setItem };
    const client = make({ store: full });
    client.send('one');
    expect(client.snapshot.durable).toBe(false);
    expect(client.snapshot.pending.length).toBe(1);
  });

  it('keeps unsent messages over a reload, with their ids', async () => {
    const store = memoryStore();
    hub.failing = 1000;
    const first = make({ store });
    first.send('one');
    first.send('two');
    const ids = first.snapshot.pending.map((item) => item.id);
    first.stop();
    hub.failing = 0;
    const second = make({ store });
    expect(second.snapshot.pending.map((item) => item.id)).toEqual(ids);
    await clock.advance(0);
    expect(hub.of('StartConversation')).toMatchObject([{ message: { clientMessageId: ids[0], text: 'one' } }]);
  });

  it('takes over what a dead tab left, and leaves a living one alone', async () => {
    const store = memoryStore();
    const held = new Set<string>();
    const locks: TabLocks = {
      hold: (name) => void held.add(name),
      ifFree: async (name, work) => {
        if (held.has(name)) return false;
        work();
        return true;
      },
    };
    hub.failing = 1000;
    const first = make({ store, locks });
    first.send('from the first tab');
    const second = make({ store, locks });
    await clock.advance(60_000);
    expect(second.snapshot.pending).toEqual([]);
    // The first tab crashes: its lock goes, its record stays.
    held.delete([...held][0] as string);
    await clock.advance(31_000);
    expect(second.snapshot.pending.map((item) => item.text)).toEqual(['from the first tab']);
    expect(store.keys().filter((key) => key.startsWith('cs.outbox')).length).toBeGreaterThan(0);
  });
});
