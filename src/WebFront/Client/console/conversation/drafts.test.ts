import { describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../shared/protocol/seams.ts';
import { Drafts, DRAFTS_MAX } from './drafts.ts';

function memory(): KeyValueStore & { data: Map<string, string> } {
  const data = new Map<string, string>();
  return {
    data,
    getItem: (key) => data.get(key) ?? null,
    setItem: (key, value) => void data.set(key, value),
    removeItem: (key) => void data.delete(key),
    keys: () => [...data.keys()],
  };
}

/** Runs what was scheduled when it is told to. */
function handClock() {
  let due: (() => void) | null = null;
  return {
    now: () => 0,
    setTimeout: (run: () => void) => {
      due = run;
      return 1;
    },
    clearTimeout: () => {
      due = null;
    },
    ring: () => due?.(),
  };
}

describe('drafts', () => {
  it('keeps reply and note apart, per conversation, over a reload', () => {
    const store = memory();
    const clock = handClock();
    const drafts = new Drafts('a1', store, clock);
    drafts.set('c1', { reply: '您好' });
    drafts.set('c1', { note: 'vip', mode: 'note' });
    drafts.set('c2', { reply: 'Hello' });
    clock.ring();
    const again = new Drafts('a1', store, handClock());
    expect(again.get('c1')).toEqual({ reply: '您好', note: 'vip', mode: 'note' });
    expect(again.preview('c2')).toBe('Hello');
    expect(new Drafts('a2', store, handClock()).get('c1').reply).toBe('');
  });

  it('leaves nothing behind once it is sent', () => {
    const store = memory();
    const drafts = new Drafts('a1', store, handClock());
    drafts.set('c1', { reply: 'x' });
    drafts.set('c1', { reply: '' });
    drafts.flush();
    expect(store.data.size).toBe(0);
  });

  it('lives in memory where storage is blocked', () => {
    const blocked = () => {
      throw new DOMException('blocked', 'SecurityError');
    };
    const drafts = new Drafts(
      'a1',
      { getItem: blocked, setItem: blocked, removeItem: blocked, keys: blocked },
      handClock(),
    );
    drafts.set('c1', { reply: 'still here' });
    drafts.flush();
    expect(drafts.durable).toBe(false);
    expect(drafts.get('c1').reply).toBe('still here');
  });

  it('survives a record that is not ours', () => {
    const store = memory();
    store.setItem('cs.drafts.a1', '{"not":"a list"');
    expect(new Drafts('a1', store, handClock()).get('c1').reply).toBe('');
  });

  it('is bounded: the one written in longest ago goes', () => {
    const drafts = new Drafts('a1', memory(), handClock());
    for (let i = 0; i <= DRAFTS_MAX; i++) drafts.set(`c${i}`, { reply: 'x' });
    expect(drafts.get('c0').reply).toBe('');
    expect(drafts.get(`c${DRAFTS_MAX}`).reply).toBe('x');
  });
});
