import { fileURLToPath } from 'node:url';
import type { FrameLocator, Page } from 'playwright-core';
import type { Attachment, ConversationEvent } from '../../shared/protocol/types.ts';
import type { FakeConversation } from '../fakeModel.ts';
import { FakeServer, type FakeServerOptions } from '../fakeServer.ts';
import { waitFor } from '../waitFor.ts';
import { type Locale, Looks, PHONE, type Scene, type Stage } from './looks.ts';

const root = fileURLToPath(new URL('../../../wwwroot', import.meta.url));
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'";

/** A message in full, however it came to be. */
type Said = Partial<Extract<ConversationEvent, { type: 'messagePosted' }>>;

class Shop implements Stage {
  readonly #locale: Locale;
  #server: FakeServer | undefined;
  #options: FakeServerOptions = {};
  w!: FrameLocator;
  page!: Page;
  readonly more: unknown[] = [];

  constructor(locale: Locale) {
    this.#locale = locale;
  }
  get server(): FakeServer {
    if (!this.#server) throw new Error('The shop is not open.');
    return this.#server;
  }
  get url() {
    return this.server.url;
  }
  get agent() {
    return this.#locale === 'en' ? { id: 'a1', name: 'Grace Turner' } : { id: 'a1', name: '林晓' };
  }
  data() {
    return [
      this.#options,
      this.more,
      this.agent,
      'Demo',
      this.#server?.conversations,
      [...(this.#server?.conversations.values() ?? [])].map((each) => each.stored),
    ];
  }
  frame(page: Page) {
    return page.frames().find((each) => each.url().includes('/widget/')) ?? page.mainFrame();
  }
  async close() {
    await this.#server?.close();
  }

  async open({ page }: Scene, options: FakeServerOptions = {}, before?: (page: Page) => Promise<unknown>) {
    this.#options = options;
    this.#server = new FakeServer({ root, headers: { 'content-security-policy': csp }, ...options });
    await this.#server.listen();
    this.page = page;
    await before?.(page);
    await page.goto(`${this.url}/demo/`);
    this.w = page.frameLocator('iframe');
    await this.launcher.waitFor();
  }
  get launcher() {
    return this.page.getByRole('button', { name: /^(打开在线客服|Open chat)/ });
  }
  get box() {
    return this.w.getByRole('textbox', { name: /^(消息|Message)$/ });
  }
  get log() {
    return this.w.getByRole('log').first();
  }
  press = (name: RegExp) => this.w.getByRole('button', { name }).first().click();
  text = (text: string | RegExp) => this.w.getByText(text).first().waitFor();

  async show(scene: Scene, options: FakeServerOptions = {}, before?: (page: Page) => Promise<unknown>) {
    await this.open(scene, options, before);
    await this.launcher.click();
    await this.w.locator('header').waitFor();
  }
  async write(text: string) {
    await this.box.fill(text);
    await this.box.press('Enter');
  }
  /** A conversation that was begun; with somebody who answers. */
  async talk(
    scene: Scene,
    options: FakeServerOptions = {},
    before?: (page: Page) => Promise<unknown>,
  ): Promise<FakeConversation> {
    const conversation = await this.wait(scene, options, before);
    this.server.assign(conversation, this.agent);
    await this.text(scene.say(`${this.agent.name} 已接入`, `${this.agent.name} joined`));
    return conversation;
  }
  async wait(
    scene: Scene,
    options: FakeServerOptions = {},
    before?: (page: Page) => Promise<unknown>,
  ): Promise<FakeConversation> {
    await this.show(scene, options, before);
    const first = scene.say('你好，我的订单 20261122 还没有发货', 'Hello, my order 20261122 has not been sent yet');
    await this.write(first);
    await waitFor('a conversation', () => this.server.conversations.size > 0);
    await this.log.getByText(first).waitFor();
    return [...this.server.conversations.values()][0] as FakeConversation;
  }
  say = (conversation: FakeConversation, text: string) => this.server.say(conversation, text, this.agent);
  post(conversation: FakeConversation, said: Said, own = false) {
    const author = own ? conversation.visitor : { kind: 'agent' as const, ...this.agent };
    const messageId = `x${conversation.stored.length}`;
    conversation.add({ type: 'messagePosted', messageId, author, text: '', ...said } as never, author.id);
    this.server.push(conversation);
    return said.messageId ?? messageId;
  }
  amend(conversation: FakeConversation, event: object) {
    conversation.add(event as never, '');
    this.server.push(conversation);
  }
}

const widget = new Looks<Shop>(
  'widget',
  async (locale) => new Shop(locale),
  async (page) => {
    const size = page.viewportSize();
    const box = await page
      .locator('iframe')
      .boundingBox()
      .catch(() => null);
    if (!size || !box || size.width === PHONE) return undefined;
    const x = Math.max(0, box.x - 12);
    return { x, y: Math.max(0, box.y - 12), width: size.width - x, height: size.height - Math.max(0, box.y - 12) };
  },
);

const text = (key: string, type: string, required: boolean, zh: string, en: string, options: string[] = []) => ({
  key,
  type,
  required,
  label: { 'zh-CN': zh, en },
  options,
});
const asks = ({ say }: Scene) => ({
  site: {
    form: [
      text('name', 'text', true, '您的称呼', 'Your name'),
      text('email', 'email', true, '邮箱', 'E-mail'),
      text('phone', 'phone', false, '电话', 'Phone'),
      text('topic', 'choice', false, '问题类型', 'Topic', [say('物流', 'Delivery'), say('退款', 'Refund')]),
      text('more', 'paragraph', false, '请说明情况', 'Tell us more'),
    ],
    queues: [
      { id: 'default', name: say('售前咨询', 'Before you buy') },
      { id: 'after', name: say('售后服务', 'After you bought') },
    ],
    consent: {
      'zh-CN': '我同意按照隐私政策处理我填写的信息。',
      en: 'I agree that what I enter is processed as the privacy notice says.',
    },
    files: { bytesMax: 10_000_000, types: ['.png', '.pdf'] },
  },
});
const files = { site: { files: { bytesMax: 10_000_000, types: ['.png', '.jpg', '.pdf'] } } };
const picture: Attachment = {
  id: 'f1',
  name: 'parcel.svg',
  type: 'image/svg+xml',
  bytes: 48_000,
  width: 640,
  height: 480,
};
const paper: Attachment = {
  id: 'f2',
  name: 'Invoice 2026-1187-3302 for the whole of the year, corrected.pdf',
  type: 'application/pdf',
  bytes: 1_830_000,
};
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480"><rect width="640" height="480" fill="#c9b18a"/><path d="M120 160h400v220H120z" fill="#a9834f"/><path d="M120 160h400v50H120z" fill="#8a6637"/><path d="M290 160h60v220h-60z" fill="#e9dcc3"/></svg>`;
const withFiles = async (page: Page) => {
  await page.route(/\/files\?sequence=/, (route) =>
    route.fulfill({
      json: {
        files: ['f1', 'f2'].map((id) => ({
          id,
          url: '/a-picture.svg',
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        })),
      },
    }),
  );
  await page.route('**/a-picture.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body: svg }));
};
const signal = (conversation: FakeConversation, more: object) =>
  ({ conversationId: conversation.id, ...more }) as never;
const by = { kind: 'agent' as const, id: 'a1' };

widget.look('launcher', (scene, shop) => shop.open(scene), { whole: true });
widget.look(
  'launcher-unread',
  async (scene, shop) => {
    const conversation = await shop.talk(scene);
    await shop.press(/^(收起|Minimise)$/);
    for (let i = 0; i < 12; i++) shop.say(conversation, scene.say('您好', 'Hello'));
    await shop.page.getByRole('button', { name: /12/ }).waitFor();
  },
  { whole: true },
);
widget.look(
  'invitation',
  async (scene, shop) => {
    const words = {
      'zh-CN': '需要帮您挑选吗？客服现在在线，通常一分钟内回复。',
      en: 'May we help you choose? We are online now and answer within a minute.',
    };
    await shop.open(scene, { look: { invitations: [{ page: '*', afterSeconds: 0, text: words }] } });
    await shop.page.getByText(words[scene.locale]).waitFor();
  },
  { whole: true },
);
widget.look('greeting', async (scene, shop) => {
  await shop.show(scene, files);
  await shop.text(scene.say('您好，有什么可以帮您？', 'Hello. How can we help?'));
  await shop.text(scene.say('客服在线', 'We are online'));
});
widget.look('form', async (scene, shop) => {
  await shop.show(scene, asks(scene));
  await shop.w.getByRole('button', { name: /^(开始咨询|Start chat)$/ }).waitFor();
});
widget.look('form-errors', async (scene, shop) => {
  await shop.show(scene, asks(scene));
  await shop.w.getByLabel(/^(邮箱|E-mail)/).fill('nobody@');
  await shop.w.getByLabel(/^(电话|Phone)/).fill('abc');
  await shop.press(/^(开始咨询|Start chat)$/);
  await shop.text(scene.say('请填写有效的邮箱', 'Please enter a valid e-mail address'));
});
widget.look('waiting', async (scene, shop) => {
  const conversation = await shop.wait(scene);
  shop.server.signal(
    'visitor',
    signal(conversation, { type: 'queue', position: 3, etaSeconds: [120, 300], agentsOnline: 2 }),
  );
  await shop.text(scene.say('前面还有 2 位', '2 people before you'));
});
widget.look('waiting-leave', async (scene, shop) => {
  await shop.wait(scene, { site: { form: [text('email', 'email', false, '邮箱', 'E-mail')] } }, async (page) => {
    await page.addInitScript(() => {
      const press = () => {
        const button = [...document.querySelectorAll('button')].find((each) =>
          /^(开始咨询|Start chat)$/.test(each.textContent ?? ''),
        );
        if (button) button.click();
        else setTimeout(press, 30);
      };
      if (window !== top) press();
    });
  });
  await shop.press(/^(不等了，改为留言|Do not wait)/);
  await shop.w.getByPlaceholder(/^(邮箱|E-mail)/).fill('nobody@');
  await shop.press(/^(留言|Leave message)$/);
  await shop.text(scene.say('请填写有效的邮箱', 'Please enter a valid e-mail address'));
});
widget.look('left', async (scene, shop) => {
  await shop.wait(scene);
  await shop.press(/^(不等了，改为留言|Do not wait)/);
  await shop.press(/^(留言|Leave message)$/);
  await shop.text(scene.say('已收到您的留言', 'We have your message'));
});
widget.look('nobody', async (scene, shop) => {
  await shop.show(scene, { site: { online: false } });
  await shop.text(scene.say('我们暂时不在线', 'We are away right now'));
});
widget.look('nobody-left', async (scene, shop) => {
  await shop.wait(scene, { site: { online: false } });
  await shop.text(scene.say('目前没有客服在线', 'Nobody is online right now'));
});
const week = [1, 2, 3, 4, 5].flatMap((day) => [
  { day, from: '09:00', to: '12:00' },
  { day, from: '13:30', to: '18:00' },
]);
const closed = {
  site: {
    open: false,
    hours: { timeZone: 'Asia/Shanghai', week, holidays: [] },
    closedText: {
      'zh-CN': '现在是休息时间，请留言，我们会在下一个工作日回复。',
      en: 'We are closed. Leave a message; we answer on the next working day.',
    },
  },
};
widget.look('closed-hours', async (scene, shop) => {
  await shop.show(scene, closed);
  await shop.text('13:30');
});
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
widget.look('files', async (scene, shop) => {
  const conversation = await shop.talk(scene, files, withFiles);
  const quoted = shop.post(conversation, {
    text: scene.say('请发一张包裹的照片。', 'Please send a picture of the parcel.'),
  });
  shop.post(conversation, { text: scene.say('这是照片', 'Here it is'), attachments: [picture], replyTo: quoted }, true);
  shop.post(conversation, { text: '', attachments: [paper] });
  await shop.w.locator('svg image').first().waitFor();
  await shop.text(/Invoice/);
});
widget.look('picture-large', async (scene, shop) => {
  const conversation = await shop.talk(scene, files, withFiles);
  shop.post(conversation, { text: '', attachments: [picture] });
  await shop.press(/^(查看大图|View larger)/);
  await shop.w.locator('dialog[open]').waitFor();
});
const upload = async (page: Page) => {
  await page.route('**/api/v1/uploads', (route) =>
    route.fulfill({ json: { uploadId: 'u1', offset: 0, bytes: 2_000_000, partBytes: 262_144 } }),
  );
  // Never answered: it stays on its way.
  await page.route('**/api/v1/uploads/u1**', () => {});
};
widget.look('upload', async (scene, shop) => {
  await shop.talk(scene, files, upload);
  await shop.box.focus();
  await shop.w.locator('input[type=file]').setInputFiles([
    {
      name: 'A quite long name of a picture from a phone 2026-11-22 09.15.41.png',
      mimeType: 'image/png',
      buffer: Buffer.alloc(2_000_000),
    },
    { name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.alloc(300) },
    { name: 'film.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(11_000_000) },
  ]);
  shop.more.push('A quite long name of a picture from a phone 2026-11-22 09.15.41.png', 'setup.exe', 'film.pdf');
  await shop.text(/正在上传|Uploading/);
  await shop.text(/不支持这种文件|not accepted/);
});
widget.look('emoji', async (scene, shop) => {
  await shop.talk(scene);
  await shop.press(/^(表情|Emoji)$/);
  await shop.w.getByRole('toolbar').waitFor();
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
widget.look(
  'offline',
  async (scene, shop) => {
    await shop.talk(scene);
    await shop.page.context().setOffline(true);
    await shop.text(/您的设备已离线|You are offline/);
    await shop.write(scene.say('还有一个问题', 'One more question'));
    await shop.text(/等待网络|Waiting for the network/);
  },
  { allow: /ERR_INTERNET_DISCONNECTED/ },
);
widget.look(
  'reconnecting',
  async (scene, shop) => {
    await shop.talk(scene);
    await shop.server.close();
    await shop.text(/连接中断|Connection lost/);
  },
  { allow: /ERR_CONNECTION_REFUSED|WebSocket|Failed/ },
);
widget.look('failed', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  conversation.state = 'closed';
  await shop.write(scene.say('还有一个问题，能不能改一下收货地址？', 'One more thing: can the address be changed?'));
  await shop.text(/对话已结束，消息未送达|The conversation had ended/);
});
widget.look('too-long', async (scene, shop) => {
  await shop.talk(scene);
  await shop.box.fill(scene.say('好', 'x').repeat(4012));
  await shop.text(/超出 12|12 characters too many/);
  shop.more.push('x'.repeat(4012));
});
widget.look('menu', async (scene, shop) => {
  await shop.talk(scene);
  await shop.press(/^(更多选项|More options)$/);
  await shop.w.getByRole('button', { name: /^(结束对话|End conversation)$/ }).waitFor();
});
widget.look('end', async (scene, shop) => {
  await shop.talk(scene);
  await shop.press(/^(更多选项|More options)$/);
  await shop.press(/^(结束对话|End conversation)$/);
  await shop.text(/要结束这次对话吗|End this conversation/);
});
const ended = async (scene: Scene, shop: Shop) => {
  const conversation = await shop.talk(scene);
  shop.say(conversation, scene.say('已为您处理，祝您愉快！', 'All done. Have a nice day!'));
  shop.server.closeConversation(conversation);
  await shop.text(/这次服务怎么样|How did we do/);
};
widget.look('ended', ended);
widget.look('rating', async (scene, shop) => {
  await ended(scene, shop);
  await shop.w.getByRole('radio').nth(3).check();
  await shop.w.getByRole('textbox', { name: /补充|Anything/ }).fill(scene.say('回复很快', 'Quick'));
});
widget.look('rated', async (scene, shop) => {
  await ended(scene, shop);
  await shop.w.getByRole('radio').nth(3).check();
  await shop.press(/^(提交评价|Send rating)$/);
  await shop.text(/谢谢您的评价|Thank you for your rating/);
});
widget.look('again', async (scene, shop) => {
  await ended(scene, shop);
  await shop.press(/^(继续咨询|Write to us again)$/);
  await shop.box.waitFor();
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
widget.look(
  'hostile-greeting',
  async (scene, shop) => {
    const long = 'The very long greeting of a company that has much to say before anybody asks. '.repeat(8);
    await shop.show(scene, { site: { name: 'W'.repeat(80), greeting: { 'zh-CN': long, en: long } } });
    await shop.text(/The very long greeting/);
    // What browsers give the keyboard is enough there: docs/widget-and-console.md, what is lacking.
  },
  { meant: /scrollable-region-focusable|cut: <h1>/ },
);
widget.look('right-to-left', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  shop.say(conversation, 'مرحبا، سأتحقق من طلبك رقم 20261122 الآن.');
  await shop.write('שלום, איפה ההזמנה שלי?');
  shop.say(conversation, '1. أولاً\n2. ثانياً\n\n**شكراً**');
  await shop.text('ثانياً');
});
widget.look('maintenance', async (scene, shop) => {
  const conversation = await shop.talk(scene);
  const words = {
    'zh-CN': '系统升级，期间可能短暂断开。',
    en: 'We update the system; the line may drop for a moment.',
  };
  shop.server.signal(
    'visitor',
    signal(conversation, {
      conversationId: conversation.id,
      type: 'maintenance',
      startsAt: new Date(Date.now() + 3_600_000).toISOString(),
      minutes: 20,
      text: words,
    }),
  );
  await shop.text(words[scene.locale]);
});
widget.look(
  'refused',
  async (scene, shop) => {
    await shop.show(scene, {}, async (page) => {
      await page.route('**/api/v1/visitor-sessions', (route) =>
        route.fulfill({ status: 403, json: { code: 'Forbidden', title: 'No.' } }),
      );
    });
    await shop.text(/暂不可用，请联系|not available on this page/);
  },
  { allow: /403/ },
);
widget.look(
  'part-failed',
  async (scene, shop) => {
    await shop.show(scene, {}, async (page) => {
      await page.route(/assets\/Talk-/, (route) => route.fulfill({ status: 404 }));
    });
    await shop.write(scene.say('有人吗？', 'Is anybody there?'));
    await shop.text(/暂时没能加载|could not be loaded/);
  },
  { allow: /404|fetch|MIME|Failed|ERR_/ },
);
widget.look(
  'storage-blocked',
  async (scene, shop) => {
    await shop.talk(scene, {}, async (page) => {
      await page.addInitScript(() => {
        Object.defineProperty(window, 'localStorage', {
          get() {
            throw new DOMException('blocked', 'SecurityError');
          },
        });
        Object.defineProperty(window, 'indexedDB', { value: undefined });
      });
    });
    await shop.page.context().setOffline(true);
    await shop.write(scene.say('还有一个问题', 'One more question'));
    await shop.text(/浏览器禁用了存储|Your browser blocks storage/);
  },
  { allow: /ERR_INTERNET_DISCONNECTED/ },
);
