// The menu, the end, and what comes after it.
import type { Scene } from '../looks.ts';
import { type Shop, widget } from './shop.ts';

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
