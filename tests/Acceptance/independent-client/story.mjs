// The story of docs/protocol.md, step by step, against a running server:
//   node story.mjs URL ADMIN_EMAIL ADMIN_PASSWORD [URL_FOR_AGENTS]
// In a cluster the second address is another front, so that visitor and agents sit on different ones.
// Prints one line a step; exit code 0 only if every step held.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Party, codeOf, rest } from './client.mjs';

const [base, email, password, agentBase = base] = process.argv.slice(2);
const step = text => console.log(`ok - ${text}`);
const api = (method, path, options) => rest(base, method, `/api/v1${path}`, options);
const suffix = randomUUID().slice(0, 8);
const ascending = events => events.forEach((e, i) => i && assert.equal(e.sequence, events[i - 1].sequence + 1));

// --- People ---------------------------------------------------------------------------------------------------------
const admin = await api('POST', '/agent-sessions', { body: { email, password } });
assert.equal(admin.status, 200, JSON.stringify(admin.body));
assert.ok(admin.body.roles.includes('administrator'));
assert.ok(Date.parse(admin.body.expiresAt) > Date.now());
step('the first administrator signs in');

const wrong = await api('POST', '/agent-sessions', { body: { email, password: `${password}x` } });
assert.equal(wrong.status, 401);
assert.equal(wrong.body.code, 'Unauthorized');
assert.match(wrong.type, /application\/problem\+json/);
step('a wrong password is a problem document with code Unauthorized');

async function hire(name, roles = ['agent']) {
  const address = `${name.toLowerCase()}-${suffix}@example.test`;
  const secret = `long enough ${suffix} ${name}`;
  const made = await api('POST', '/agents', {
    token: admin.body.token, body: { email: address, name, password: secret, roles, capacity: 4 },
  });
  assert.ok(made.status === 200 || made.status === 201, JSON.stringify(made.body));
  const session = await api('POST', '/agent-sessions', { body: { email: address, password: secret } });
  assert.equal(session.body.agentId, made.body.agentId);
  const party = new Party(agentBase, 'agent', session.body.token);
  await party.start();
  return { id: made.body.agentId, token: session.body.token, party };
}
const li = await hire('Li');
const ann = await hire('Ann');
step('the administrator makes two agents of the default queue, who sign in and connect');

const notAdmin = await api('POST', '/agents', {
  token: li.token, body: { email: 'x@example.test', name: 'X', password: 'long enough indeed', roles: ['administrator'] },
});
assert.equal(notAdmin.status, 403);
assert.equal(notAdmin.body.code, 'Forbidden');
step('an agent may not make agents');

const unknownSite = await api('POST', '/visitor-sessions', { body: { siteKey: 'no-such-site' } });
assert.equal(unknownSite.body.code, 'NotFound');
const session = await api('POST', '/visitor-sessions', { body: { siteKey: 'demo', locale: 'zh-CN', timeZone: 'Asia/Shanghai' } });
assert.equal(session.status, 200, JSON.stringify(session.body));
for (const field of ['visitorId', 'token', 'expiresAt', 'visitorToken', 'site']) assert.ok(session.body[field], field);
const again = await api('POST', '/visitor-sessions', { body: { siteKey: 'demo', visitorToken: session.body.visitorToken } });
assert.equal(again.body.visitorId, session.body.visitorId);
step('a visitor gets a session, and the same visitor again by its visitorToken');

const visitor = new Party(base, 'visitor', session.body.token);
await visitor.start();

// --- Waiting --------------------------------------------------------------------------------------------------------
const clientId = randomUUID();
const firstId = randomUUID();
const first = { clientId, message: { clientMessageId: firstId, text: '你好，我的订单还没有到。' } };
const tooLong = await visitor.call('StartConversation', {
  clientId: randomUUID(), message: { clientMessageId: randomUUID(), text: '长'.repeat(4001) },
});
assert.equal(codeOf(tooLong), 'TooLong');
const started = await visitor.call('StartConversation', first);
assert.equal(codeOf(started), null, JSON.stringify(started));
assert.equal(started.state, 'waiting');
assert.ok(started.sequence >= 1 && started.head >= started.sequence);
const repeated = await visitor.call('StartConversation', first);
assert.equal(repeated.conversationId, started.conversationId);
assert.equal(repeated.sequence, started.sequence);
const id = started.conversationId;
const log = await visitor.follow(id);
assert.deepEqual(visitor.texts(id), [first.message.text]);
step('a refused first message creates nothing; a start is idempotent and waits');

const other = await visitor.call('StartConversation', { clientId: randomUUID(), message: { clientMessageId: randomUUID(), text: '还在吗？' } });
assert.equal(other.conversationId, id);
step('a second start gives the open conversation and posts to it');

const place = await visitor.until('a queue position', () => visitor.signals.find(s => s.type === 'queue' && s.conversationId === id));
assert.equal(place.position, 1);
assert.equal(place.etaSeconds.length, 2);
step('the waiting visitor is told its position and wait');

// --- Sending --------------------------------------------------------------------------------------------------------
const messageId = randomUUID();
const sent = await visitor.call('SendMessage', { conversationId: id, clientMessageId: messageId, text: '订单号尾号 4411' });
assert.equal(codeOf(sent), null);
assert.ok(Date.parse(sent.at));
const resent = await visitor.call('SendMessage', { conversationId: id, clientMessageId: messageId, text: '订单号尾号 4411' });
assert.deepEqual([resent.sequence, resent.at], [sent.sequence, sent.at]);
const reused = await visitor.call('SendMessage', { conversationId: id, clientMessageId: messageId, text: '别的内容' });
assert.equal(codeOf(reused), 'Conflict');
for (const text of ['', '   \n']) {
  assert.equal(codeOf(await visitor.call('SendMessage', { conversationId: id, clientMessageId: randomUUID(), text })), 'Invalid');
}
const stranger = await visitor.call('SendMessage', { conversationId: `${id}x`, clientMessageId: randomUUID(), text: 'a' });
assert.equal(codeOf(stranger), 'NotFound');
await visitor.until('its own message', () => visitor.log(id).events.find(e => e.clientMessageId === messageId));
step('the same id gives the same answer, other content Conflict, blank Invalid, a foreign id NotFound');

const intruderSession = await api('POST', '/visitor-sessions', { body: { siteKey: 'demo' } });
const intruder = new Party(base, 'visitor', intruderSession.body.token);
await intruder.start();
for (const [method, argument] of [
  ['Resume', { conversationId: id, after: 0 }],
  ['SendMessage', { conversationId: id, clientMessageId: randomUUID(), text: 'hi' }],
  ['EndConversation', { conversationId: id }],
]) {
  assert.equal(codeOf(await intruder.call(method, argument)), 'NotFound', method);
}
const peek = await api('GET', `/conversations/${id}/events?after=0&limit=10`, { token: intruderSession.body.token });
assert.equal(peek.status, 404);
await assert.rejects(new Party(base, 'agent', session.body.token).start());
await intruder.stop();
step("another visitor finds nothing under that id, and a visitor's token opens no agent hub");

// --- Served ---------------------------------------------------------------------------------------------------------
const inboxBefore = await li.party.call('Inbox');
assert.deepEqual(inboxBefore.conversations, []);
assert.equal(codeOf(await li.party.call('SetStatus', { status: 'online', commandId: randomUUID() })), null);
await li.party.until('the inbox', () => li.party.inboxChanges.find(c => c.change === 'added' && c.conversation.conversationId === id));
const inbox = await li.party.call('Inbox');
assert.equal(inbox.conversations.length, 1);
assert.equal(inbox.conversations[0].conversationId, id);
assert.ok(inbox.version > inboxBefore.version);
await li.party.follow(id);
await visitor.until('the assignment', () => visitor.log(id).events.find(e => e.type === 'assigned' && e.agent.name === 'Li'));
step('an agent goes online and gets the conversation; the visitor sees who');

const secret = `内部备注 ${suffix}`;
const note = await li.party.call('AddNote', { conversationId: id, clientMessageId: randomUUID(), text: secret });
assert.equal(codeOf(note), null);
const answer = await li.party.call('SendMessage', { conversationId: id, clientMessageId: randomUUID(), text: '您好，我来查一下。' });
assert.equal(codeOf(answer), null);
await visitor.until('the answer', () => visitor.texts(id).includes('您好，我来查一下。'));
const onAgents = await li.party.until('the note', () => li.party.log(id).events.find(e => e.type === 'noteAdded'));
assert.equal(onAgents.text, secret);
assert.ok(li.party.log(id).events.every(e => e.author?.kind !== 'visitor' || e.clientMessageId === undefined));
step("an agent's note reaches agents, and clientMessageId only its author");

await visitor.call('Typing', { conversationId: id });
await li.party.until('typing', () => li.party.signals.find(s => s.type === 'typing' && s.conversationId === id));
await visitor.call('MarkRead', { conversationId: id, upTo: answer.sequence });
await li.party.until('a read mark', () => li.party.signals.find(s => s.type === 'read' && s.conversationId === id));
step('typing and read marks arrive as signals');

const nobody = await li.party.call('Transfer', { conversationId: id, toAgent: ann.id });
assert.equal(codeOf(nobody), 'Conflict');
await ann.party.call('SetStatus', { status: 'online' });
const why = `转接说明 ${suffix}`;
const moved = await li.party.call('Transfer', { conversationId: id, toAgent: ann.id, note: why, commandId: randomUUID() });
assert.equal(codeOf(moved), null, JSON.stringify(moved));
await ann.party.until('the inbox', () => ann.party.inboxChanges.find(c => c.conversation.conversationId === id));
await li.party.until('the removal', () => li.party.inboxChanges.find(c => c.change === 'removed' && c.conversation.conversationId === id));
await ann.party.follow(id);
assert.ok(JSON.stringify(ann.party.log(id).events).includes(why));
await visitor.until('the transfer', () => visitor.types(id).includes('transferred'));
step('a transfer to an offline agent is Conflict; to an online one it moves, with its note');

const held = await ann.party.call('SendMessage', { conversationId: id, clientMessageId: randomUUID(), text: '我是 Ann，继续为您处理。' });
assert.equal(codeOf(held), null);

// --- A cut ----------------------------------------------------------------------------------------------------------
await visitor.stop();
for (let i = 0; i < 3; i++) {
  await ann.party.call('SendMessage', { conversationId: id, clientMessageId: randomUUID(), text: `离线消息 ${i}` });
}
await visitor.start();
await log.heal();
assert.deepEqual(visitor.texts(id).slice(-3), ['离线消息 0', '离线消息 1', '离线消息 2']);
ascending(log.events);
const beyond = await visitor.call('Resume', { conversationId: id, after: 999_999 });
assert.equal(beyond.recovered, false);
assert.equal(beyond.head, log.next - 1);
step('after a cut Resume brings exactly what was missed; beyond the head it says recovered: false');

// --- The end --------------------------------------------------------------------------------------------------------
const reason = `解决原因 ${suffix}`;
assert.equal(codeOf(await ann.party.call('Close', { conversationId: id, reason })), null);
const closed = await visitor.until('the close', () => log.events.find(e => e.type === 'closed'));
assert.equal(closed.by?.kind ?? closed.by, 'agent');
assert.equal(codeOf(await visitor.call('SendMessage', { conversationId: id, clientMessageId: randomUUID(), text: '谢谢' })), 'Closed');
assert.equal(codeOf(await visitor.call('Rate', { conversationId: id, score: 6 })), 'Invalid');
assert.equal(codeOf(await visitor.call('Rate', { conversationId: id, score: 5, comment: '很好' })), null);
await ann.party.until('the rating', () => ann.party.types(id).includes('rated'));
step('the agent closes, a message is Closed, the visitor rates');

const everything = JSON.stringify([log.events, visitor.signals]);
for (const hidden of [secret, why, reason, 'noteAdded']) assert.ok(!everything.includes(hidden), hidden);
step('neither note nor reason ever reached the visitor');

const page = await api('GET', `/conversations/${id}/events?after=0&limit=200`, { token: session.body.token });
assert.equal(page.status, 200);
assert.deepEqual(page.body.events.map(e => e.sequence), log.events.map(e => e.sequence));
assert.deepEqual(page.body.events.map(e => e.type), log.events.map(e => e.type));
assert.equal(page.body.head, log.next - 1);
const back = await api('GET', `/conversations/${id}/events?before=3&limit=1`, { token: session.body.token });
assert.deepEqual(back.body.events.map(e => e.sequence), [2]);
const forAgents = await api('GET', `/conversations/${id}/events?after=0&limit=200`, { token: ann.token });
ascending(forAgents.body.events);
assert.ok(forAgents.body.events.length > page.body.events.length);
step("REST pages equal what was pushed, each audience in its own dense numbering");

const lists = await api('GET', '/conversations?limit=10', { token: li.token });
assert.equal(lists.status, 200);
const queues = await api('GET', '/queues', { token: li.token });
assert.ok(JSON.stringify(queues.body).includes('"default"'));
step('lists and queues are served to agents');

const reopened = await visitor.call('StartConversation', { clientId: randomUUID(), message: { clientMessageId: randomUUID(), text: '还有一个问题' } });
assert.equal(reopened.conversationId, id);
await visitor.until('the reopening', () => visitor.types(id).includes('reopened'));
step('inside the window StartConversation reopens the same conversation');

const tagged = await ann.party.call('Tag', { conversationId: id, add: ['退换货'], remove: [] });
assert.equal(codeOf(tagged), null);
await ann.party.until('the tag', () => ann.party.log(id).events.some(e => e.type === 'tagged'));
const until = new Date(Date.now() + 60_000).toISOString();
assert.equal(codeOf(await ann.party.call('Snooze', { conversationId: id, until: 'tomorrow' })), 'Invalid');
assert.equal(codeOf(await ann.party.call('Snooze', { conversationId: id, until })), null);
await ann.party.until('the snooze', () => ann.party.log(id).events.some(e => e.type === 'snoozed'));
assert.ok(!visitor.types(id).some(type => type === 'snoozed' || type === 'tagged'));
assert.equal(codeOf(await visitor.call('EndConversation', { conversationId: id })), null);
await ann.party.until('the end', () => ann.party.log(id).events.at(-1).type === 'closed');
step('an agent tags and snoozes, which the visitor is not told; the visitor ends the conversation');

const gone = await api('DELETE', '/agent-sessions', { token: li.token });
assert.ok(gone.status === 200 || gone.status === 204);
await li.party.until('the sign-out', () => li.party.connection.state === 'Disconnected', 8_000).catch(async error => {
  if (li.party.connection.state !== 'Disconnected') throw error;
});
assert.equal((await api('GET', '/queues', { token: li.token })).status, 401);
step('signing out ends the socket and the token');

await visitor.stop();
await ann.party.stop();
console.log('the story holds');
process.exit(0);
