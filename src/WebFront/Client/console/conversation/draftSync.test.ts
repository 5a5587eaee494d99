import { describe, expect, it } from 'vitest';
import type { ServerDraft } from '../api.ts';
import type { KeyValueStore } from '../../shared/protocol/seams.ts';
import { DraftSync } from './draftSync.ts';
import { Drafts } from './drafts.ts';

function memory(): KeyValueStore {
  const data = new Map<string, string>();
  return {
    getItem: (key) => data.get(key) ?? null,
    setItem: (key, value) => void data.set(key, value),
    removeItem: (key) => void data.delete(key),
    keys: () => [...data.keys()],
  };
}

const clock = { now: () => 0, setTimeout: () => 0, clearTimeout: () => {} };

/** The server's drafts, with its rule: the last write wins. */
function server() {
  const all = new Map<string, ServerDraft>();
  let reachable = true;
  return {
    all,
    cut: (is: boolean) => {
      reachable = !is;
    },
    list: async () => {
      if (!reachable) throw new Error('out of reach');
      return [...all.values()];
    },
    save: async (conversationId: string, draft: { reply: string; note: string; mode: 'reply' | 'note' }) => {
      if (!reachable) throw new Error('out of reach');
      const revision = (all.get(conversationId)?.revision ?? 0) + 1;
      all.set(conversationId, { conversationId, ...draft, revision });
      return { revision };
    },
  };
}

function machine(remote: ReturnType<typeof server>, store = memory()) {
  const drafts = new Drafts('a1', store, clock);
  let arrived = 0;
  const sync = new DraftSync('a1', drafts, remote, store, clock, () => {
    arrived += 1;
  });
  return { drafts, sync, store, arrived: () => arrived };
}

describe('drafts kept on the server', () => {
  it('are there on another machine', async () => {
    const remote = server();
    const office = machine(remote);
    office.drafts.set('c1', { reply: '半句' });
    await office.sync.push();
    const home = machine(remote);
    await home.sync.pull();
    expect(home.drafts.get('c1').reply).toBe('半句');
    expect(home.arrived()).toBe(1);
    home.drafts.set('c1', { reply: '整句' });
    await home.sync.push();
    await office.sync.pull();
    expect(office.drafts.get('c1').reply).toBe('整句');
  });

  it('do not undo words that the server lacks', async () => {
    const remote = server();
    const office = machine(remote);
    const home = machine(remote);
    office.drafts.set('c1', { reply: 'from the office' });
    await office.sync.push();
    home.drafts.set('c1', { reply: 'just typed' });
    await home.sync.pull();
    expect(home.drafts.get('c1').reply).toBe('just typed');
    expect(remote.all.get('c1')?.reply).toBe('just typed');
  });

  it('are emptied everywhere once sent', async () => {
    const remote = server();
    const [office, home] = [machine(remote), machine(remote)];
    office.drafts.set('c1', { reply: 'x' });
    await office.sync.push();
    await home.sync.pull();
    office.drafts.set('c1', { reply: '' });
    await office.sync.push();
    await home.sync.pull();
    expect(home.drafts.get('c1').reply).toBe('');
  });

  it('wait for the server, over a reload too', async () => {
    const remote = server();
    const office = machine(remote);
    remote.cut(true);
    office.drafts.set('c1', { reply: 'offline' });
    await office.sync.push();
    office.drafts.flush();
    remote.cut(false);
    const reloaded = machine(remote, office.store);
    await reloaded.sync.pull();
    expect(remote.all.get('c1')?.reply).toBe('offline');
  });
});
