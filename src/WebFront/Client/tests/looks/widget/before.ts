// Before the first message: the launcher, what greets, what is asked, and when nobody is there.
import type { Scene } from '../looks.ts';
import { files, question, type Shop, widget } from './shop.ts';

const asks = ({ say }: Scene) => ({
  site: {
    form: [
      question('name', 'text', true, '您的称呼', 'Your name'),
      question('email', 'email', true, '邮箱', 'E-mail'),
      question('phone', 'phone', false, '电话', 'Phone'),
      question('topic', 'choice', false, '问题类型', 'Topic', [say('物流', 'Delivery'), say('退款', 'Refund')]),
      question('more', 'paragraph', false, '请说明情况', 'Tell us more'),
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
const end = (shop: Shop) => shop.w.getByRole('button', { name: /^(开始咨询|Start chat)$/ }).scrollIntoViewIfNeeded();

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
/** Further down than the window is high. */
widget.look(
  'form-end',
  async (scene, shop) => {
    await shop.show(scene, asks(scene));
    await shop.press(/^(开始咨询|Start chat)$/);
    await shop.text(scene.say('请先勾选同意', 'Please agree first'));
    await end(shop);
  },
  { phone: (_, shop) => end(shop) },
);
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
widget.look('nobody', async (scene, shop) => {
  await shop.show(scene, { site: { online: false } });
  await shop.text(scene.say('我们暂时不在线', 'We are away right now'));
});
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
