import { desk, wang } from './desk.ts';

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
  await at.text(/搜索所有会话|Search every/);
});
desk.look('search-wrong', async (scene, at) => {
  await at.enter(scene, 'search/');
  await at.page.getByLabel(/^(从|From)$/).fill('24.11.2026');
  await at.page.keyboard.press('Enter');
  await at.text(/日期请写成|Write a day/);
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
