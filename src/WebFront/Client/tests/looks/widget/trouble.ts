// When something does not work.
import { signal, widget } from './shop.ts';

/** The server does not answer. */
widget.look('connecting', async (scene, shop) => {
  await shop.show(scene, {}, async (page) => {
    await page.route('**/api/v1/visitor-sessions', () => {});
  });
  await shop.write(scene.say('有人吗？', 'Is anybody there?'));
  await shop.log.getByText(scene.say('有人吗？', 'Is anybody there?')).waitFor();
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
