import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentClient } from '../shared/protocol/agent.ts';
import { AgentSessionKeeper } from '../shared/protocol/agentSession.ts';
import type { Seams } from '../shared/protocol/seams.ts';
import { ManualClock, settle } from './manualClock.ts';
import { memoryStore } from './memoryStore.ts';
import { ScriptedHub } from './scriptedHub.ts';

let clock: ManualClock;
let hub: ScriptedHub;
let agent: AgentClient;

const done = { error: null };
const refusal = (code: string, retryAfterMs?: number) => ({ error: { code, message: code, retryAfterMs } });
const line = (conversationId: string) => ({
  conversationId,
  state: 'assigned' as const,
  head: 1,
  queue: { id: 'default' },
  visitor: { kind: 'visitor' as const, id: 'v' },
  siteKey: 'demo',
});

beforeEach(async () => {
  clock = new ManualClock();
  hub = new ScriptedHub();
  hub.answers.Inbox = () => ({ ...done, version: 3, conversations: [line('c1')] });
  hub.answers.Subscribe = () => ({ ...done, recovered: true, events: [], head: 0 });
  const seams: Partial<Seams> = {
    clock,
    random: () => 0.5,
    store: memoryStore(),
    locks: null,
    surroundings: { online: () => true, visible: () => true, watch: () => () => {} },
    fetch: async () => {
      const expiresAt = new Date(clock.now() + 3_600_000).toISOString();
      const session = { agentId: 'a1', name: '林晓', roles: ['agent'], token: 'token', expiresAt };
      return new Response(JSON.stringify(session), { status: 200 });
    },
  };
  const session = new AgentSessionKeeper({ seams });
  await session.signIn('a@b', 'secret');
  agent = new AgentClient({ session, seams, openTransport: hub.open });
  agent.start();
  await clock.advance(0);
});
afterEach(() => agent.stop());

describe('commands', () => {
  it('of a status are not repeated once another was chosen', async () => {
    hub.answers.SetStatus = () => refusal('Unavailable', 100);
    const away = agent.setStatus('away').catch((error: Error) => error.name);
    await settle();
    hub.answers.SetStatus = () => done;
    await agent.setStatus('online');
    await clock.advance(5000);
    expect(await away).toBe('Superseded');
    expect(hub.of('SetStatus').map((call) => call?.status)).toEqual(['away', 'online']);
  });

  it('are repeated over a cut with the same commandId, and done once answered', async () => {
    const outcome = agent.transfer('c1', { toAgent: 'a2' }, 'please').then(() => 'done');
    await settle();
    hub.answers.Transfer = () => done;
    hub.cut();
    await clock.advance(5000);
    expect(await outcome).toBe('done');
    const [first, second] = hub.of('Transfer');
    expect(second).toEqual(first);
    expect(first).toMatchObject({ conversationId: 'c1', toAgent: 'a2', note: 'please' });
    expect(first?.commandId).toBeTruthy();
  });

  it('are refused for good with the code', async () => {
    hub.answers.Close = () => refusal('Conflict');
    await expect(agent.closeConversation('c1')).rejects.toMatchObject({ error: { code: 'Conflict' } });
    expect(hub.of('Close').length).toBe(1);
  });

  it('give up on what is not served, without waiting an hour', async () => {
    hub.answers.Snooze = () => refusal('Unavailable', 3_600_000);
    await expect(agent.snooze('c1', 'tomorrow')).rejects.toMatchObject({ error: { code: 'Unavailable' } });
  });

  it('tell that the outcome is unknown when patience is over', async () => {
    const outcome = agent.reopen('c1').catch((error: Error) => error.name);
    hub.cut();
    hub.failing = 1000;
    await clock.advance(60_000);
    expect(await outcome).toBe('ConnectionLost');
  });
});

describe('the inbox', () => {
  it('is loaded on every connection, and again when the heartbeat names a later version', async () => {
    expect(agent.inbox).toMatchObject({ version: 3, loaded: true });
    hub.push('InboxHead', { version: 3 });
    await settle();
    expect(hub.of('Inbox').length).toBe(1);
    hub.answers.Inbox = () => ({ ...done, version: 5, conversations: [line('c1'), line('c2')] });
    hub.push('InboxHead', { version: 5 });
    await settle();
    expect(agent.inbox.conversations.length).toBe(2);
    hub.cut();
    await clock.advance(5000);
    expect(hub.of('Inbox').length).toBe(3);
  });

  it('is asked for again after a refusal for now', async () => {
    hub.answers.Inbox = () => refusal('Overloaded', 500);
    hub.push('InboxChanged', { version: 9, change: 'added', conversation: line('c9') });
    await settle();
    hub.answers.Inbox = () => ({ ...done, version: 9, conversations: [line('c9')] });
    await clock.advance(1000);
    expect(agent.inbox.version).toBe(9);
  });
});

describe('what has arrived', () => {
  const fromVisitor = (sequence: number) => ({
    sequence,
    at: '2026-01-01T00:00:00Z',
    type: 'messagePosted',
    messageId: `m${sequence}`,
    author: { kind: 'visitor', id: 'v' },
    text: 'hi',
  });
  const said = (conversationId: string, head: number) =>
    hub.push('InboxChanged', {
      version: 3,
      change: 'changed',
      conversation: { ...line(conversationId), head, lastAuthorKind: 'visitor' },
    });
  const told = () => hub.of('MarkDelivered').map(({ conversationId, upTo }) => `${conversationId} ${upTo}`);

  beforeEach(() => {
    hub.answers.MarkDelivered = () => done;
    hub.answers.MarkRead = () => done;
  });

  it('is told once a second at most, upwards, for lines that are not open too', async () => {
    said('c1', 4);
    await clock.advance(0);
    expect(told()).toEqual(['c1 4']);
    said('c1', 5);
    said('c1', 6);
    said('c2', 2);
    await clock.advance(900);
    expect(told()).toEqual(['c1 4']);
    await clock.advance(200);
    expect(told()).toEqual(['c1 4', 'c1 6', 'c2 2']);
    said('c1', 6);
    await clock.advance(5_000);
    expect(told().length).toBe(3);
  });

  it('is told for what is open, unless it is told as read', async () => {
    hub.answers.Subscribe = () => ({ ...done, recovered: true, events: [fromVisitor(1)], head: 1 });
    const conversation = agent.open('c1');
    await clock.advance(0);
    expect(told()).toEqual(['c1 1']);
    await clock.advance(2_000);
    hub.push('Events', { conversationId: 'c1', events: [fromVisitor(2)], head: 2 });
    conversation.markRead(2);
    await clock.advance(2_000);
    expect(told()).toEqual(['c1 1']);
    hub.push('Events', { conversationId: 'c1', events: [{ ...fromVisitor(3), author: { kind: 'agent', id: 'a1' } }], head: 3 });
    await clock.advance(2_000);
    expect(told()).toEqual(['c1 1']);
  });

  it('is told anew on every connection, to a server that may have forgotten', async () => {
    said('c1', 4);
    await clock.advance(0);
    hub.answers.Inbox = () => ({
      ...done,
      version: 3,
      conversations: [{ ...line('c1'), head: 4, lastAuthorKind: 'visitor', readUpTo: 3 }],
    });
    hub.cut();
    await clock.advance(5_000);
    expect(told()).toEqual(['c1 4', 'c1 4']);
    hub.answers.Inbox = () => ({
      ...done,
      version: 3,
      conversations: [{ ...line('c1'), head: 4, lastAuthorKind: 'visitor', readUpTo: 4 }],
    });
    hub.cut();
    await clock.advance(5_000);
    expect(told().length).toBe(2); // It was read meanwhile.
  });

  it('is not told again to a server that does not know it', async () => {
    hub.answers.MarkDelivered = () => Promise.reject(new Error('Unknown hub method'));
    said('c1', 4);
    await clock.advance(2_000);
    said('c1', 5);
    await clock.advance(2_000);
    expect(told()).toEqual(['c1 4']);
    hub.answers.MarkDelivered = () => done;
    hub.answers.Inbox = () => ({ ...done, version: 3, conversations: [] });
    hub.cut();
    await clock.advance(5_000);
    said('c1', 6);
    await clock.advance(2_000);
    expect(told()).toEqual(['c1 4', 'c1 6']);
  });

  it('at the visitor only rises, and read implies it', async () => {
    hub.answers.Subscribe = () => ({ ...done, recovered: true, events: [], head: 0, readUpTo: 2, deliveredUpTo: 3 });
    const conversation = agent.open('c1');
    await settle();
    const marks = () => [conversation.deliveredUpTo, conversation.readUpTo];
    expect(marks()).toEqual([3, 2]);
    const by = { kind: 'visitor', id: 'v' };
    hub.push('Signal', { conversationId: 'c1', type: 'delivered', by });
    hub.push('Signal', { conversationId: 'c1', type: 'delivered', by, upTo: 1 });
    expect(marks()).toEqual([3, 2]);
    hub.push('Signal', { conversationId: 'c1', type: 'delivered', by, upTo: 5 });
    hub.push('Signal', { conversationId: 'c1', type: 'read', by, upTo: 4 });
    expect(marks()).toEqual([5, 4]);
    hub.push('Signal', { conversationId: 'c1', type: 'read', by, upTo: 7 });
    expect(marks()).toEqual([7, 7]);
  });
});

describe('conversations', () => {
  it('are subscribed anew on every connection; what is unsent follows, notes as notes', async () => {
    const conversation = agent.open('c1');
    await settle();
    conversation.send('您好');
    conversation.send('internal', 'note');
    await settle();
    expect(hub.of('SendMessage').length).toBe(1);
    hub.answers.SendMessage = () => ({ ...done, sequence: 1, at: '' });
    hub.answers.AddNote = () => ({ ...done, sequence: 2, at: '' });
    hub.cut();
    await clock.advance(5000);
    expect(hub.of('Subscribe').length).toBe(2);
    const [first, second] = hub.of('SendMessage');
    expect(second).toEqual(first);
    expect(hub.of('AddNote')).toMatchObject([{ conversationId: 'c1', text: 'internal' }]);
    expect(conversation.pending).toEqual([]);
  });

  it('send what is left after they were closed on the screen', async () => {
    const conversation = agent.open('c1');
    await settle();
    conversation.send('last word');
    hub.cut();
    agent.close('c1');
    hub.answers.SendMessage = () => ({ ...done, sequence: 1, at: '' });
    await clock.advance(5000);
    expect(hub.of('Subscribe').length).toBe(1);
    expect(conversation.pending).toEqual([]);
  });

  it('that may not be seen say why', async () => {
    hub.answers.Subscribe = () => refusal('NotFound');
    const conversation = agent.open('c2');
    await settle();
    expect(conversation.log.error).toMatchObject({ code: 'NotFound' });
  });
});
