// @vitest-environment node
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../console/dev/fake.mjs';
import { haveChromium, launch } from './browser.ts';

const built = existsSync(fileURLToPath(new URL('../../wwwroot/console/index.html', import.meta.url)));
const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

describe.skipIf(!haveChromium || !built)('the console’s lists in a real browser', () => {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await serve(0);
    complaints = [];
  });
  afterEach(async () => {
    await page?.context().close();
    await server.close();
  });

  async function open(width: number, locale: string, dark = false) {
    const context = await browser.newContext({
      viewport: { width, height: 844 },
      locale,
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' && !/401|409|WebSocket/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/console/`);
    await page.getByLabel(/^(邮箱|Email)$/).fill('lin@example.com');
    await page.getByLabel(/^(密码|Password)$/).fill('demo');
    await page.keyboard.press('Enter');
    await row('王芳').waitFor();
  }

  async function accessible(name: string) {
    if (pictures) await page.screenshot({ path: join(pictures, `list-${name}.png`) });
    await page.evaluate(`${axe.source}; 0`);
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
  }

  const list = () => page.locator('[data-list]');
  const row = (name: string) => list().getByRole('button', { name });
  const tab = (name: RegExp) => page.getByRole('tab', { name });
  const names = () =>
    list().locator('[data-row]').evaluateAll((rows) => rows.map((each) => each.getAttribute('data-row')));

  it('shows who comes to wait without being asked, in the order that is chosen', async () => {
    await open(1440, 'en-US');
    await tab(/^Waiting/).click();
    await row('赵敏').waitFor();
    await expect.poll(names).toEqual(['w0', 'w1', 'w2']);
    await tab(/^Waiting 3/).waitFor();
    server.world.arrive('Nora');
    await row('Nora').waitFor();
    await tab(/^Waiting 4/).waitFor();
    await expect.poll(names).toEqual(['w0', 'w1', 'w2', 'n-Nora']);
    await page.getByRole('button', { name: 'Order: Longest wait' }).click();
    await page.getByRole('menuitemradio', { name: 'Newest' }).click();
    await expect.poll(names).toEqual(['n-Nora', 'w2', 'w1', 'w0']);
    await accessible('waiting');
    // Somebody else takes one.
    server.world.call('Close', { conversationId: 'w1' });
    await row('Oliver Brandt').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  }, 60_000);

  it('filters, keeps views, and lets nobody overwrite one unseen', async () => {
    await open(1440, 'zh-CN');
    await page.getByRole('button', { name: /^视图/ }).click();
    await page.getByRole('menuitemradio', { name: 'VIP 客户' }).waitFor();
    await accessible('views');
    await page.getByRole('menuitemradio', { name: 'VIP 客户' }).click();
    await expect.poll(names).toEqual(['c1']);
    await page.getByRole('button', { name: '筛选，已设 2 个条件' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('标签').fill('');
    await dialog.getByLabel('队列').selectOption('after-sales');
    await dialog.getByLabel('排序').selectOption('waiting');
    await accessible('filter');
    await dialog.getByRole('button', { name: '应用' }).click();
    await expect.poll(names).toEqual(['w1', 'c3']);
    await page.getByRole('button', { name: /^视图/ }).click();
    await page.getByRole('menuitem', { name: '更新视图“VIP 客户”…' }).click();
    const stored = server.world.library.views?.find((view) => view.id === 'view1');
    if (stored) Object.assign(stored, { revision: 2, updatedBy: 'Daniel' });
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByText(/Daniel 刚刚修改了它/).waitFor();
    await accessible('view-overtaken');
    await dialog.getByRole('button', { name: '用我的覆盖' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(server.world.library.views?.find((view) => view.id === 'view1')).toMatchObject({
      revision: 3,
      body: { filter: { queue: 'after-sales', sort: 'waiting' } },
    });
    // A view of one's own for the team.
    await page.getByRole('button', { name: /^视图/ }).click();
    await page.getByRole('menuitem', { name: '把当前列表存为视图…' }).click();
    await dialog.getByLabel('名称').fill('售后等待');
    await dialog.getByLabel('谁可以使用').selectOption('all');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '视图: 售后等待' }).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('closes several with the keyboard and says what was refused', async () => {
    await open(1440, 'en-US');
    await tab(/^Waiting/).click();
    await row('赵敏').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected', { exact: true }).waitFor();
    await accessible('chosen');
    await page.keyboard.press('Control+a');
    await page.getByText('3 selected', { exact: true }).waitFor();
    const dialog = page.getByRole('dialog');
    await page.keyboard.press('g');
    await dialog.getByLabel('Add tags').fill('spam, later');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(server.world.conversations.get('w2')?.tags).toEqual(['later', 'spam']);
    await page.keyboard.press('Control+a');
    await page.getByText('3 selected', { exact: true }).waitFor();
    // One is closed by somebody else at the last moment.
    const taken = server.world.conversations.get('w1');
    if (taken) taken.state = 'closed';
    await page.keyboard.press('e');
    await accessible('bulk-close');
    await dialog.getByRole('button', { name: /^Close 3/ }).click();
    await dialog.getByText('2 done, 1 refused:').waitFor();
    await dialog.getByText('Oliver Brandt').waitFor();
    await dialog.getByText('The conversation is closed.').waitFor();
    await accessible('bulk-refused');
    await dialog.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('Nobody is waiting').waitFor();
    await accessible('empty');
    expect(complaints).toEqual([]);
  }, 60_000);

  it('says why one is away, and shows an administrator that a colleague was faster with a queue', async () => {
    await open(1024, 'en-US');
    await page.getByRole('button', { name: /^My status/ }).click();
    await accessible('status');
    await page.getByRole('menuitemradio', { name: 'Lunch' }).click();
    await page.getByRole('button', { name: 'My status: Away, Lunch' }).waitFor();
    await expect.poll(() => [server.world.status, server.world.reason]).toEqual(['away', 'lunch']);
    await page.goto(`${server.url}/console/#/library/reasons`);
    await page.getByRole('button', { name: 'Edit: Training' }).click();
    await accessible('reason');
    await page.keyboard.press('Escape');
    await page.goto(`${server.url}/console/#/admin/queues`);
    await page.getByRole('button', { name: 'Edit: 售前咨询' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Sales');
    Object.assign(server.world.queues[0] ?? {}, { revision: 5, name: 'Presales' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/Another administrator just changed this queue/).waitFor();
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Sales');
    await accessible('queue-overtaken');
    await dialog.getByRole('button', { name: 'Take their version' }).click();
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Presales');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(server.world.queues.find((queue) => queue.id === 'default')?.revision).toBe(6);
    expect(complaints).toEqual([]);
  }, 60_000);

  for (const [width, locale, dark] of [
    [390, 'zh-CN', true],
    [390, 'en-US', false],
    [1024, 'zh-CN', true],
    [1440, 'en-US', true],
  ] as const) {
    it(`looks right on ${width} pixels, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
      await open(width, locale, dark);
      await accessible(`${width}-${locale}-${dark ? 'dark' : 'light'}-mine`);
      await tab(/^(全部|All)/).click();
      await row('周琳').waitFor();
      await page.getByRole('button', { name: /^(选择多个会话|Select several conversations)$/ }).click();
      await list().getByRole('checkbox').nth(1).click();
      await list().getByRole('checkbox').nth(3).click({ modifiers: ['Shift'] });
      await page.getByText(/^(已选 3 个|3 selected)$/).waitFor();
      await accessible(`${width}-${locale}-${dark ? 'dark' : 'light'}-chosen`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      // Offline: what is there stays, and it is said.
      await page.context().setOffline(true);
      server.cut();
      await page.getByText(/(您的设备已离线|This device is offline)/).waitFor();
      await accessible(`${width}-${locale}-${dark ? 'dark' : 'light'}-offline`);
      expect(complaints.filter((each) => !/ERR_INTERNET_DISCONNECTED/.test(each))).toEqual([]);
    }, 60_000);
  }

  it('scrolls through ten thousand lines', async () => {
    server.world.crowd(10_000);
    await open(1440, 'zh-CN');
    await tab(/^等待中/).click();
    await row('访客 9999').waitFor();
    // Pages come as one scrolls.
    const scroller = list();
    await expect
      .poll(
        async () => {
          await scroller.evaluate((each) => {
            each.scrollTop = each.scrollHeight;
          });
          return scroller.evaluate((each) => each.scrollHeight);
        },
        { timeout: 120_000, interval: 20 },
      )
      .toBeGreaterThanOrEqual(10_000 * 76);
    await page.getByText('列表最多显示 10000 个会话。请缩小筛选范围。').waitFor();
    await scroller.evaluate((each) => {
      each.scrollTop = 0;
    });
    const frames = await scroller.evaluate(
      (each) =>
        new Promise<number[]>((done) => {
          const times: number[] = [];
          let last = 0;
          const step = (now: number) => {
            if (last > 0) times.push(now - last);
            last = now;
            each.scrollTop += 600;
            if (times.length < 400) requestAnimationFrame(step);
            else done(times);
          };
          requestAnimationFrame(step);
        }),
    );
    const drawn = await list().locator('[data-row]').count();
    frames.sort((a, b) => a - b);
    const at = (share: number) => frames[Math.floor(frames.length * share)] ?? Number.NaN;
    console.log(`frames while scrolling 10,000 lines, ms: p50 ${at(0.5).toFixed(1)}, p95 ${at(0.95).toFixed(1)}, p99 ${at(0.99).toFixed(1)}, worst ${at(0.999).toFixed(1)}; ${drawn} lines drawn`);
    expect(drawn).toBeLessThan(60);
    // A shared machine without a graphics card: twice the frame is allowed here, the figure is in performance.md.
    expect(at(0.95)).toBeLessThan(34);
    // In the middle of it the place is kept when somebody comes at the top of the order.
    const seenAt = () => scroller.evaluate((each) => {
      const top = each.getBoundingClientRect().top;
      return [...each.querySelectorAll('[data-row]')].find((line) => line.getBoundingClientRect().bottom > top + 40)?.getAttribute('data-row');
    });
    await scroller.evaluate((each) => {
      each.scrollTop = 40_000;
    });
    await expect.poll(() => list().getAttribute('data-drawn')).toMatch(/^5\d\d-/);
    const before = await seenAt();
    server.world.call('Close', { conversationId: 'many9999' });
    await expect.poll(() => server.world.counts().reduce((sum, queue) => sum + queue.waiting, 0)).toBe(10_002);
    await expect.poll(seenAt).toBe(before);
    expect(complaints).toEqual([]);
  }, 240_000);
});
