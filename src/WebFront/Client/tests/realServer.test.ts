// @vitest-environment node
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { VisitorClient } from '../shared/protocol/visitor.ts';
import { end } from '../widget/talk/commands.ts';
import { CuttingProxy } from './cuttingProxy.ts';
import { memoryStore } from './memoryStore.ts';
import { seeded } from './seeded.ts';
import { waitFor } from './waitFor.ts';

// Node 20 has no WebSocket of its own.
Object.assign(globalThis, { WebSocket });

const url = process.env.SERVER_URL;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
if (!url)
  console.log('NOT RUN: the protocol client against a real server. Set SERVER_URL=http://127.0.0.1:5080 to run it.');
else console.log(`Against ${url}, SEED=${seed}`);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const surroundings = { online: () => true, visible: () => true, watch: () => () => {} };

describe.skipIf(!url)('a visitor of a real server behind a line that is cut at random', () => {
  it.each([seed, seed + 1, seed + 2])(
    'sends each message once, in order; seed %i',
    async (seed) => {
      const random = seeded(seed);
      const store = memoryStore();
      const target = new URL(url as string);
      const proxy = new CuttingProxy({ host: target.hostname, port: Number(target.port) }, random, 7000);
      const cutUrl = await proxy.listen();
      cleanUps.push(() => proxy.close());
      const client = new VisitorClient({
        siteKey: 'demo',
        baseUrl: cutUrl,
        seams: { random, store, locks: null, surroundings },
        backoff: { baseMs: 20, capMs: 300 },
        callTimeoutMs: 4000,
      });
      cleanUps.push(() => client.stop());
      client.start();

      const texts = () =>
        (client.snapshot.conversation?.events ?? []).flatMap((event) =>
          event.type === 'messagePosted' && event.author.kind === 'visitor' ? [event.text] : [],
        );
      const wanted = Array.from({ length: 40 }, (_, i) => `第 ${i} 条 message, seed ${seed}`);
      for (const [i, text] of wanted.entries()) {
        client.send(text);
        if (i % 8 === 3) await waitFor('some progress', () => texts().length >= i - 7, 60_000);
      }
      await waitFor('an empty outbox', () => client.snapshot.pending.length === 0, 60_000);
      proxy.calm();
      await waitFor('all seen', () => texts().length >= wanted.length, 40_000);
      expect(texts()).toEqual(wanted);
      expect(client.snapshot.failed).toEqual([]);

      // What a fresh reader finds: dense, and the same.
      const id = client.snapshot.conversation?.id as string;
      const fresh = new VisitorClient({
        siteKey: 'demo',
        baseUrl: url,
        seams: { store, locks: null, surroundings },
      });
      cleanUps.push(() => fresh.stop());
      fresh.start();
      await waitFor(
        'the fresh reader',
        () => (fresh.snapshot.conversation?.events.length ?? 0) >= wanted.length,
        20_000,
      );
      const events = fresh.snapshot.conversation?.events ?? [];
      expect(fresh.snapshot.conversation?.id).toBe(id);
      expect(events.map((event) => event.sequence)).toEqual(events.map((_, i) => i + 1));
      expect(events.flatMap((event) => (event.type === 'messagePosted' ? [event.text] : []))).toEqual(wanted);
      console.log(`seed ${seed}: ${proxy.connections} connections, ${proxy.cuts} cut`);
      await end(fresh);
    },
    240_000,
  );
});
