import { desk, wang } from './desk.ts';

desk.look('talk', (scene, at) => at.talk(scene, 'c1', wang));
desk.look('talk-lines', async (scene, at) => {
  const { world } = at;
  const c = world.conversations.get('c2') as never as { visitor: object; events: { messageId?: string }[] };
  const me = { kind: 'agent', id: 'a1', name: '林晓' };
  const happen = (type: string, fields: object) =>
    (world as never as { happen(c: object, type: string, fields: object, change: string): void }).happen(
      c,
      type,
      fields,
      'changed',
    );
  happen('messagePosted', {
    messageId: 'q1',
    author: me,
    text: 'It is there in M and L. Which address shall it go to?',
    attachments: [],
  });
  happen('messagePosted', {
    messageId: 'q2',
    author: c.visitor,
    text: '12 Mill Lane, Kendal',
    attachments: [],
    replyTo: 'q1',
  });
  happen('messageEdited', { messageId: 'q1', author: me, text: 'It is there in M. Which address shall it go to?' });
  happen('messagePosted', { messageId: 'q3', author: me, text: 'wrong window', attachments: [] });
  happen('messageRedacted', { messageId: 'q3', author: me });
  happen('messagePosted', {
    messageId: 'q4',
    author: c.visitor,
    text: '',
    attachments: [
      {
        id: 'f1',
        name: 'Invoice 2026-1187-3302 for the whole year, corrected.pdf',
        type: 'application/pdf',
        bytes: 1_830_000,
      },
    ],
  });
  happen('noteAdded', {
    messageId: 'q5',
    author: me,
    text: 'Promised an answer by tomorrow.\nhttps://example.com/orders/20417',
  });
  happen('tagged', { author: me, added: ['VIP', '退款'], removed: ['跟进'] });
  happen('snoozed', { author: me, agent: me, until: new Date(Date.now() + 3_600_000).toISOString() });
  happen('woken', { reason: 'due' });
  happen('visitorBlocked', { author: me, reason: 'abuse' });
  happen('visitorUnblocked', { author: me });
  happen('closed', { by: 'visitor' });
  happen('rated', { score: 4, comment: 'Quick' });
  happen('reopened', { by: 'agent', author: me, agent: me });
  happen('messagePosted', { messageId: 'q6', author: c.visitor, text: '😀', attachments: [] });
  await at.talk(scene, 'c2', '😀');
});
desk.look('talk-hostile', async (scene, at) => {
  const c = at.world.conversations.get('c1') as never as { visitor: { name: string }; tags: string[] };
  c.visitor.name = 'W'.repeat(100);
  c.tags = ['a tag that is as long as forty characters', '很长很长很长很长的标签名称', 'VIP'];
  at.world.saysAll('c1', [
    'X'.repeat(400),
    `https://example.com/${'a/'.repeat(120)}`,
    'مرحبا، كيف حالكم؟ 20261122',
    `Z${'\u0300'.repeat(200)}algo`,
  ]);
  await at.talk(scene, 'c1', 'algo');
});
desk.look('note', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.keys('n');
  await at.page.keyboard.type('已核实');
  at.more.push('已核实');
});
desk.look('replies', async (scene, at) => {
  await at.talk(scene, 'c2', 'the blue one');
  await at.keys('r', '/');
  await at.page.getByRole('option').first().waitFor();
});
desk.look('quoting', async (scene, at) => {
  await at.talk(scene, 'c2', 'the blue one');
  await at.keys('q');
  await at.page.locator('[data-quoting]').waitFor();
});
desk.look('editing', async (scene, at) => {
  for (const queue of at.world.queues) Object.assign(queue, { editSeconds: 86_400 });
  await at.talk(scene, 'c1', wang);
  await at.page.locator('#compose-text').click();
  await at.page.keyboard.press('ArrowUp');
  await at.text(/正在编辑消息|Editing a message/);
});
desk.look('too-long', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.page.locator('#compose-text').fill('字'.repeat(4012));
  at.more.push('字'.repeat(4012));
  await at.text(/超出 12|12 over/);
});
desk.look('not-sent', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.page.locator('#compose-text').fill('please refuse this one');
  at.more.push('please refuse this one');
  await at.page.keyboard.press('Enter');
  await at.text(/^(未发送|Not sent)/);
});
desk.look('others', async (scene, at) => {
  await at.talk(scene, 'c2', 'the blue one');
  const by = { kind: 'agent', id: 'a2', name: 'Daniel Weber' };
  const visitor = at.world.conversations.get('c2')?.visitor;
  at.world.push('Signal', { conversationId: 'c2', type: 'viewing', by, online: true });
  at.world.push('Signal', {
    conversationId: 'c2',
    type: 'typing',
    by: visitor,
    text: 'I was going to say that the blue one',
  });
  at.more.push('I was going to say that the blue one');
  await at.text(/尚未发送|not sent/i);
});
desk.look('offered', (scene, at) => at.talk(scene, 'c3', /增值税/));
desk.look('waiting', (scene, at) => at.talk(scene, 'w1', /public holidays/));
desk.look('closed', (scene, at) => at.talk(scene, 'd0', /没有其他问题/));
desk.look('of-a-colleague', (scene, at) => at.talk(scene, 'k1', /保修期/));
desk.look('snoozed', async (scene, at) => {
  at.world.call('Snooze', { conversationId: 'c1', until: new Date(Date.now() + 86_400_000).toISOString() });
  await at.talk(scene, 'c1', wang);
});
desk.look('unknown', async (scene, at) => {
  await at.enter(scene, 'c/nothing-of-that-name');
  await at.text(/无法打开此会话|cannot be opened|can.t be opened/i);
});
