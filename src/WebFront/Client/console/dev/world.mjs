// Made-up conversations for the stand-in server.
const minute = 60_000;

export function makeWorld() {
  const me = { id: 'a1', name: '林晓' };
  const colleague = { id: 'a2', name: 'Daniel Weber' };
  const queues = [
    { id: 'default', name: '售前咨询', waiting: 2, agentsOnline: 3, offers: false, revision: 4 },
    { id: 'after-sales', name: '售后服务', waiting: 1, agentsOnline: 1, offers: true, revision: 1 },
  ];
  const sites = [
    { key: 'demo', name: 'Demo', queueId: 'default', greeting: { 'zh-CN': '您好', en: 'Hello' }, origins: [] },
    { key: 'shop', name: 'Shop', queueId: 'after-sales', greeting: {}, origins: ['https://shop.example'], revision: 3 },
  ];
  const conversations = new Map();
  const world = {
    me,
    queues,
    sites,
    conversations,
    status: 'online',
    inboxVersion: 1,
    push: () => {},
    drafts: new Map(),
  };
  const shared = (id, body, scope = 'all') => ({
    id,
    scope,
    revision: 1,
    updatedBy: '林晓',
    updatedAt: new Date().toISOString(),
    body,
  });
  world.library = {
    replies: [
      shared('r1', {
        shortcut: 'hi',
        title: '问候',
        texts: {
          'zh-CN': '您好，{{visitor.name}}，我是{{agent.name}}，请问有什么可以帮您？',
          en: 'Hello {{visitor.name}}, this is {{agent.name}}. How can I help?',
        },
      }),
      shared(
        'r2',
        {
          shortcut: '退款',
          title: '退款流程',
          texts: { 'zh-CN': '退款会在 1 到 3 个工作日内原路退回，到账后您会收到短信。' },
        },
        'queue:after-sales',
      ),
      shared(
        'r3',
        {
          shortcut: 'thanks',
          title: 'Thanks',
          texts: { 'zh-CN': '感谢您的耐心等待。', en: 'Thank you for your patience.' },
        },
        'agent:a1',
      ),
    ],
    macros: [
      shared('m1', {
        title: '物流已登记',
        actions: [
          { type: 'reply', value: '{{visitor.name}}，已为您登记，明天给您答复。' },
          { type: 'addTag', value: '跟进' },
        ],
      }),
    ],
    views: [
      shared(
        'view1',
        { name: 'VIP 客户', filter: { states: ['waiting', 'offered', 'assigned'], sort: 'activity', tag: 'VIP' } },
        'agent:a1',
      ),
      shared('view2', { name: '售后已结束', filter: { states: ['closed'], sort: 'activity', queue: 'default' } }),
    ],
    reasons: [
      shared('lunch', { status: 'away', names: { 'zh-CN': '午餐', en: 'Lunch' } }),
      shared('training', { status: 'busy', names: { 'zh-CN': '培训', en: 'Training' } }),
    ],
    tags: ['退款', '跟进', '投诉', 'VIP'].map((name, i) => shared(`t${i}`, { name })),
  };

  function add(id, visitor, state, ago, build, more = {}) {
    const started = Date.now() - ago * minute;
    const c = {
      id,
      visitor,
      state,
      events: [],
      read: 0,
      queue: queues[0],
      started,
      enqueued: started,
      locale: 'zh-CN',
      ...more,
    };
    conversations.set(id, c);
    let at = started;
    const write = (type, fields = {}, gap = 0.6) => {
      c.events.push({ sequence: c.events.length + 1, at: new Date(at).toISOString(), type, ...fields });
      at += gap * minute;
    };
    write('started', { form: more.form });
    write('queued', { queue: c.queue });
    build(write);
    return c;
  }

  const v = (name, id = name) => ({ kind: 'visitor', id: `v-${id}`, name });
  const says = (write, author, text, gap) =>
    write('messagePosted', { messageId: `m${text}`, author, text, attachments: [] }, gap);
  const mine = { kind: 'agent', ...me };

  const wang = v('王芳');
  add(
    'c1',
    wang,
    'assigned',
    26,
    (w) => {
      says(w, wang, '您好，我昨天下的订单显示已发货，但物流一直没有更新，能帮我查一下吗？');
      w('assigned', { agent: me });
      says(w, mine, '您好，王女士，我是客服林晓。请稍等，我马上为您查询。');
      says(w, wang, '好的，订单号是 2024-1187-3302。');
      w('noteAdded', { messageId: 'n1', author: mine, text: '老客户，上个月投诉过一次物流，优先处理。' });
      says(w, mine, '查到了：包裹昨晚到达上海转运中心，因天气原因今天上午才发出。');
      says(w, mine, '预计明天下午送达。给您带来不便，非常抱歉。');
      says(w, wang, '明白了，那明天如果还没到怎么办？');
      says(w, wang, '我这边比较着急用。');
    },
    { tags: ['VIP', '物流'], form: { 姓名: '王芳', 电话: '138 0013 8000', 问题类型: '物流' }, agent: me },
  );

  const emma = v('Emma Clarke');
  add(
    'c2',
    emma,
    'assigned',
    12,
    (w) => {
      says(
        w,
        emma,
        'Hi! The promo code WINTER15 is refused at checkout, though the mail says it is good until Sunday.',
      );
      w('assigned', { agent: colleague });
      says(w, { kind: 'agent', ...colleague }, 'Hello Emma, let me look at your basket.');
      w('transferred', {
        agent: me,
        author: { kind: 'agent', ...colleague },
        note: 'Code is for registered customers only; needs a manual discount.',
      });
      says(w, emma, 'Thanks, I will wait.\nIt is for the blue one, size M.');
    },
    {
      locale: 'en-GB',
      agent: me,
      form: { 'signed.id': 'u-20417', 'signed.email': 'emma@shop.example', topic: 'Checkout', basket: 'B-17' },
    },
  );

  const offered = v('');
  add(
    'c3',
    offered,
    'offered',
    2,
    (w) => {
      says(w, offered, '请问可以开增值税专用发票吗？');
      w('offered', { agent: me });
    },
    { agent: me, queue: queues[1], offerExpiresAt: new Date(Date.now() + 95_000).toISOString() },
  );

  const long = v('陈建国');
  add(
    'c4',
    long,
    'assigned',
    60 * 40,
    (w) => {
      w('assigned', { agent: me });
      for (let i = 1; i <= 700; i++) says(w, i % 3 === 0 ? mine : long, `第 ${i} 条：关于设备保养记录的往来消息。`, 3);
      says(w, mine, '好的，已经为您登记。');
    },
    { agent: me },
  );

  for (const [i, text] of [
    '想了解一下年费会员的权益',
    'Is the store open on public holidays?',
    '退款多久到账？',
  ].entries()) {
    const who = v(['赵敏', 'Oliver Brandt', ''][i], `w${i}`);
    add(`w${i}`, who, 'waiting', 9 - 3 * i, (w) => says(w, who, text), { queue: queues[i % 2] });
  }
  for (let i = 0; i < 90; i++) {
    const who = v(i % 4 ? `客户 ${i}` : '', `d${i}`);
    add(
      `d${i}`,
      who,
      'closed',
      120 + i * 37,
      (w) => {
        says(w, who, '谢谢，没有其他问题了。');
        w('assigned', { agent: i % 2 ? me : colleague });
        w('closed', { by: 'agent', author: mine, reason: '已解决' });
        if (i % 3 === 0) w('rated', { score: (i % 5) + 1, comment: i % 2 ? '' : '回复很快' });
      },
      { agent: i % 2 ? me : colleague, rating: i % 3 === 0 ? (i % 5) + 1 : null },
    );
  }
  add(
    'k1',
    v('周琳'),
    'assigned',
    33,
    (w) => {
      says(w, v('周琳'), '请问保修期是多久？');
      w('assigned', { agent: colleague });
    },
    { agent: colleague },
  );

  const view = (c) => {
    const last = c.events.findLast((e) => e.type === 'messagePosted');
    return {
      conversationId: c.id,
      state: c.state,
      head: c.events.length,
      queue: { id: c.queue.id, name: c.queue.name },
      agent: c.agent ?? null,
      visitor: c.visitor,
      siteKey: c.siteKey ?? 'demo',
      priority: c.priority ?? null,
      locale: c.locale,
      startedAt: new Date(c.started).toISOString(),
      enqueuedAt: new Date(c.enqueued).toISOString(),
      closedAt: c.state === 'closed' ? c.events.findLast((e) => e.type === 'closed')?.at : null,
      preview: last?.text.slice(0, 120) ?? '',
      lastMessageAt: last?.at ?? null,
      lastAuthorKind: last?.author.kind ?? '',
      readUpTo: c.read,
      offerExpiresAt: c.offerExpiresAt ?? null,
      rating: c.rating ?? null,
      tags: c.tags ?? [],
      snoozedUntil: c.state === 'snoozed' ? c.snoozedUntil : null,
    };
  };
  world.rows = () =>
    [...conversations.values()].map(view).sort((a, b) => ((a.lastMessageAt ?? '') < (b.lastMessageAt ?? '') ? 1 : -1));
  const orders = {
    activity: (a, b) => ((a.lastMessageAt ?? a.startedAt) < (b.lastMessageAt ?? b.startedAt) ? 1 : -1),
    waiting: (a, b) => (a.enqueuedAt < b.enqueuedAt ? -1 : 1),
    priority: (a, b) => (b.priority ?? 0) - (a.priority ?? 0) || orders.waiting(a, b),
  };
  world.list = (query) => {
    const states = (query.get('state') ?? '').split(',');
    const is = (name, value) => !query.has(name) || query.get(name) === value;
    return [...conversations.values()]
      .filter((c) => states[0] === '' || states.includes(c.state))
      .map(view)
      .filter(
        (row) =>
          is('visitor', row.visitor.id) &&
          is('queue', row.queue.id) &&
          is('agent', row.agent?.id) &&
          is('site', row.siteKey),
      )
      .filter((row) => !query.has('tag') || row.tags.includes(query.get('tag')))
      .sort(orders[query.get('sort') ?? 'activity']);
  };
  world.counts = () =>
    queues.map(({ id }) => {
      const of = (state) => [...conversations.values()].filter((c) => c.queue.id === id && c.state === state).length;
      return { id, waiting: of('waiting'), offered: of('offered'), assigned: of('assigned'), snoozed: of('snoozed') };
    });
  world.bulk = ({ conversationIds, action, ...more }) =>
    conversationIds.map((conversationId) => {
      const methods = { close: 'Close', accept: 'Accept', transfer: 'Transfer', snooze: 'Snooze', tag: 'Tag' };
      const c = conversations.get(conversationId);
      if (c.state === 'closed' && action !== 'tag') return { conversationId, code: 'Closed' };
      const { error } = world.call(methods[action], { conversationId, add: [], remove: [], ...more });
      return { conversationId, ...(error ? { code: error.code } : {}) };
    });
  /** Many that wait, for lists of thousands. */
  world.crowd = (count) => {
    for (let i = 0; i < count; i++) {
      const who = v(`访客 ${i}`, `many${i}`);
      add(`many${i}`, who, 'waiting', 10 + i / 10, (w) => says(w, who, `第 ${i} 位在等`), {
        queue: queues[i % 2],
        priority: i % 7 === 0 ? 1 : null,
        tags: i % 5 === 0 ? ['VIP'] : [],
      });
    }
    world.pushLists?.();
  };
  /** A visitor comes, and waits. */
  world.arrive = (name) => {
    const who = v(name, `new-${name}`);
    const c = add(`n-${name}`, who, 'waiting', 0, (w) => says(w, who, '你好，请问有人吗？'));
    world.pushLists();
    return c;
  };
  /** Several at once, as the server tells what came between two pushes. */
  world.saysAll = (id, texts) => {
    const c = conversations.get(id);
    const events = texts.map((text, i) => {
      const sequence = c.events.length + 1 + i;
      return {
        sequence,
        at: new Date().toISOString(),
        type: 'messagePosted',
        messageId: `s${sequence}`,
        author: c.visitor,
        text,
        attachments: [],
      };
    });
    c.events.push(...events);
    world.push('Events', { conversationId: id, events, head: c.events.length });
    world.push('InboxChanged', { version: world.inboxVersion, change: 'changed', conversation: view(c) });
    world.pushLists();
  };
  world.says = (id, text) => {
    const c = conversations.get(id);
    return happen(
      c,
      'messagePosted',
      { messageId: `s${c.events.length}`, author: c.visitor, text, attachments: [] },
      'changed',
    );
  };
  world.search = (q) => {
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    return world.rows().flatMap((row) =>
      conversations
        .get(row.conversationId)
        .events.filter((e) => e.text && words.length > 0 && words.every((word) => e.text.toLowerCase().includes(word)))
        .slice(-5)
        .map((e) => ({
          conversation: row,
          sequence: e.sequence,
          at: e.at,
          type: e.type,
          author: e.author,
          snippet: e.text.slice(0, 160),
          cutBefore: false,
          cutAfter: e.text.length > 160,
          highlights: words
            .map((word) => ({ start: e.text.toLowerCase().indexOf(word), length: word.length }))
            .sort((a, b) => a.start - b.start),
        })),
    );
  };
  const held = () =>
    world.rows().filter((row) => row.agent?.id === me.id && ['offered', 'assigned'].includes(row.state));
  const wrapUps = new Map();
  world.wrapUpSeconds = 0;
  world.wrapUps = () => {
    for (const [id, { endsAtMs }] of wrapUps) if (endsAtMs <= Date.now()) wrapUps.delete(id);
    return [...wrapUps].map(([id, { conversationId, endsAtMs }]) => ({
      id,
      conversationId,
      endsAt: new Date(endsAtMs).toISOString(),
      secondsLeft: Math.ceil((endsAtMs - Date.now()) / 1_000),
    }));
  };
  world.endWrapUp = (id) => void wrapUps.delete(id);
  world.agents = () => [
    {
      agentId: me.id,
      name: me.name,
      status: world.status,
      online: true,
      load: held().length + wrapUps.size,
      wrapUps: wrapUps.size || undefined,
      capacity: 6,
      queues: ['default', 'after-sales'],
      roles: ['administrator'],
      email: 'lin@example.com',
      disabled: false,
    },
    {
      agentId: colleague.id,
      name: colleague.name,
      status: 'online',
      online: true,
      load: 1,
      capacity: 4,
      queues: ['default'],
      roles: ['agent'],
      email: 'daniel@example.com',
      disabled: false,
    },
    {
      agentId: 'a3',
      name: '孙悦',
      status: 'busy',
      online: true,
      load: 4,
      capacity: 4,
      queues: ['default'],
      roles: ['supervisor'],
      email: 'sun@example.com',
      disabled: false,
    },
    {
      agentId: 'a4',
      name: 'Maria Rossi',
      status: 'offline',
      online: false,
      load: 0,
      capacity: 4,
      queues: ['after-sales'],
      roles: ['agent'],
      email: 'maria@example.com',
      disabled: true,
    },
  ];

  function happen(c, type, fields, change) {
    const event = { sequence: c.events.length + 1, at: new Date().toISOString(), type, ...fields };
    c.events.push(event);
    Object.assign(c, fields.state ? {} : {});
    world.push('Events', { conversationId: c.id, events: [event], head: c.events.length });
    const isMine = c.agent?.id === me.id || change === 'removed';
    if (isMine && change !== 'changed') world.inboxVersion += 1;
    if (isMine) world.push('InboxChanged', { version: world.inboxVersion, change, conversation: view(c) });
    world.pushLists?.();
    return { error: null, sequence: event.sequence, at: event.at };
  }
  world.happen = happen;
  world.say = (id) => {
    const c = conversations.get(id);
    happen(
      c,
      'messagePosted',
      { messageId: `said${c.events.length}`, author: c.visitor, text: 'Are you still there?', attachments: [] },
      'changed',
    );
  };

  function visitorAnswers(c) {
    setTimeout(
      () => world.push('Signal', { conversationId: c.id, type: 'read', by: c.visitor, upTo: c.events.length }),
      900,
    );
    setTimeout(() => world.push('Signal', { conversationId: c.id, type: 'typing', by: c.visitor }), 1500);
    setTimeout(
      () =>
        happen(
          c,
          'messagePosted',
          { messageId: 'x', author: c.visitor, text: '好的，谢谢您！', attachments: [] },
          'changed',
        ),
      4500,
    );
  }

  const cards = new Map();
  world.card = (c) => {
    if (!cards.has(c.id)) {
      const page = (path, title, minutes) => ({
        url: `https://shop.example${path}`,
        title,
        at: new Date(Date.now() - minutes * 60_000).toISOString(),
      });
      const pages = [
        page('/', 'Lamps and more', 9),
        page('/lamps/17', 'Desk lamp “Nord”, blue', 6),
        page('/checkout', 'Checkout', 3),
      ];
      cards.set(c.id, { blocked: false, fields: { tier: 'gold' }, revision: 1, pages });
    }
    return cards.get(c.id);
  };
  world.customerFields = [
    { key: 'company', kind: 'text', label: { en: 'Company', 'zh-CN': '公司' }, options: [], max: 40 },
    { key: 'tier', kind: 'choice', label: { en: 'Tier', 'zh-CN': '等级' }, options: ['gold', 'silver'] },
    { key: 'age', kind: 'number', label: { en: 'Age', 'zh-CN': '年龄' }, options: [], min: 0, max: 150 },
  ];

  world.form = [
    { key: 'topic', type: 'text', required: false, label: { en: 'What is it about?', 'zh-CN': '想咨询什么？' } },
  ];

  const refuse = (code, more = {}) => ({ error: { code, message: code, ...more } });
  world.call = (method, a) => {
    const c = conversations.get(a.conversationId);
    switch (method) {
      case 'Inbox':
        return { error: null, version: world.inboxVersion, conversations: held() };
      case 'Subscribe': {
        if (!c) return refuse('NotFound');
        const missing = c.events.length - a.after;
        const recovered = missing <= 200;
        return {
          error: null,
          recovered,
          events: recovered ? c.events.slice(a.after) : c.events.slice(-50),
          head: c.events.length,
        };
      }
      case 'SendMessage':
        if (a.text.includes('refuse')) return refuse('Closed');
        visitorAnswers(c);
        return happen(
          c,
          'messagePosted',
          {
            messageId: a.clientMessageId,
            clientMessageId: a.clientMessageId,
            author: mine,
            text: a.text,
            attachments: [],
            replyTo: a.replyTo,
          },
          'changed',
        );
      case 'AddNote':
        return happen(
          c,
          'noteAdded',
          { messageId: a.clientMessageId, clientMessageId: a.clientMessageId, author: mine, text: a.text },
          'changed',
        );
      case 'EditMessage': {
        const posted = c.events[a.sequence - 1];
        if (a.text.includes('too late')) return refuse('Conflict');
        return happen(
          c,
          posted.type === 'noteAdded' ? 'noteEdited' : 'messageEdited',
          { messageId: posted.messageId, author: mine, text: a.text },
          'changed',
        );
      }
      case 'RedactMessage': {
        const posted = c.events[a.sequence - 1];
        Object.assign(posted, { text: '', attachments: [], redacted: true });
        return happen(
          c,
          posted.type === 'noteAdded' ? 'noteRedacted' : 'messageRedacted',
          { messageId: posted.messageId, author: mine },
          'changed',
        );
      }
      case 'Accept':
        Object.assign(c, { state: 'assigned', agent: me });
        return happen(c, 'assigned', { agent: me }, 'added');
      case 'Decline':
        Object.assign(c, { state: 'waiting', agent: null });
        return happen(c, 'declined', { agent: me }, 'removed');
      case 'Transfer':
        if (a.toAgent === 'a2' && a.note === 'full') return refuse('Conflict');
        Object.assign(c, a.toAgent ? { agent: colleague } : { agent: null, state: 'waiting' });
        return happen(
          c,
          'transferred',
          {
            author: mine,
            note: a.note,
            ...(a.toAgent ? { agent: colleague } : { queue: queues.find((q) => q.id === a.toQueue) }),
          },
          'removed',
        );
      case 'Close':
        c.state = 'closed';
        if (world.wrapUpSeconds > 0) {
          const endsAtMs = Date.now() + world.wrapUpSeconds * 1_000;
          wrapUps.set(`wrap-${c.id}`, { conversationId: c.id, endsAtMs });
        }
        return happen(c, 'closed', { by: 'agent', author: mine, reason: a.reason }, 'removed');
      case 'Reopen':
        if (c.id === 'd3') return refuse('Conflict', { conversationId: 'c1' });
        Object.assign(c, { state: 'assigned', agent: me });
        return happen(c, 'reopened', { by: 'agent', author: mine, agent: me }, 'added');
      case 'Snooze':
        Object.assign(c, { state: 'snoozed', snoozedUntil: a.until });
        return happen(c, 'snoozed', { author: mine, agent: me, until: a.until }, 'removed');
      case 'Visitor':
        return c ? { error: null, visitor: world.card(c) } : refuse('NotFound');
      case 'BlockVisitor':
        world.card(c).blocked = a.blocked;
        happen(c, a.blocked ? 'visitorBlocked' : 'visitorUnblocked', { author: mine, reason: a.reason }, 'changed');
        return { error: null, visitor: { ...world.card(c) } };
      case 'SetVisitorFields': {
        const card = world.card(c);
        if (card.revision !== a.revision) return refuse('Conflict');
        Object.assign(card, { fields: { ...card.fields, ...a.values }, revision: card.revision + 1 });
        return { error: null, visitor: { ...card } };
      }
      case 'Tag':
        c.tags = [...new Set([...(c.tags ?? []).filter((tag) => !a.remove.includes(tag)), ...a.add])].sort();
        return happen(c, 'tagged', { author: mine, added: a.add, removed: a.remove }, 'changed');
      case 'MarkRead':
        c.read = Math.max(c.read, a.upTo);
        return { error: null };
      case 'SetStatus':
        world.status = a.status;
        world.reason = a.reason ?? null;
        return { error: null };
      default:
        return { error: null };
    }
  };
  return world;
}
