// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ConsolePage, canShowConsole } from './consolePage.ts';

describe.skipIf(!canShowConsole)('wrapping up in the console', () => {
  const desk = new ConsolePage('wrap-up');
  const bar = (name: string) => desk.page.getByRole('region', { name, exact: true });
  const seconds = async (name: string) => {
    const [minutes, rest] = ((await bar(name).locator('[data-left]').textContent()) ?? '').split(':').map(Number);
    return (minutes ?? 0) * 60 + (rest ?? 0);
  };

  it('counts down after a close, survives a reload, and is ended by hand', async () => {
    await desk.enter(1440, 'en-US');
    const { world } = desk.server;
    world.wrapUpSeconds = 600;
    world.call('Close', { conversationId: 'c1' });
    await bar('Wrap-up').getByText('王芳').waitFor();
    const first = await seconds('Wrap-up');
    expect(first).toBeGreaterThan(500);
    expect(first).toBeLessThanOrEqual(600);
    await desk.page.waitForFunction(
      (before) => {
        const [minutes, rest] = (document.querySelector('[data-left]')?.textContent ?? '').split(':').map(Number);
        return (minutes ?? 0) * 60 + (rest ?? 0) < before;
      },
      first,
      { timeout: 60_000 },
    );
    await desk.accessible('running');
    await desk.page.reload();
    await bar('Wrap-up').getByText('王芳').waitFor();
    expect(await seconds('Wrap-up')).toBeLessThanOrEqual(first);
    // Who looks at the people sees that this place is taken by no conversation.
    await desk.page.goto(`${desk.server.url}/console/#/admin/agents`);
    await desk.page.getByText('1 in wrap-up').waitFor();
    await desk.page.getByRole('button', { name: 'Finish wrapping up 王芳' }).click();
    await bar('Wrap-up').waitFor({ state: 'detached' });
    expect(world.wrapUps()).toEqual([]);
    expect(desk.complaints).toEqual([]);
  }, 120_000);

  it('goes by itself when its time is over, and a queue is given its time in Chinese', async () => {
    await desk.enter(390, 'zh-CN');
    const { world } = desk.server;
    world.wrapUpSeconds = 3;
    world.call('Close', { conversationId: 'c1' });
    await bar('话后处理').getByRole('button', { name: '处理完成：王芳' }).waitFor();
    await desk.accessible('narrow');
    await bar('话后处理').waitFor({ state: 'detached', timeout: 60_000 });
    await desk.page.goto(`${desk.server.url}/console/#/admin/queues`);
    await desk.page.getByRole('button', { name: '编辑: 售前咨询' }).click();
    await desk.page.getByLabel(/^话后处理时间/).fill('3601');
    await desk.page.getByRole('button', { name: '保存' }).click();
    await desk.page.getByText('请输入 0 到 3,600 之间的整数。').waitFor();
    await desk.page.getByLabel(/^话后处理时间/).fill('45');
    await desk.page.getByRole('button', { name: '保存' }).click();
    await desk.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(world.queues.find((queue) => queue.id === 'default')?.wrapUpSeconds).toBe(45);
    expect(desk.complaints).toEqual([]);
  }, 120_000);
});
