// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ready, Stage } from './widgetStage.ts';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

describe.skipIf(!ready)('the widget on a phone', () => {
  const stage = new Stage();

  it('leaves the keyboard its place: composer, header and the last message stay in sight', async () => {
    await stage.open({}, phone, (page) => page.addInitScript(keyboard));
    const conversation = await stage.begin();
    stage.server.assign(conversation);
    for (let i = 1; i <= 12; i++) stage.server.say(conversation, `line ${i} of a longer answer`);
    const last = stage.frame.getByText('line 12 of a longer answer');
    await last.waitFor();
    const input = stage.frame.getByRole('textbox', { name: 'Message', exact: true });
    const [header] = [stage.frame.getByRole('heading', { level: 1 })];
    const inside = async (top: number, bottom: number) => {
      for (const part of [header, last, input]) {
        const box = await part.boundingBox();
        if (!box || box.y < top - 0.5 || box.y + box.height > bottom + 0.5) return false;
      }
      return true;
    };
    await expect.poll(() => inside(0, 844)).toBe(true);
    // 336 px of keyboard, and the browser has moved the page up a little to show what is written in.
    await squeeze(508, 40);
    await expect.poll(() => inside(40, 548)).toBe(true);
    await stage.picture('80-keyboard');
    await squeeze(844, 0);
    await expect.poll(async () => ((await input.boundingBox())?.y ?? 0) > 700).toBe(true);
    expect(stage.complaints).toEqual([]);
  }, 60_000);

  it('stays whole while somebody looks closer with two fingers', async () => {
    await stage.open({}, phone, (page) => page.addInitScript(keyboard));
    await stage.begin();
    await squeeze(400, 100, 2.1);
    await expect.poll(() => stage.page.locator('iframe').boundingBox()).toMatchObject({ y: 0, height: 844 });
  }, 60_000);

  it('has the whole screen also where the phone lies on its side, and nothing of the greeting is out of reach', async () => {
    await stage.open({ look: { position: 'left' } }, { ...phone, viewport: { width: 844, height: 390 } });
    await stage.launcher.click();
    const greeting = stage.frame.getByRole('heading', { level: 2 });
    await greeting.waitFor();
    expect(await stage.page.locator('iframe').boundingBox()).toEqual({ x: 0, y: 0, width: 844, height: 390 });
    expect(await stage.page.getByRole('button', { name: /chat/ }).count()).toBe(0);
    await stage.page.setViewportSize({ width: 600, height: 240 });
    const header = await stage.frame.getByRole('banner').boundingBox();
    await greeting.evaluate((element) => element.parentElement?.scrollTo(0, 0));
    const first = await stage.frame.locator('section > :first-child').boundingBox();
    expect(first?.y).toBeGreaterThanOrEqual((header?.y ?? 0) + (header?.height ?? 0));
    await stage.picture('81-landscape');
  }, 60_000);

  it('lets greeting and questions have the low window of a phone on its side together, by keyboard too', async () => {
    const form = ['name', 'city', 'order'].map((key) => ({
      key,
      type: 'text',
      required: true,
      label: { en: key },
      options: [],
    }));
    await stage.open({ site: { form } }, { ...phone, viewport: { width: 844, height: 390 } });
    await stage.launcher.click();
    await stage.frame.getByLabel('order').waitFor();
    const greeting = stage.frame.getByRole('heading', { level: 2 });
    // All of the greeting, and what stands under it, before the first question.
    const [above, below] = [await greeting.boundingBox(), await stage.frame.getByLabel('name').boundingBox()];
    expect((below?.y ?? 0) - (above?.y ?? 0)).toBeGreaterThan(60);
    const scrollers = await stage.frame
      .locator('#app')
      .evaluate((app) =>
        [...app.querySelectorAll('*')]
          .filter(
            (each) => /auto|scroll/.test(getComputedStyle(each).overflowY) && each.scrollHeight > each.clientHeight + 1,
          )
          .map((each) => each.querySelectorAll('button, input').length > 0),
      );
    // One, with something in it that the keyboard comes to.
    expect(scrollers).toEqual([true]);
    await stage.picture('82-landscape-form');
    for (const key of ['name', 'city', 'order']) {
      await stage.frame.getByLabel(key).focus();
      const field = await stage.frame.getByLabel(key).boundingBox();
      expect((field?.y ?? 999) + (field?.height ?? 0)).toBeLessThanOrEqual(390);
    }
    await stage.picture('83-landscape-form-end');
    expect(stage.complaints).toEqual([]);
  }, 60_000);

  it('shows everything once after the browser froze the page for long', async () => {
    await stage.open();
    const conversation = await stage.begin();
    stage.server.assign(conversation);
    stage.server.say(conversation, 'before the freeze');
    await stage.frame.getByText('before the freeze').waitFor();
    const devtools = await stage.context.newCDPSession(stage.page);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    stage.server.cutAll();
    for (let i = 1; i <= 5; i++) stage.server.say(conversation, `said meanwhile ${i}`);
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    for (let i = 1; i <= 5; i++) {
      const line = stage.frame.getByRole('log').first().getByText(`said meanwhile ${i}`);
      await line.waitFor();
      expect(await line.count()).toBe(1);
    }
    await stage.write('and my answer');
    await stage.frame.getByText('Sent', { exact: true }).waitFor();
    expect(conversation.view('visitor', '', 0).filter((event) => event.type === 'messagePosted').length).toBe(8);
  }, 60_000);

  const squeeze = (height: number, offsetTop: number, scale = 1) =>
    stage.page.evaluate((to) => (window as unknown as { squeeze: (to: object) => void }).squeeze(to), {
      height,
      offsetTop,
      scale,
    });
});

/** In the browser: a visual viewport that a test makes smaller, as a keyboard does. There is none without a screen. */
function keyboard(): void {
  if (window.parent !== window) return;
  const view = Object.assign(new EventTarget(), { height: innerHeight, width: innerWidth, offsetTop: 0, scale: 1 });
  Object.defineProperty(window, 'visualViewport', { value: view });
  Object.assign(window, {
    squeeze(to: object) {
      Object.assign(view, to);
      view.dispatchEvent(new Event('resize'));
      view.dispatchEvent(new Event('scroll'));
    },
  });
}
