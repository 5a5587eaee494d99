import type { Locator, Page } from 'playwright-core';
import { serve } from '../../console/dev/fake.mjs';
import { type Locale, Looks, type Scene, type Stage } from './looks.ts';

class Desk implements Stage {
  readonly server: Awaited<ReturnType<typeof serve>>;
  page!: Page;
  readonly more: unknown[] = [];

  constructor(server: Awaited<ReturnType<typeof serve>>) {
    this.server = server;
  }
  get url() {
    return this.server.url;
  }
  get world() {
    return this.server.world;
  }
  data() {
    const { conversations, library, queues, sites, customerFields, agents, me } = this.world as unknown as Record<
      string,
      unknown
    > & { agents(): unknown };
    const cards = [...this.world.conversations.values()].map((each) => this.world.card(each));
    return [conversations, library, queues, sites, customerFields, agents(), me, cards, this.more];
  }
  frame = (page: Page) => page.mainFrame();
  close = () => this.server.close();

  async front({ page }: Scene) {
    this.page = page;
    await page.goto(`${this.url}/console/`);
    await page.getByLabel(/^(邮箱|Email)$/).waitFor();
  }
  /** Signed in by the cookie, at a place. */
  async enter({ page }: Scene, place = '') {
    this.page = page;
    const body = JSON.stringify({ email: 'lin@example.com', password: 'demo' });
    await fetch(`${this.url}/api/v1/agent-sessions`, { method: 'POST', body });
    await page.goto(`${this.url}/console/#/${place}`);
    await page.getByRole('navigation').first().waitFor({ state: 'attached' });
    if (place === '') await this.row('王芳').waitFor();
  }
  async talk(scene: Scene, id: string, last: string | RegExp) {
    await this.enter(scene, `c/${id}`);
    await this.log.getByText(last).first().waitFor();
  }
  get list() {
    return this.page.locator('[data-list]');
  }
  row = (name: string) => this.list.getByRole('button', { name }).first();
  get log() {
    return this.page.getByRole('log');
  }
  get dialog() {
    return this.page.getByRole('dialog').last();
  }
  get card() {
    return this.page.getByRole('complementary').last();
  }
  button = (name: RegExp | string, within: Page | Locator = this.page) => within.getByRole('button', { name }).first();
  press = (name: RegExp | string, within: Page | Locator = this.page) => this.button(name, within).click();
  text = (text: string | RegExp) => this.page.getByText(text).first().waitFor();
  tab = (name: RegExp) => this.page.getByRole('tab', { name }).first().click();
  async keys(...keys: string[]) {
    await this.page
      .locator('#compose-text')
      .evaluate((area: HTMLElement) => area.blur())
      .catch(() => {});
    for (const key of keys) await this.page.keyboard.press(key);
  }
}

const desk = new Looks<Desk>('console', async (_: Locale) => new Desk(await serve(0)));
const wang = /我这边比较着急用/;

// Signing in.
desk.look('sign-in', (scene, at) => at.front(scene));
desk.look('sign-in-wrong', async (scene, at) => {
  await at.front(scene);
  await at.page.getByLabel(/^(邮箱|Email)$/).fill('lin@example.com');
  at.more.push('lin@example.com');
  await at.page.getByLabel(/^(密码|Password)$/).fill('wrong');
  await at.page.keyboard.press('Enter');
  await at.text(/邮箱或密码不正确|is not right/);
});

// Lists.
desk.look('list', (scene, at) => at.enter(scene));
desk.look('list-empty', async (scene, at) => {
  for (const each of at.world.conversations.values()) if (each.state !== 'closed') each.state = 'closed';
  await at.enter(scene, 'search/');
  await at.page.goto(`${at.url}/console/#/`);
  await at.text(/目前没有会话|No conversations|nothing/i);
});
desk.look('list-many', async (scene, at) => {
  at.world.crowd(300);
  await at.enter(scene);
  await at.tab(/^(等待中|Waiting)/);
  await at.row('访客 299').waitFor();
});
desk.look('list-all', async (scene, at) => {
  await at.enter(scene);
  await at.tab(/^(全部|All)/);
  await at.row('周琳').waitFor();
});
desk.look('views', async (scene, at) => {
  await at.enter(scene);
  await at.press(/^(视图|Views)/);
  await at.page.getByRole('menuitemradio', { name: 'VIP' }).waitFor();
});
desk.look('filter', async (scene, at) => {
  await at.enter(scene);
  await at.tab(/^(全部|All)/);
  await at.press(/^(筛选|Filter)/);
  await at.dialog.getByRole('button', { name: /^(应用|Apply)$/ }).waitFor();
});
desk.look('view-save', async (scene, at) => {
  await at.enter(scene);
  await at.tab(/^(全部|All)/);
  await at.press(/^(视图|Views)/);
  await at.page.getByRole('menuitem').first().click();
  await at.dialog.waitFor();
});
const chosen = async (scene: Scene, at: Desk) => {
  await at.enter(scene);
  await at.tab(/^(等待中|Waiting)/);
  await at.row('赵敏').waitFor();
  await at.press(/^(选择多个会话|Select several)/);
  await at.press(/^(全选|Select all)$/);
  await at.text(/^(已选 3 个|3 selected)$/);
};
desk.look('chosen', chosen);
for (const [name, button] of [
  ['close', /^(结束|Close)$/],
  ['assign', /^(分配|Assign)$/],
  ['snooze', /^(搁置|Snooze)$/],
  ['tag', /^(标签|Tags?)$/],
] as const) {
  desk.look(`chosen-${name}`, async (scene, at) => {
    await chosen(scene, at);
    await at.press(button, at.page.getByRole('toolbar').last());
    await at.dialog.waitFor();
  });
}
desk.look('chosen-refused', async (scene, at) => {
  await chosen(scene, at);
  await at.press(/^(结束|Close)$/, at.page.getByRole('toolbar').last());
  await at.dialog.waitFor();
  const taken = at.world.conversations.get('w1');
  if (taken) taken.state = 'closed';
  await at.press(/^(结束 3|Close 3)/, at.dialog);
  await at.text(/未执行：|refused:/);
});

// A conversation.
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
  await at.talk(scene, 'c1', wang);
  await at.page.locator('#compose-text').click();
  await at.page.keyboard.press('ArrowUp');
  await at.text(/正在编辑消息|Editing a message/);
});
desk.look('too-long', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.page.locator('#compose-text').fill('字'.repeat(4012));
  at.more.push('字'.repeat(4012));
  await at.text(/超出 12|12 too/);
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
desk.look(
  'actions',
  async (scene, at) => {
    await at.talk(scene, 'c1', wang);
  },
  { phone: (_, at) => at.press(/^(会话操作|Conversation actions)$/) },
);

// Who it is.
desk.look('customer', (scene, at) => at.talk(scene, 'c2', 'the blue one'), {
  phone: async (_, at) => {
    await at.press(/^(会话操作|Conversation actions)$/);
    await at.page.getByRole('menuitem').last().click();
  },
});
desk.look(
  'customer-edit',
  async (scene, at) => {
    await at.talk(scene, 'c2', 'the blue one');
    await at.press(/^(编辑资料|Edit)$/, at.card);
    await at.card.getByLabel(/^(年龄|Age)$/).fill('200');
    await at.text(/请填写有效的内容|Not a value/);
  },
  {
    phone: async (_, at) => {
      await at.press(/^(会话操作|Conversation actions)$/);
      await at.page.getByRole('menuitem').last().click();
    },
  },
);
desk.look('customer-block', async (scene, at) => {
  await at.talk(scene, 'c2', 'the blue one');
  await at.press(/^(屏蔽访客|Block visitor)$/, at.card);
  await at.dialog.waitFor();
});
desk.look(
  'customer-blocked',
  async (scene, at) => {
    at.world.card(at.world.conversations.get('c2')).blocked = true;
    await at.talk(scene, 'c2', 'the blue one');
    await at.text(/已屏蔽|Blocked/);
  },
  {
    phone: async (_, at) => {
      await at.press(/^(会话操作|Conversation actions)$/);
      await at.page.getByRole('menuitem').last().click();
    },
  },
);
desk.look('tags', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.press(/^(添加标签|Add tag)$/);
  await at.page.getByRole('listbox').or(at.page.getByRole('combobox')).first().waitFor();
});
for (const [name, key] of [
  ['transfer', 't'],
  ['close', 'e'],
  ['snooze', 'z'],
] as const) {
  desk.look(`talk-${name}`, async (scene, at) => {
    await at.talk(scene, 'c1', wang);
    await at.keys(key);
    await at.dialog.waitFor();
    if (name === 'transfer') await at.dialog.getByText('Daniel Weber').waitFor();
  });
}
desk.look('remove', async (scene, at) => {
  await at.talk(scene, 'c2', 'WINTER15');
  await at.page
    .locator('[data-key]', { hasText: 'WINTER15' })
    .getByRole('button', { name: /^(移除|Remove)/ })
    .press('Enter');
  await at.dialog.waitFor();
});

// The shell.
desk.look('status', async (scene, at) => {
  await at.enter(scene);
  await at.press(/^(我的状态|My status)/);
  await at.page.getByRole('menu').waitFor();
});
desk.look('account', async (scene, at) => {
  await at.enter(scene);
  await at.press(/^(账号与设置|Account)/);
  await at.page.getByRole('menu').waitFor();
});
desk.look('password', async (scene, at) => {
  await at.enter(scene);
  await at.press(/^(账号与设置|Account)/);
  await at.page.getByRole('menuitem', { name: /^(修改密码|Change password)$/ }).click();
  await at.dialog.waitFor();
});
desk.look('wrap-up', async (scene, at) => {
  at.world.wrapUpSeconds = 600;
  at.world.call('Close', { conversationId: 'c1' });
  await at.enter(scene, 'c/c2');
  await at.page.getByRole('region', { name: /^(话后处理|Wrap-up)$/ }).waitFor();
});
desk.look('wrap-up-several', async (scene, at) => {
  at.world.wrapUpSeconds = 600;
  for (const conversationId of ['c1', 'c2', 'c4', 'c3']) at.world.call('Close', { conversationId });
  await at.enter(scene, 'search/');
  await at.page.goto(`${at.url}/console/#/`);
  await at.page.getByRole('region', { name: /^(话后处理|Wrap-up)$/ }).waitFor();
});
desk.look('command', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.keys('Control+k');
  await at.page.getByRole('option').first().waitFor();
});
desk.look('keys', async (scene, at) => {
  await at.enter(scene);
  await at.page.keyboard.press('?');
  await at.dialog.waitFor();
});
desk.look('search', async (scene, at) => {
  await at.enter(scene, 'search/');
  await at.text(/搜索所有会话|Search all/);
});
desk.look('search-found', async (scene, at) => {
  await at.enter(scene, `search/${encodeURIComponent('的')}`);
  await at.page.locator('mark').first().waitFor();
});
desk.look('search-none', async (scene, at) => {
  await at.enter(scene, 'search/nothing');
  at.more.push('nothing');
  await at.text(/没有找到|Nothing found/);
});
desk.look(
  'reconnecting',
  async (scene, at) => {
    await at.talk(scene, 'c1', wang);
    await at.page.route('**/api/v1/**', (route) => route.abort());
    await at.page.routeWebSocket(/hubs/, () => {});
    at.server.cut();
    await at.text(/连接中断，|Connection lost, /);
  },
  { allow: /ERR_|WebSocket|Failed/ },
);
desk.look(
  'offline',
  async (scene, at) => {
    await at.talk(scene, 'c1', wang);
    await at.page.context().setOffline(true);
    at.server.cut();
    await at.text(/您的设备已离线|This device is offline/);
  },
  { allow: /ERR_|WebSocket|Failed/ },
);
desk.look('maintenance', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  const words = {
    'zh-CN': '系统升级，期间可能短暂断开。',
    en: 'We update the system; the line may drop for a moment.',
  };
  at.world.push('Signal', {
    conversationId: '',
    type: 'maintenance',
    startsAt: new Date(Date.now() + 3_600_000).toISOString(),
    minutes: 20,
    text: words,
  });
  await at.text(words[scene.locale]);
});

// Administration.
const edit = (name: string) => new RegExp(`^(编辑|Edit): ${name}`);
desk.look('agents', async (scene, at) => {
  await at.enter(scene, 'admin/agents');
  await at.text('Maria Rossi');
});
desk.look('agent', async (scene, at) => {
  await at.enter(scene, 'admin/agents');
  await at.press(edit('Daniel'));
  await at.dialog.waitFor();
});
desk.look('agent-new', async (scene, at) => {
  await at.enter(scene, 'admin/agents');
  await at.press(/^(新建人员|New)/);
  await at.press(/^(保存|Save|创建|Create)$/, at.dialog);
  await at.text(/不能为空|not be empty/);
});
desk.look('queues', async (scene, at) => {
  await at.enter(scene, 'admin/queues');
  await at.text('售前咨询');
});
desk.look('queue', async (scene, at) => {
  await at.enter(scene, 'admin/queues');
  await at.press(edit('售后服务'));
  await at.dialog.waitFor();
});
desk.look('sites', async (scene, at) => {
  await at.enter(scene, 'admin/sites');
  await at.text('Shop');
});
for (let section = 0; section < 9; section++) {
  desk.look(`site-${section + 1}`, async (scene, at) => {
    const shop = at.world.sites.find((each) => each.key === 'shop');
    Object.assign(shop ?? {}, {
      customerFields: [
        { key: 'tier', kind: 'choice', label: { en: 'Tier', 'zh-CN': '等级' }, options: ['gold', 'silver'] },
      ],
      identityRolledAt: new Date().toISOString(),
    });
    await at.enter(scene, 'admin/sites');
    await at.press(edit('Shop'));
    const tabs = at.dialog.getByRole('tab');
    if (section >= (await tabs.count())) return;
    await tabs.nth(section).click();
  });
}
desk.look('system', async (scene, at) => {
  await at.enter(scene, 'admin/system');
  await at.text('ConversationGrain');
  at.more.push('ConversationGrain AgentGrain conversation/01J9Z3 0004-tags-and-snooze');
});
desk.look('maintenance-form', async (scene, at) => {
  await at.enter(scene, 'admin/system');
  at.more.push('ConversationGrain AgentGrain conversation/01J9Z3 0004-tags-and-snooze');
  await at.press(/^(预告维护|Announce)/);
  await at.press(/^(保存|Save)$/, at.dialog);
  await at.text(/不能为空|not be empty/);
});
for (const tab of ['replies', 'macros', 'tags', 'reasons']) {
  desk.look(`library-${tab}`, async (scene, at) => {
    await at.enter(scene, `library/${tab}`);
    await at.button(/^(编辑|Edit): /).waitFor();
  });
  desk.look(`library-${tab}-edit`, async (scene, at) => {
    await at.enter(scene, `library/${tab}`);
    await at.press(/^(编辑|Edit): /);
    await at.dialog.waitFor();
  });
}
desk.look('components', async (scene, at) => {
  await at.enter(scene, 'design');
  await at.page.getByRole('heading', { level: 1 }).last().waitFor();
});
