import type { Scene } from '../looks.ts';
import { type Desk, desk, wang } from './desk.ts';

/** Who it is stands beside the conversation, but on a phone in its place. */
const details = async (_: Scene, at: Desk) => {
  await at.press(/^(会话操作|Conversation actions)$/);
  await at.page.getByRole('menuitem').last().click();
};

desk.look(
  'actions',
  async (scene, at) => {
    await at.talk(scene, 'c1', wang);
  },
  { phone: (_, at) => at.press(/^(会话操作|Conversation actions)$/) },
);

desk.look('customer', (scene, at) => at.talk(scene, 'c2', 'the blue one'), { phone: details });
desk.look(
  'customer-edit',
  async (scene, at) => {
    await at.talk(scene, 'c2', 'the blue one');
    await at.press(/^(编辑资料|Edit)$/, at.card);
    await at.card.getByLabel(/^(年龄|Age)$/).fill('200');
    await at.text(/请填写 0 到|Enter a number/);
  },
  { phone: details },
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
  { phone: details },
);
desk.look(
  'tags',
  async (scene, at) => {
    await at.talk(scene, 'c1', wang);
    await at.press(/^(添加标签|Add tag)$/);
    await at.page.getByRole('listbox').or(at.page.getByRole('combobox')).first().waitFor();
  },
  {
    phone: async (scene, at) => {
      await details(scene, at);
      await at.press(/^(添加标签|Add tag)$/);
    },
  },
);
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
desk.look('talk-snooze-wrong', async (scene, at) => {
  await at.talk(scene, 'c1', wang);
  await at.keys('z');
  await at.dialog.getByRole('textbox').fill('2026-02-30 09:00');
  await at.press(/^(搁置|Snooze)$/, at.dialog);
  await at.text(/今后 90 天|next 90 days/);
});
desk.look('remove', async (scene, at) => {
  await at.talk(scene, 'c2', 'WINTER15');
  await at.page
    .locator('[data-key]', { hasText: 'WINTER15' })
    .getByRole('button', { name: /^(移除|Remove)/ })
    .press('Enter');
  await at.dialog.waitFor();
});
