import type { Scene } from '../looks.ts';
import { type Desk, desk } from './desk.ts';

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
