// @vitest-environment node
import { WebSocket } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { VisitorClient } from '../shared/protocol/visitor.ts';
import { openHub } from '../shared/protocol/transport.ts';
import { AgentClient } from '../shared/protocol/agent.ts';
import { AgentSessionKeeper } from '../shared/protocol/agentSession.ts';
import type { Seams } from '../shared/protocol/seams.ts';
import { CuttingProxy } from './cuttingProxy.ts';
import { FakeServer } from './fakeServer.ts';
import { memoryStore } from './memoryStore.ts';
import { seeded } from './seeded.ts';
import { openSignalR } from './signalR.ts';
import { waitFor } from './waitFor.ts';

// Node 20 has no WebSocket of its own.
Object.assign(globalThis, { WebSocket });

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function seams(random: () => number, store = memoryStore()): Partial<Seams> {
  return {
    random,
    store,
    locks: null,
    surroundings: { online: () => true, visible: () => true, watch: () => () => {} },
  };
}

const quick = { backoff: { baseMs: 5, capMs: 60 }, callTimeoutMs: 1500 };

function texts(client: VisitorClient): string[] {
  const events = client.snapshot.conversation?.events ?? [];
  return events.flatMap((event) => (event.type === 'messagePosted' ? [event.text] : []));
}

const cases = [1, 2, 3, 4, 5].flatMap((seed) => [
  { seed, over: 'our hub client', openTransport: openHub },
  { seed, over: "Microsoft's", openTransport: openSignalR },
]);

describe.each(cases)(
  'a visitor behind a line that is cut at random, seed $seed, over $over',
  ({ seed, openTransport }) => {
    it('sends each message once, in order, and sees what the server has', async () => {
      const random = seeded(seed);
      const server = new FakeServer({
        fault: (when, method) => {
          if (method !== 'SendMessage' && method !== 'StartConversation') return null;
          const limit = when === 'before' ? 0.08 : 0.05;
          return random() < limit ? (random() < 0.5 ? 'Overloaded' : 'Unavailable') : null;
        },
        losePush: () => random() < 0.1,
      });
      await server.listen();
      cleanUps.push(() => server.close());
      const proxy = new CuttingProxy({ host: '127.0.0.1', port: server.port }, random, 6000);
      const url = await proxy.listen();
      cleanUps.push(() => proxy.close());

      const client = new VisitorClient({
        siteKey: 'demo',
        baseUrl: url,
        seams: seams(random),
        openTransport,
        ...quick,
      });
      cleanUps.push(() => client.stop());
      client.start();
      const wanted = Array.from({ length: 60 }, (_, i) => `第 ${i} 条 message`);
      for (const [i, text] of wanted.entries()) {
        client.send(text);
        if (i % 7 === 3) await waitFor('some progress', () => texts(client).length >= i - 6, 20_000);
      }
      await waitFor('all sent', () => client.snapshot.pending.length === 0, 30_000);
      proxy.calm();
      server.heads();
      await waitFor('all seen', () => texts(client).length === wanted.length, 10_000);

      expect(texts(client)).toEqual(wanted);
      expect(client.snapshot.failed).toEqual([]);
      expect(server.conversations.size).toBe(1);
      const [conversation] = server.conversations.values();
      const own = conversation?.view('visitor', 'v1', 0) ?? [];
      expect(own.map((event) => event.sequence)).toEqual(own.map((_, i) => i + 1));
      expect(client.snapshot.conversation?.events).toEqual(own);
      expect(proxy.cuts).toBeGreaterThan(3);
    }, 60_000);
  },
);

describe('both sides behind cut lines', () => {
  it('agree, and the visitor learns of no note', async () => {
    const random = seeded(42);
    const server = new FakeServer();
    await server.listen();
    cleanUps.push(() => server.close());
    const proxy = new CuttingProxy({ host: '127.0.0.1', port: server.port }, random, 8000);
    const url = await proxy.listen();
    cleanUps.push(() => proxy.close());

    const visitor = new VisitorClient({ siteKey: 'demo', baseUrl: url, seams: seams(random), ...quick });
    cleanUps.push(() => visitor.stop());
    visitor.start();
    visitor.send('hello');
    await waitFor('the start', () => server.conversations.size === 1);

    // The sign-in is not what is tested here: it goes past the cuts.
    const session = new AgentSessionKeeper({ baseUrl: server.url, seams: seams(random) });
    await session.signIn('a@b', 'secret');
    const agent = new AgentClient({ session, baseUrl: url, seams: seams(random), ...quick });
    cleanUps.push(() => agent.stop());
    agent.start();
    const followed = agent.open('c1');
    for (let i = 0; i < 25; i++) {
      visitor.send(`v${i}`);
      followed.send(`a${i}`);
      if (i % 5 === 0) followed.send(`note ${i}`, 'note');
    }
    await waitFor('both drained', () => visitor.snapshot.pending.length + followed.pending.length === 0, 30_000);
    proxy.calm();
    server.heads();
    const conversation = server.conversations.get('c1');
    await waitFor('both at head', () => {
      return (
        followed.log.state.next - 1 === conversation?.head('agent') &&
        visitor.snapshot.conversation?.events.length === conversation.head('visitor')
      );
    });
    const seen = JSON.stringify(visitor.snapshot.conversation?.events);
    expect(seen).not.toContain('note');
    expect(texts(visitor).filter((text) => text.startsWith('v'))).toEqual(
      Array.from({ length: 25 }, (_, i) => `v${i}`),
    );
    expect(texts(visitor).filter((text) => text.startsWith('a'))).toEqual(
      Array.from({ length: 25 }, (_, i) => `a${i}`),
    );
    expect(followed.events.length).toBe(conversation?.head('agent'));
    expect(agent.inbox.conversations.map((each) => each.conversationId)).toEqual(['c1']);
  }, 60_000);
});

describe('a long conversation', () => {
  it('begins with its latest events and pages back to the first', async () => {
    const server = new FakeServer();
    await server.listen();
    cleanUps.push(() => server.close());
    const store = memoryStore();
    const first = new VisitorClient({ siteKey: 'demo', baseUrl: server.url, seams: seams(seeded(1), store), ...quick });
    cleanUps.push(() => first.stop());
    first.start();
    first.send('hello');
    await waitFor('the start', () => first.snapshot.conversation !== null && first.snapshot.pending.length === 0);
    const conversation = server.conversations.get('c1');
    if (!conversation) throw new Error('There is no conversation.');
    first.stop();
    for (let i = 0; i < 300; i++) server.say(conversation, `line ${i}`);

    const client = new VisitorClient({
      siteKey: 'demo',
      baseUrl: server.url,
      seams: seams(seeded(2), store),
      ...quick,
    });
    cleanUps.push(() => client.stop());
    client.start();
    await waitFor('the latest', () => client.snapshot.conversation?.events.length === 50);
    expect(client.snapshot.conversation?.hasEarlier).toBe(true);
    while (client.snapshot.conversation?.hasEarlier) await client.loadEarlier();
    expect(client.snapshot.conversation?.events).toEqual(conversation.view('visitor', 'v1', 0));
  });
});
