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
const ready = haveChromium && built;
if (!ready) {
  const missing = built ? 'no Chromium (set CHROMIUM to its path)' : 'the client is not built (npm run build)';
  console.log(`NOT RUN: the console in a real browser: ${missing}`);
}

/** Where to leave pictures, when somebody wants to look at them. */
const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

const NARROW = 390;

describe.skipIf(!ready)('the console in a real browser', () => {
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
      // Asking whether the cookie still stands for somebody, and wrong passwords, are answered with these,
      // and so is who was overtaken.
      if (message.type() === 'error' && !/401|409|429|WebSocket/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/console/`);
    await page.getByLabel(/^(邮箱|Email)$/).waitFor();
  }

  async function signIn(password = 'demo') {
    await page.getByLabel(/^(邮箱|Email)$/).fill('lin@example.com');
    await page.getByLabel(/^(密码|Password)$/).fill(password);
    await page.keyboard.press('Enter');
  }

  async function accessible(name: string) {
    if (pictures) await page.screenshot({ path: join(pictures, `console-${name}.png`) });
    // Through the debugging protocol: the page's own policy admits no script.
    await page.evaluate(`${axe.source}; 0`);
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
  }

  const row = (name: string) => page.locator('[data-list]').getByRole('button', { name });
  const log = () => page.getByRole('log');

  it('signs in, says what is wrong where it happens, and stays signed in', async () => {
    await open(1024, 'en-US');
    await signIn('');
    await page.getByText('Enter your password.').waitFor();
    await accessible('sign-in');
    await signIn('wrong');
    await page.getByText('The email or the password is not right.').waitFor();
    await signIn('slow');
    await page.getByText(/Too many attempts\. Try again in \d s\./).waitFor();
    await page.reload();
    await signIn();
    await row('Emma Clarke').waitFor();
    await page.reload();
    await row('Emma Clarke').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('edits, quotes and removes messages, by mouse and by keyboard', async () => {
    await open(1440, 'en-US');
    await signIn();
    await row('Emma Clarke').click();
    const bubble = (text: string) => page.locator('[data-key]', { hasText: text });
    await log().getByText('the blue one').waitFor();
    // By keyboard: the visitor's last message is quoted, and what answers it says so above its bubble.
    await page.locator('#compose-text').blur();
    await page.keyboard.press('q');
    await page.locator('[data-quoting]').getByText('Quoting Emma Clarke').waitFor();
    await accessible('quoting');
    await page.keyboard.type('Size M is there.');
    await page.keyboard.press('Enter');
    await bubble('Size M is there.').getByRole('button', { name: /Quoted message:.*the blue one/s }).click();
    await page.locator('[data-key].bg-warn-soft\\/60', { hasText: 'the blue one' }).waitFor();
    // The arrow up rewords the last own message; a draft is not lost by it.
    await page.locator('#compose-text').click();
    await page.keyboard.press('ArrowUp');
    await page.getByText('Editing a message').waitFor();
    await page.locator('#compose-text').fill('too late');
    await page.keyboard.press('Enter');
    await page.getByText('This message can no longer be edited').waitFor();
    await page.locator('#compose-text').fill('Size M is in stock.');
    await accessible('editing');
    await page.keyboard.press('Enter');
    await bubble('Size M is in stock.').getByText('Edited').waitFor();
    await page.getByText('Editing a message').waitFor({ state: 'detached' });
    // By mouse, and with the question first.
    await bubble('WINTER15').hover();
    await bubble('WINTER15').getByRole('button', { name: /^Remove/ }).click();
    await page.getByRole('dialog').getByText('deleted for good').waitFor();
    await accessible('removing');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await log().getByText('Message removed').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await log().getByText('WINTER15').count()).toBe(0);
    server.cut();
    await log().getByText('Message removed').waitFor();
    expect(await log().getByText('Edited').count()).toBe(1);
    await accessible('amended');
    expect(complaints).toEqual([]);
  }, 60_000);

  it('shows a removed message and the way to write on a phone, in the dark', async () => {
    await open(NARROW, 'zh-CN', true);
    await signIn();
    await row('Emma Clarke').click();
    await page.locator('[data-key]', { hasText: 'WINTER15' }).getByRole('button', { name: /^移除/ }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: '移除' }).click();
    await log().getByText('消息已移除').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('[data-key]', { hasText: 'the blue one' }).getByRole('button', { name: /^引用/ }).press('Enter');
    await page.locator('[data-quoting]').waitFor();
    await accessible('amended-narrow-dark');
    expect(complaints).toEqual([]);
  }, 60_000);

  it('knows the customer: pages, fields of two editors, and who may not write', async () => {
    await open(1440, 'en-US');
    await signIn();
    await row('Emma Clarke').click();
    const card = page.getByRole('complementary').last();
    await card.getByText('Desk lamp “Nord”, blue').waitFor();
    const c2 = server.world.conversations.get('c2');
    server.world.push('Signal', { conversationId: 'c2', type: 'page', by: c2?.visitor, page: { url: 'https://shop.example/help', title: '<b>Help</b>', at: new Date().toISOString() } });
    await card.getByText('<b>Help</b>').waitFor();
    await card.getByRole('button', { name: 'Edit', exact: true }).click();
    await card.getByLabel('Age').fill('200');
    await card.getByText('Not a value that fits (0 to 150).').waitFor();
    await card.getByLabel('Age').fill('42');
    await card.getByLabel('Tier').selectOption('silver');
    Object.assign(server.world.card(c2), { fields: { tier: 'gold', company: 'ACME' }, revision: 2 });
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('A colleague has just changed this').waitFor();
    // What was not touched here is taken over; what was typed is shown beside what is there now.
    expect(await card.getByLabel('Company').inputValue()).toBe('ACME');
    await card.getByText('Saved now: gold').waitFor();
    await accessible('card-overtaken');
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('silver').waitFor();
    await card.getByText('ACME').waitFor();
    await card.getByRole('button', { name: 'Block visitor' }).click();
    await page.getByRole('dialog').getByLabel(/Reason/).fill('abuse');
    await accessible('blocking');
    await page.getByRole('dialog').getByRole('button', { name: 'Block visitor' }).click();
    await card.getByText('Blocked: cannot write').waitFor();
    await log().getByText('林晓 blocked the visitor').waitFor();
    await accessible('blocked');
    await card.getByRole('button', { name: 'Unblock' }).click();
    await log().getByText('林晓 unblocked the visitor').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('shows who else is here, and what a visitor has not sent yet where the server tells', async () => {
    await open(1024, 'zh-CN', true);
    await signIn();
    await row('Emma Clarke').click();
    await log().getByText('the blue one').waitFor();
    const visitor = server.world.conversations.get('c2')?.visitor;
    const by = { kind: 'agent', id: 'a2', name: 'Daniel Weber' };
    server.world.push('Signal', { conversationId: 'c2', type: 'viewing', by, online: true });
    await page.getByText('Daniel Weber 也在查看').waitFor();
    server.world.push('Signal', { conversationId: 'c2', type: 'viewing', by, online: false });
    await page.getByText('Daniel Weber 也在查看').waitFor({ state: 'detached' });
    server.world.push('Signal', { conversationId: 'c2', type: 'typing', by });
    await page.getByText('Daniel Weber 正在输入回复').waitFor();
    server.world.push('Signal', { conversationId: 'c2', type: 'typing', by: visitor, text: 'I was going to <i>say</i>' });
    await log().getByText('I was going to <i>say</i>').waitFor();
    await accessible('others-dark');
    expect(complaints).toEqual([]);
  }, 60_000);

  it('asks for desktop notices by a click only, and one leads to its conversation', async () => {
    await open(1440, 'en-US');
    await page.context().grantPermissions(['notifications']);
    await page.addInitScript(() => {
      const shown: { title: string; onclick?: () => void }[] = [];
      const asked = { times: 0 };
      class Shown {
        static permission = 'default';
        static requestPermission = async () => {
          asked.times += 1;
          Shown.permission = 'granted';
          return 'granted';
        };
        onclick?: () => void;
        constructor(readonly title: string) {
          shown.push(this);
        }
        close() {}
      }
      Object.assign(window, { Notification: Shown, shown, asked });
    });
    await page.reload();
    await signIn();
    await row('Emma Clarke').waitFor();
    const asked = () => page.evaluate(() => (window as unknown as { asked: { times: number } }).asked.times);
    expect(await asked()).toBe(0);
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Desktop notices' }).click();
    expect(await asked()).toBe(1);
    await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }));
    server.world.say('c2');
    const titles = () => page.evaluate(() => (window as unknown as { shown: { title: string }[] }).shown.map((each) => each.title));
    await expect.poll(titles).toEqual(['Emma Clarke']);
    await page.evaluate(() => (window as unknown as { shown: { onclick?: () => void }[] }).shown[0]?.onclick?.());
    await log().getByText('Are you still there?').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('serves a conversation with the keyboard alone, in Chinese', async () => {
    await open(1440, 'zh-CN');
    await signIn();
    await row('王芳').waitFor();
    await accessible('inbox');
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await log().getByText('我这边比较着急用。').waitFor();
    await page.keyboard.press('r');
    await page.keyboard.type('您好');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('请放心');
    await page.keyboard.press('Enter');
    await log().getByText('请放心').waitFor();
    await page.getByText('访客正在输入…').waitFor();
    await log().getByText('好的，谢谢您！').waitFor();
    await page.getByText('访客正在输入…').waitFor({ state: 'detached' });
    await page.keyboard.press('Alt+n');
    await page.keyboard.type('已核实');
    await page.keyboard.press('Enter');
    await log().getByText('已核实').waitFor();
    await accessible('conversation');
    // A text over the limit stays where it is.
    await page.keyboard.press('Alt+n');
    await page.locator('#compose-text').fill('字'.repeat(4001));
    await page.keyboard.press('Enter');
    await page.getByText('超出 1 字').waitFor();
    // A refused one is shown as such, and a draft is kept per conversation.
    await page.locator('#compose-text').fill('please refuse');
    await page.keyboard.press('Enter');
    await page.getByText('未发送').waitFor();
    await page.locator('#compose-text').fill('草稿内容');
    await row('Emma Clarke').click();
    await row('王芳').getByText('草稿内容').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    await page.getByRole('dialog').getByText('Daniel Weber').waitFor();
    await accessible('transfer');
    await page.getByRole('dialog').getByText('Daniel Weber').click();
    await page.keyboard.press('Enter');
    await row('Emma Clarke').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  }, 60_000);

  it('keeps a note a note when the conversation is assigned while it is written', async () => {
    await open(1440, 'en-US');
    await signIn();
    await page.getByRole('tab', { name: /^Waiting/ }).click();
    await row('Oliver Brandt').click();
    await page.locator('#compose-text').fill('half a note');
    await page.getByRole('button', { name: 'Take this conversation' }).click();
    await page.getByRole('tab', { name: 'Reply' }).waitFor();
    await page.locator('#compose-reply[aria-selected=true]').waitFor();
    await page.getByRole('tab', { name: 'Internal note' }).click();
    expect(await page.locator('#compose-text').inputValue()).toBe('half a note');
  }, 60_000);

  it('pages back through a long conversation and keeps the place', async () => {
    await open(1024, 'zh-CN');
    await signIn();
    await row('陈建国').click();
    await log().getByText('好的，已经为您登记。').waitFor();
    await log().getByText('第 660 条').waitFor({ state: 'attached' });
    const place = () =>
      page.getByText('第 655 条').evaluate((element) => Math.round(element.getBoundingClientRect().top));
    await log().evaluate((element) => element.scrollTo(0, 1));
    const before = await place();
    await log().getByText('第 610 条').waitFor({ state: 'attached' });
    await page.getByText('正在加载更早的消息…').waitFor({ state: 'detached' });
    expect(Math.abs((await place()) - before)).toBeLessThan(60);
    server.cut();
    await row('王芳').click();
    await log().getByText('我这边比较着急用。').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('shows one pane at a time on a phone, dark, in English', async () => {
    await open(NARROW, 'en-US', true);
    await signIn();
    await row('王芳').waitFor();
    await accessible('phone-inbox');
    await row('王芳').click();
    await log().waitFor();
    expect(await row('王芳').isVisible()).toBe(false);
    await accessible('phone-conversation');
    await page.getByRole('button', { name: 'Conversation actions' }).click();
    await page.getByRole('menuitem', { name: 'Customer details' }).click();
    await page.getByText('138 0013 8000').waitFor();
    await accessible('phone-details');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await row('王芳').waitFor();
    for (const tab of ['agents', 'queues', 'sites']) {
      await page.goto(`${server.url}/console/#/admin/${tab}`);
      await page.getByRole('button', { name: /^Edit: / }).first().click();
      await page.getByRole('dialog').waitFor();
      await accessible(`phone-${tab}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW);
      await page.keyboard.press('Escape');
    }
    expect(complaints).toEqual([]);
  }, 60_000);

  it('shows administrators what runs', async () => {
    await open(1440, 'en-US');
    await signIn();
    await row('王芳').waitFor();
    await page.goto(`${server.url}/console/#/admin/system`);
    for (const [width, name] of [[1440, 'system'], [NARROW, 'phone-system']] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.getByRole('region', { name: 'Silos' }).getByRole('cell', { name: 'Active' }).waitFor();
      await page.getByRole('region', { name: 'Fronts' }).getByRole('cell', { name: '312' }).waitFor();
      await page.getByRole('region', { name: 'Busiest' }).getByText('conversation/01J9Z3').waitFor();
      await page.getByText('SQLite 3.50.4').waitFor();
      await accessible(name);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
    expect(complaints).toEqual([]);
  }, 60_000);

  it('snoozes, takes back and tags a conversation', async () => {
    await open(1440, 'en-US');
    await signIn();
    await row('王芳').click();
    await log().waitFor();
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.keyboard.type('refund');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove tag “refund”' }).waitFor();
    await page.keyboard.press('Escape');
    await log().getByText(/added tags: refund/).waitFor();
    await accessible('tags');
    await page.getByRole('button', { name: 'Snooze' }).click();
    await accessible('snooze');
    await page.getByRole('button', { name: 'In an hour' }).click();
    await row('王芳').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take it now' }).click();
    await row('王芳').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('inserts a canned reply by its shortcut, in the visitor’s language, and keeps the draft on the server', async () => {
    await open(1440, 'zh-CN');
    await signIn();
    await row('Emma Clarke').click();
    await page.keyboard.press('r');
    await page.keyboard.type('/h');
    await page.getByRole('option', { name: /问候/ }).waitFor();
    await accessible('reply-picker');
    await page.keyboard.press('Enter');
    const words = 'Hello Emma Clarke, this is 林晓. How can I help?';
    await expect.poll(() => page.locator('#compose-text').inputValue()).toBe(words);
    // Another machine: a browser that has nothing of this one's.
    await expect.poll(() => server.world.drafts.get('c2')?.reply, { timeout: 10_000 }).toBe(words);
    await page.context().close();
    await fetch(`${server.url}/api/v1/agent-sessions`, { method: 'DELETE' });
    await open(1440, 'zh-CN');
    await signIn();
    await row('Emma Clarke').click();
    await expect.poll(() => page.locator('#compose-text').inputValue(), { timeout: 10_000 }).toBe(words);
    expect(complaints).toEqual([]);
  }, 90_000);

  it('shows an editor that a colleague was faster, and lets it decide', async () => {
    await open(1024, 'en-US');
    await signIn();
    await row('王芳').waitFor();
    await page.goto(`${server.url}/console/#/library/tags`);
    await page.getByRole('button', { name: 'Edit: 退款' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('refund');
    const stored = server.world.library.tags?.find((item) => item.id === 't0');
    if (stored) Object.assign(stored, { revision: 2, updatedBy: 'Daniel', body: { name: '退货退款' } });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/Daniel just changed it/).waitFor();
    expect(await dialog.getByRole('textbox').inputValue()).toBe('refund');
    await accessible('library-overtaken');
    await dialog.getByRole('button', { name: 'take their version' }).click();
    expect(await dialog.getByRole('textbox').inputValue()).toBe('退货退款');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    for (const tab of ['replies', 'macros']) {
      await page.goto(`${server.url}/console/#/library/${tab}`);
      await page.getByRole('button', { name: /^Edit: / }).first().click();
      await accessible(`library-${tab}`);
      await page.keyboard.press('Escape');
    }
    expect(complaints).toEqual([]);
  }, 90_000);

  it('finds messages, leads to them, and runs a macro from the command bar', async () => {
    await open(1440, 'en-US');
    await signIn();
    await row('王芳').waitFor();
    await page.keyboard.press('s');
    await page.keyboard.type('235');
    await page.keyboard.press('Enter');
    await page.locator('mark').first().waitFor();
    await accessible('search');
    await page.getByRole('listitem').getByRole('button', { name: /第 235 条/ }).click();
    // Hundreds of lines further up: paged back to, and in sight.
    await expect.poll(() => log().getByText('第 235 条').isVisible(), { timeout: 20_000 }).toBe(true);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('王芳');
    await page.keyboard.press('Enter');
    await log().getByText('我这边比较着急用。').waitFor();
    await page.keyboard.press('Control+k');
    await accessible('command-bar');
    await page.keyboard.type('物流已');
    await page.keyboard.press('Enter');
    await log().getByText('王芳，已为您登记，明天给您答复。').waitFor();
    await page.getByRole('button', { name: 'Remove tag “跟进”' }).waitFor();
    expect(complaints).toEqual([]);
  }, 90_000);

  for (const dark of [false, true]) {
    it(`shows every component, with enough contrast, ${dark ? 'dark' : 'light'}`, async () => {
      await open(1440, dark ? 'en-US' : 'zh-CN', dark);
      await signIn();
      await row('Emma Clarke').waitFor();
      await page.goto(`${server.url}/console/#/design`);
      await page.getByRole('heading', { name: /^(设计系统|Design system)$/ }).waitFor();
      await accessible(`design-${dark ? 'dark' : 'light'}`);
      await page.getByRole('button', { name: /^(弹窗|Dialog)$/ }).click();
      await page.getByRole('dialog').waitFor();
      await accessible(`design-dialog-${dark ? 'dark' : 'light'}`);
      expect(complaints).toEqual([]);
    }, 60_000);
  }
});
