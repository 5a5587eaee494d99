// What is said, and writing it.
import { by, files, type Shop, signal, widget } from './shop.ts';

widget.look('talk', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(
    conversation,
    scene.say('您好，我是林晓。我来查一下您的订单，请稍等。', 'Hello, this is Grace. Let me look at your order.'),
  );
  shop.say(
    conversation,
    scene.say(
      '查到了，**今天上午**已发出：\n\n1. 顺丰，单号 `SF2026112233`\n2. 预计 *明天* 送达\n\n> 因天气原因晚了一天\n\n详情见[物流页](https://example.com/track/20261122)。',
      'Found it. It left **this morning**:\n\n1. by post, number `SF2026112233`\n2. it arrives *tomorrow*\n\n> One day late for the weather\n\nMore on [its page](https://example.com/track/20261122).',
    ),
  );
  await shop.w.locator('.markdown ol').waitFor();
  await shop.write('😀👍');
  await shop.write(scene.say('太好了，谢谢！\n大概几点能到？', 'Great, thank you!\nAt what time about?'));
  shop.server.signal('visitor', signal(conversation, { type: 'read', by, upTo: 99 }));
  await shop.text(scene.say('已读', 'Read'));
});
widget.look('sent', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(conversation, scene.say('请问收货地址是哪里？', 'What is the address?'));
  await shop.write(scene.say('上海市静安区南京西路 1 号', '12 Mill Lane, Kendal'));
  await shop.w
    .getByText(/^(已发送|Sent)$/)
    .last()
    .waitFor();
});
/** It is forgotten after some seconds, so a phone is told again. */
const types = async (shop: Shop) => {
  const [conversation] = shop.server.conversations.values();
  if (conversation) shop.server.signal('visitor', signal(conversation, { type: 'typing', by }));
  await shop.w
    .getByText(/正在输入|is typing/)
    .first()
    .waitFor({ state: 'attached' });
};
widget.look(
  'typing',
  async (scene, shop) => {
    const conversation = await shop.talk(scene);
    shop.say(conversation, scene.say('请稍等', 'One moment'));
    await types(shop);
  },
  { phone: (_, shop) => types(shop) },
);
widget.look('moved', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(conversation, scene.say('我请售后同事来看。', 'I ask a colleague who knows.'));
  shop.amend(conversation, { type: 'transferred', queue: { id: 'after', name: scene.say('售后服务', 'After sales') } });
  const next = scene.say('周琳', 'Daniel Weber');
  shop.amend(conversation, { type: 'transferred', agent: { id: 'a2', name: next } });
  shop.amend(conversation, { type: 'assigned', agent: { id: 'a2', name: next } });
  await shop.w.getByText(scene.say(`${next} 已接入`, `${next} joined`)).waitFor();
});
widget.look('quoting', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(
    conversation,
    scene.say(
      '您的包裹已在今天上午发出，预计明天下午送达。',
      'Your parcel left this morning and arrives tomorrow afternoon.',
    ),
  );
  const quote = shop.w.getByRole('button', { name: /^(引用|Quote)/ }).last();
  await quote.waitFor({ state: 'attached' });
  await quote.press('Enter');
  await shop.w.getByRole('button', { name: /^(取消引用|Do not quote)$/ }).waitFor();
});
widget.look('amended', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  const edited = shop.post(conversation, { text: scene.say('明天送达', 'It comes tomorrow') });
  const removed = shop.post(conversation, { text: scene.say('发错了', 'That was wrong') });
  shop.amend(conversation, {
    type: 'messageEdited',
    messageId: edited,
    text: scene.say('后天送达', 'It comes the day after'),
  });
  shop.amend(conversation, { type: 'messageRedacted', messageId: removed });
  await shop.text(scene.say('消息已移除', 'Message removed'));
});
widget.look('unread', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(conversation, scene.say('您好', 'Hello'));
  await shop.log.getByText(scene.say('您好', 'Hello'), { exact: true }).waitFor();
  await shop.press(/^(收起|Minimise)$/);
  shop.say(conversation, scene.say('查到了，今天发出。', 'Found it: it leaves today.'));
  shop.say(conversation, scene.say('还在吗？', 'Are you still there?'));
  await shop.page.getByRole('button', { name: /2/ }).click();
  await shop.text(scene.say('以下是新消息', 'New'));
});
widget.look('emoji', async (scene, shop) => {
  await shop.talk(scene);
  await shop.press(/^(表情|Emoji)$/);
  await shop.w.getByRole('toolbar').waitFor();
});
widget.look('too-long', async (scene, shop) => {
  await shop.talk(scene);
  await shop.box.fill(scene.say('好', 'x').repeat(4012));
  await shop.text(/超出 12|12 characters too many/);
  shop.more.push('x'.repeat(4012));
});
widget.look('right-to-left', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(conversation, 'مرحبا، سأتحقق من طلبك رقم 20261122 الآن.');
  await shop.write('שלום, איפה ההזמנה שלי?');
  shop.say(conversation, '1. أولاً\n2. ثانياً\n\n**شكراً**');
  await shop.text('ثانياً');
});
widget.look('new-messages', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  for (let i = 0; i < 20; i++) shop.say(conversation, scene.say('您好', 'Hello'));
  await shop.log.getByText(scene.say('您好', 'Hello'), { exact: true }).nth(19).waitFor();
  await shop.w.getByRole('region').evaluate((region) => {
    const heard = new Promise<void>((resume) => region.addEventListener('scroll', () => resume(), { once: true }));
    region.scrollTop = 0;
    return heard;
  });
  shop.say(conversation, scene.say('还在吗？', 'Are you still there?'));
  await shop.w.getByRole('button', { name: /^(有新消息|New messages)$/ }).waitFor();
});
widget.look(
  'hostile',
  async (scene, shop) => {
    const name = 'W'.repeat(90);
    const conversation = await shop.talk(scene, { site: { name: `The ${name}`, files: files.site.files } });
    shop.server.assign(conversation, { id: 'a9', name });
    shop.server.say(conversation, `https://example.com/${'a/'.repeat(150)}`, { id: 'a9', name });
    shop.server.say(conversation, `\`\`\`\n${'code '.repeat(60)}\n\`\`\`\n\n${'好'.repeat(200)}`, { id: 'a9', name });
    await shop.write('X'.repeat(300));
    await shop.w.getByText('X'.repeat(300)).first().waitFor();
  },
  { meant: /cut: <h1>/ },
);
