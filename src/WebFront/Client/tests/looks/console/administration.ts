import { type Desk, desk } from './desk.ts';

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
const save = /^(保存|Save)$/;
/** What is worth a look only once it is filled in, wrongly. */
const filled: Record<number, (at: Desk) => Promise<unknown>> = {
  2: async (at) => {
    await at.dialog.getByRole('switch').click();
    await at.dialog.getByLabel(/^(周一|Mon)/).fill('9-18');
  },
  3: async (at) => {
    await at.press(/^(添加问题|Add a question)$/, at.dialog);
    await at.press(save, at.dialog);
    await at.text(/每个问题|Every question/);
  },
  5: async (at) => {
    await at.press(/^(添加邀请|Add an invitation)$/, at.dialog);
    await at.press(save, at.dialog);
    await at.text(/每条邀请|Every invitation/);
  },
};
for (let section = 0; section < 8; section++) {
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
    await at.dialog.getByRole('tab').nth(section).click();
    await filled[section]?.(at);
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
  await at.press(save, at.dialog);
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
desk.look(
  'components',
  async (scene, at) => {
    await at.enter(scene, 'design');
    await at.page.getByRole('heading', { level: 1 }).last().waitFor();
  },
  // It calls them by their names in the code.
  { meant: /^language: / },
);
