// @vitest-environment node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { haveChromium, launch } from './browser.ts';
import type { FakeConversation } from './fakeModel.ts';
import { FakeServer } from './fakeServer.ts';
import { endless, hostile } from './hostile.ts';
import { waitFor } from './waitFor.ts';

const root = fileURLToPath(new URL('../../wwwroot', import.meta.url));
const ready = haveChromium && existsSync(join(root, 'widget/index.html'));

const pictures = process.env.PICTURES;
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'";

describe.skipIf(!ready)('what the widget fetches later, in a real browser', () => {
  let browser: Browser;
  let server: FakeServer;
  let context: BrowserContext;
  let page: Page;
  let frame: FrameLocator;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = new FakeServer({ root, headers: { 'content-security-policy': csp } });
    await server.listen();
    complaints = [];
  });
  afterEach(async () => {
    await context?.close();
    await server.close();
  });

  async function open(width = 1280) {
    context = await browser.newContext({ viewport: { width, height: 844 }, locale: 'en', reducedMotion: 'reduce' });
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    frame = page.frameLocator('iframe');
  }
  const show = () => page.getByRole('button', { name: 'Open chat' }).click();
  async function write(text: string): Promise<void> {
    const box = frame.getByRole('textbox', { name: 'Message', exact: true });
    await box.fill(text);
    await box.press('Enter');
  }
  async function begun(): Promise<FakeConversation> {
    await waitFor('a conversation', () => server.conversations.size > 0);
    return [...server.conversations.values()][0] as FakeConversation;
  }

  it('renders what agents write as markdown, and nothing in it acts', async () => {
    await open();
    await page.goto(`${server.url}/demo/`);
    await show();
    await write('hello **not bold**');
    const conversation = await begun();
    server.assign(conversation);
    server.say(conversation, '**Bold**, `code` and [a link](https://a.example/x)\n\n1. one\n2. two');
    const link = frame.getByRole('link', { name: 'a link' });
    await link.waitFor();
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc');
    expect(await link.getAttribute('target')).toBe('_blank');
    await frame.locator('strong', { hasText: 'Bold' }).waitFor();
    expect(await frame.locator('.markdown ol li').count()).toBe(2);
    // A list may go on where another message left off.
    server.say(conversation, '3. three');
    await frame.locator('.markdown ol[start="3"]').getByText('three').waitFor();
    // A visitor's own text stays as typed.
    await frame.getByText('hello **not bold**').waitFor();
    if (pictures) await page.screenshot({ path: join(pictures, '60-markdown.png') });
    for (const text of [...hostile, ...endless]) server.say(conversation, text);
    server.say(conversation, '**the last one**');
    await frame.locator('strong', { hasText: 'the last one' }).waitFor();
    const found = await frame
      .getByRole('log')
      .first()
      .evaluate((log) => {
        const allowed = 'DIV P BR STRONG EM DEL CODE PRE UL OL LI BLOCKQUOTE A HR'.split(' ');
        const wrong: string[] = [];
        for (const box of log.querySelectorAll('.markdown')) {
          for (const element of box.querySelectorAll('*')) {
            if (!allowed.includes(element.tagName)) wrong.push(element.tagName);
            for (const { name, value } of element.attributes) {
              if (!['href', 'start', 'target', 'rel'].includes(name)) wrong.push(`${element.tagName} ${name}`);
              if (name === 'href' && !/^(https?:\/\/|mailto:)/i.test(value)) wrong.push(value);
            }
          }
        }
        return { wrong, boxes: log.querySelectorAll('.markdown').length };
      });
    expect(found.wrong).toEqual([]);
    expect(found.boxes).toBeGreaterThan(hostile.length);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('says that a part could not be fetched, keeps what was written, and goes on when it can be', async () => {
    await open();
    let gone = true;
    await page.route(/assets\/Talk-/, (route) => (gone ? route.fulfill({ status: 404 }) : route.continue()));
    await page.goto(`${server.url}/demo/`);
    await show();
    await write('is anybody there?');
    await begun();
    await frame.getByRole('alert').getByText('This part could not be loaded').waitFor();
    if (pictures) await page.screenshot({ path: join(pictures, '61-part-failed.png') });
    await frame.getByRole('button', { name: 'Retry' }).click();
    gone = false;
    await frame.getByRole('log').getByText('is anybody there?').waitFor();
    expect(server.conversations.size).toBe(1);
  }, 60_000);

  it('fetches a style sheet again that was missed once', async () => {
    await open();
    let missed = 0;
    await page.route(/assets\/later-.*css/, (route) => (missed++ === 0 ? route.abort() : route.continue()));
    await page.goto(`${server.url}/demo/`);
    await show();
    await write('styled?');
    await frame.getByRole('log').first().getByText('styled?').waitFor();
    expect(missed).toBeGreaterThan(1);
    const rounded = frame.getByText('styled?').first();
    expect(await rounded.evaluate((element) => getComputedStyle(element).borderTopLeftRadius)).toBe('18px');
  }, 60_000);

  it('offers its own few emoji by keyboard and puts them where the caret is', async () => {
    await open();
    await page.goto(`${server.url}/demo/`);
    await show();
    const box = frame.getByRole('textbox', { name: 'Message', exact: true });
    await box.fill('thanks!');
    await box.press('ArrowLeft');
    await frame.getByRole('button', { name: 'Emoji' }).click();
    await frame.getByRole('toolbar', { name: 'Emoji' }).waitFor();
    if (pictures) await page.screenshot({ path: join(pictures, '62-emoji.png') });
    await frame.getByRole('button', { name: '😀' }).press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => box.inputValue()).toBe('thanks😄!');
    await box.press('Enter');
    const conversation = await begun();
    await waitFor('the message', () => conversation.view('visitor', '', 0).length > 0);
    expect(conversation.view('visitor', '', 0).at(-1)).toMatchObject({ text: 'thanks😄!' });
    expect(complaints).toEqual([]);
  }, 60_000);

  it('is asked and heard by the page around it', async () => {
    await open();
    await context.addInitScript(() => {
      const told: unknown[] = [];
      Object.assign(window, { told });
      addEventListener('customerservice', () => {
        for (const name of ['open', 'close', 'unread', 'message'] as const) {
          window.customerService?.on(name, (detail) => told.push([name, detail]));
        }
        // A page's own mistake stops nobody.
        window.customerService?.on('open', () => {
          throw new Error('the page is wrong');
        });
      });
    });
    await page.goto(`${server.url}/demo/`);
    await page.getByRole('button', { name: 'Open chat' }).waitFor();
    await page.evaluate(() => window.customerService?.open());
    await write('hello');
    const conversation = await begun();
    await frame.getByText('Sent', { exact: true }).waitFor();
    expect(await page.evaluate(() => window.customerService?.isOpen)).toBe(true);
    await page.evaluate(() => window.customerService?.close());
    server.assign(conversation);
    server.say(conversation, 'a secret of the visitor');
    await expect.poll(() => page.evaluate(() => window.customerService?.unread)).toBe(1);
    const told = await page.evaluate(() => (window as unknown as { told: unknown[] }).told);
    expect(told).toEqual([
      ['open', null],
      ['close', null],
      ['message', { from: '林晓' }],
      ['unread', 1],
    ]);
  }, 60_000);

  it('reads from right to left where the page is told so, and nothing is cut off', async () => {
    await open(390);
    await page.goto(`${server.url}/demo/`);
    await show();
    await frame.locator('html').evaluate((html) => html.setAttribute('dir', 'rtl'));
    await write('שלום, איפה ההזמנה שלי?');
    const conversation = await begun();
    server.assign(conversation);
    server.say(conversation, 'مرحبا، سأتحقق من ذلك');
    const [own, other] = [frame.getByText('שלום'), frame.getByText('مرحبا')];
    await other.waitFor();
    if (pictures) await page.screenshot({ path: join(pictures, '63-rtl.png') });
    const ownBox = await own.boundingBox();
    const otherBox = await other.boundingBox();
    // The other way round than from left to right: one's own on the left.
    expect(ownBox?.x).toBeLessThan(60);
    expect((otherBox?.x ?? 0) + (otherBox?.width ?? 0)).toBeGreaterThan(300);
    expect(await frame.locator('html').evaluate((html) => html.scrollWidth <= html.clientWidth)).toBe(true);
  }, 60_000);

  it('sets each message in its own direction, and keeps what towers above a line inside it', async () => {
    await open();
    await page.goto(`${server.url}/demo/`);
    await show();
    await write('مرحبا، كيف حالكم؟');
    const conversation = await begun();
    server.assign(conversation);
    server.say(conversation, 'שלום!');
    server.say(conversation, `Z${'\u0300'.repeat(300)}algo`);
    const bubble = (text: string) => frame.getByRole('log').first().locator('[dir=auto]', { hasText: text });
    await bubble('algo').waitFor();
    const style = (text: string, name: 'direction' | 'overflowY') =>
      bubble(text).evaluate((element, which) => getComputedStyle(element)[which], name);
    expect(await style('مرحبا', 'direction')).toBe('rtl');
    expect(await style('שלום', 'direction')).toBe('rtl');
    expect(await style('algo', 'direction')).toBe('ltr');
    expect(await style('algo', 'overflowY')).toBe('clip');
  }, 60_000);

  it('keeps inside the window what has nowhere to break', async () => {
    await open(390);
    await page.goto(`${server.url}/demo/`);
    await show();
    await write('hello');
    const conversation = await begun();
    const agent = { id: 'a9', name: 'W'.repeat(90) };
    server.assign(conversation, agent);
    server.say(conversation, `https://a.example/${'x'.repeat(300)}`, agent);
    server.say(conversation, `\`\`\`\n${'code '.repeat(60)}\n\`\`\``, agent);
    await write('Y'.repeat(300));
    await frame.locator('.markdown pre').waitFor();
    await frame.getByRole('log').first().getByText('YYY').waitFor();
    const beyond = await frame.getByRole('region').evaluate((region) => region.scrollWidth - region.clientWidth);
    expect(beyond).toBe(0);
  }, 60_000);

  it('moves nothing while it loads, neither the page nor itself', async () => {
    await open();
    await context.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(`${server.url}/demo/`);
    await show();
    await frame.getByText('Hello. How can we help?').waitFor();
    await write('hello');
    await begun();
    await frame.getByText('Finding someone for you').first().waitFor();
    const sums: number[] = [];
    for (const each of page.frames()) {
      sums.push(
        await each.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((a, b) => a + b, 0)),
      );
    }
    expect(sums.length).toBe(2);
    for (const sum of sums) expect(sum).toBeLessThan(0.1);
  }, 60_000);
});
