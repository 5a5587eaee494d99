// @vitest-environment node
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { haveChromium, launch } from './browser.ts';
import type { FakeConversation } from './fakeModel.ts';
import { FakeServer } from './fakeServer.ts';
import { waitFor } from './waitFor.ts';

const root = fileURLToPath(new URL('../../wwwroot', import.meta.url));
const built = existsSync(join(root, 'widget/index.html'));
const ready = haveChromium && built;
if (!ready) {
  const missing = built ? 'no Chromium (set CHROMIUM to its path)' : 'the client is not built (npm run build)';
  console.log(`NOT RUN: the widget in a real browser: ${missing}`);
}

/** Where to leave pictures, when somebody wants to look at them. */
const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'";

describe.skipIf(!ready)('the widget in a real browser', () => {
  let browser: Browser;
  let server: FakeServer;
  let context: BrowserContext;
  let page: Page;
  let frame: FrameLocator;
  let complaints: string[];
  const cleanUps: (() => unknown)[] = [];

  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = new FakeServer({ root, headers: { 'content-security-policy': csp } });
    await server.listen();
  });
  afterEach(async () => {
    await context?.close();
    for (const cleanUp of cleanUps.splice(0)) cleanUp();
    await server.close();
  });

  async function open(options: { dark?: boolean; width?: number; locale?: string } = {}) {
    context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: 844 },
      locale: options.locale ?? 'zh-CN',
      colorScheme: options.dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/demo/`);
    frame = page.frameLocator('iframe');
  }

  const picture = async (name: string) => {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  async function pressLauncher() {
    await page.getByRole('button', { name: /打开在线客服|Open chat/ }).click();
  }

  async function write(text: string) {
    const box = frame.getByRole('textbox', { name: /^消息$|^Message$/ });
    await box.fill(text);
    await box.press('Enter');
  }

  async function begun(): Promise<FakeConversation> {
    await waitFor('a conversation', () => server.conversations.size > 0);
    return [...server.conversations.values()][0] as FakeConversation;
  }

  async function accessible() {
    const inner = page.frames().find((each) => each.url().includes('/widget/'));
    await inner?.evaluate(`${axe.source}; 0`).catch(() => inner.addScriptTag({ content: axe.source }));
    const found = await inner?.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    expect(found?.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' | ')}`)).toEqual(
      [],
    );
  }

  it('tells the whole story in Chinese, light, on a desk', async () => {
    await open();
    await picture('01-demo');
    await pressLauncher();
    await frame.getByText('您好，有什么可以帮您？').waitFor();
    await picture('02-empty');
    await accessible();
    await write('你好，我的订单 20261122 还没有发货');
    const conversation = await begun();
    server.signal('visitor', {
      conversationId: conversation.id,
      type: 'queue',
      position: 3,
      etaSeconds: [120, 300],
      agentsOnline: 2,
    });
    await frame.getByText('前面还有 2 位 · 预计等待 2–5 分钟').waitFor();
    await picture('03-waiting');
    await accessible();
    server.assign(conversation);
    server.say(conversation, '您好，我是林晓。我来查一下您的订单，请稍等。');
    server.say(conversation, '您的包裹已在今天上午发出，单号可以在 https://example.com/track/20261122 查到。');
    server.signal('visitor', {
      conversationId: conversation.id,
      type: 'read',
      by: { kind: 'agent', id: 'agent-1' },
      upTo: 9,
    });
    await frame.getByText('林晓 已接入').waitFor();
    expect(server.calls.filter((call) => call.method === 'MarkDelivered')).toEqual([]); // Read says more.
    server.signal('visitor', { conversationId: conversation.id, type: 'delivered' }); // Of an older server.
    await write('太好了，谢谢！\n大概几天能到？');
    server.signal('visitor', { conversationId: conversation.id, type: 'typing', by: { kind: 'agent', id: 'agent-1' } });
    await frame.getByText('已读').waitFor();
    await picture('04-talking');
    await accessible();
    server.closeConversation(conversation);
    await frame.getByRole('radio', { name: '4 星' }).check();
    await frame.getByRole('textbox', { name: /补充/ }).fill('回复很快');
    await picture('05-rating');
    await accessible();
    await frame.getByRole('button', { name: '提交评价' }).click();
    await frame.getByText('谢谢您的评价').waitFor();
    await frame.getByRole('button', { name: '继续咨询' }).click();
    await write('还有一个问题');
    await waitFor('a second conversation', () => server.conversations.size === 2);
    await frame.getByText('正在为您接通客服').waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  it('works in English, dark, on a phone, and shows what went wrong where it did', async () => {
    await open({ dark: true, width: 390, locale: 'en-GB' });
    await pressLauncher();
    await frame.getByText('Hello. How can we help?').waitFor();
    await picture('10-phone-empty');
    await write('Hello, I would like to change the address of my order.');
    const conversation = await begun();
    await frame.getByText('Finding someone for you').first().waitFor();
    server.assign(conversation, { id: 'a2', name: 'Grace Turner' });
    server.say(conversation, 'Hi, this is Grace. What should the new address be?', { id: 'a2', name: 'Grace Turner' });
    await frame.getByText('Grace Turner joined').waitFor();
    await write('12 Mill Lane, Kendal');
    await frame.getByText('12 Mill Lane').waitFor();
    // A closed conversation whose news has not arrived yet.
    conversation.state = 'closed';
    await write('One more thing');
    await frame.getByText('The conversation had ended: not sent').waitFor();
    await picture('11-phone-failed');
    await accessible();
    await frame.getByRole('button', { name: 'Retry' }).click();
    await waitFor('a second conversation', () => server.conversations.size === 2);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('refuses what is too long before it is sent, and takes Enter from an input method as its own', async () => {
    await open();
    await pressLauncher();
    const box = frame.getByRole('textbox', { name: '消息' });
    await box.fill('好'.repeat(4001));
    await frame.getByText('超出 1 个字').waitFor();
    await box.press('Enter');
    await picture('20-too-long');
    expect(server.conversations.size).toBe(0);
    await box.fill('');
    await box.evaluate((element) => {
      const area = element as HTMLTextAreaElement;
      area.value = 'nihao';
      area.dispatchEvent(new Event('input', { bubbles: true }));
      const enter = { key: 'Enter', bubbles: true, cancelable: true };
      area.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
      area.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
      area.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: '你好' }));
      // Safari: the same key once more, right after the end, as if it were an ordinary one.
      area.dispatchEvent(new KeyboardEvent('keydown', enter));
    });
    expect(await box.inputValue()).toBe('nihao');
    await box.fill('第一行');
    await box.press('Shift+Enter');
    await box.pressSequentially('第二行');
    await box.press('Enter');
    const conversation = await begun();
    expect(conversation.view('visitor', '', 0).at(-1)).toMatchObject({ text: '第一行\n第二行' });
  }, 60_000);

  it('says that nobody is there, and that the line is down, and heals', async () => {
    await server.close();
    server = new FakeServer({ root, site: { online: false } });
    const url = new URL(await server.listen());
    await open();
    await pressLauncher();
    await frame.getByText('我们暂时不在线').waitFor();
    await picture('30-nobody');
    await write('请问明天营业吗？');
    const conversation = await begun();
    await frame.getByText('留言已保存').waitFor();
    // It is a message already: there is nobody to stop waiting for, and no address to give.
    expect(await frame.getByRole('button', { name: '不等了，改为留言' }).count()).toBe(0);
    await picture('31-left-message');
    const { port } = url;
    const before = server;
    await server.close();
    await frame.getByText('连接中断，正在重新连接…').waitFor();
    await write('另外想问一下价格');
    await frame.getByText('等待网络，稍后自动发送').waitFor();
    await picture('32-reconnecting');
    server = new FakeServer({ root, site: { online: false } });
    server.conversations.set(conversation.id, conversation);
    server.sessions = before.sessions;
    await server.listen(Number(port));
    await waitFor('the second message', () => conversation.view('visitor', '', 0).length >= 3, 40_000);
    expect(conversation.view('visitor', '', 0).at(-1)).toMatchObject({ text: '另外想问一下价格' });
  }, 90_000);

  it('counts unread messages on the launcher and keeps the conversation over a reload', async () => {
    await open();
    await pressLauncher();
    await write('hello');
    const conversation = await begun();
    await frame.getByText('已发送').waitFor();
    await frame.getByRole('button', { name: '收起' }).click();
    const launcher = page.getByRole('button', { name: /打开在线客服/ });
    await expect
      .poll(() => launcher.evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element))
      .toBe(true);
    server.assign(conversation);
    server.say(conversation, '您好');
    server.say(conversation, '在吗？');
    await page.getByRole('button', { name: '打开在线客服 (2 条未读消息)' }).waitFor();
    // Not read, but here: the agents' side is told so.
    const told = (method: string) =>
      Math.max(0, ...server.calls.filter((call) => call.method === method).map((call) => Number(call.argument.upTo)));
    await waitFor('the delivered mark', () => told('MarkDelivered') > 0);
    expect(told('MarkDelivered')).toBeGreaterThan(told('MarkRead'));
    await picture('40-unread');
    await page.reload();
    await page.getByRole('button', { name: '打开在线客服 (2 条未读消息)' }).click();
    await frame.getByText('在吗？').waitFor();
    await waitFor('the read mark', () => server.calls.some((call) => call.method === 'MarkRead'));
    expect(complaints).toEqual([]);
  }, 60_000);

  it('is a guest that leaves no trace: another origin, a loud style sheet, and only the keyboard', async () => {
    const html = `<!doctype html><meta charset="utf-8"><title>Host</title>
      <style>* { color: red !important; font-size: 40px !important; box-sizing: content-box !important }</style>
      <h1>Host</h1><button>First</button>
      <script src="${server.url}/widget.js" data-site="demo" data-locale="en" async></script>`;
    context = await browser.newContext({
      viewport: { width: 1280, height: 844 },
      locale: 'en',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    const shop = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => shop.close());
    await page.goto(`http://localhost:${(shop.address() as AddressInfo).port}/`);
    frame = page.frameLocator('iframe');
    const launcher = page.getByRole('button', { name: 'Open chat' });
    await launcher.waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('body > *').length)).toBe(4);
    await picture('50-other-origin');
    await page.getByRole('button', { name: 'First' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const box = frame.getByRole('textbox', { name: 'Message' });
    await box.waitFor();
    await waitForFocus(box);
    await page.keyboard.type('typed without a mouse');
    await page.keyboard.press('Enter');
    await begun();
    await page.keyboard.press('Escape');
    const focused = () =>
      launcher.evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element);
    await expect.poll(focused).toBe(true);
    await expect.poll(() => page.locator('iframe').isVisible()).toBe(false);
  }, 60_000);

  it('works where the browser blocks storage', async () => {
    context = await browser.newContext({ locale: 'zh-CN' });
    await context.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('blocked', 'SecurityError');
        },
      });
    });
    page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${server.url}/demo/`);
    frame = page.frameLocator('iframe');
    await pressLauncher();
    await write('存储被禁用');
    const conversation = await begun();
    server.assign(conversation);
    server.say(conversation, '收到');
    await frame.getByText('收到').waitFor();
    expect(errors).toEqual([]);
  }, 60_000);
});

async function waitForFocus(box: Locator) {
  await expect.poll(() => box.evaluate((element) => document.activeElement === element)).toBe(true);
}
