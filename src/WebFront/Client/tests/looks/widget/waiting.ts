// After the first message, while nobody has taken it.
import { question, signal, widget } from './shop.ts';

widget.look('waiting', async (scene, shop) => {
  const conversation = await shop.wait(scene);
  shop.server.signal(
    'visitor',
    signal(conversation, { type: 'queue', position: 3, etaSeconds: [120, 300], agentsOnline: 2 }),
  );
  await shop.text(scene.say('前面还有 2 位', '2 people before you'));
});
widget.look('waiting-leave', async (scene, shop) => {
  await shop.wait(scene, { site: { form: [question('email', 'email', false, '邮箱', 'E-mail')] } }, async (page) => {
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
widget.look('nobody-left', async (scene, shop) => {
  await shop.wait(scene, { site: { online: false } });
  await shop.text(scene.say('目前没有客服在线', 'Nobody is online right now'));
});
