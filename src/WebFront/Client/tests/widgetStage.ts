import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { haveChromium, launch } from './browser.ts';
import type { FakeConversation } from './fakeModel.ts';
import { FakeServer, type FakeServerOptions } from './fakeServer.ts';
import { waitFor } from './waitFor.ts';

const root = fileURLToPath(new URL('../../wwwroot', import.meta.url));
export const ready = haveChromium && existsSync(join(root, 'widget/index.html'));

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; base-uri 'none'";

/** The demo page with the widget in it, in a real browser before a server that a test plays. */
export class Stage {
  server!: FakeServer;
  context!: BrowserContext;
  page!: Page;
  frame!: FrameLocator;
  browser!: Browser;
  readonly complaints: string[] = [];

  constructor() {
    beforeAll(async () => {
      this.browser = await launch();
    }, 60_000);
    afterAll(() => this.browser?.close());
    afterEach(async () => {
      await this.context?.close();
      await this.server?.close();
    });
  }

  /** `before` runs once the page exists, ahead of anything in it. */
  async open(
    options: FakeServerOptions = {},
    look: BrowserContextOptions = {},
    before?: (page: Page) => Promise<unknown>,
  ): Promise<void> {
    this.server = new FakeServer({ root, headers: { 'content-security-policy': csp }, ...options });
    await this.server.listen();
    this.complaints.length = 0;
    const viewport = { width: 1280, height: 844 };
    this.context = await this.browser.newContext({ viewport, locale: 'en', reducedMotion: 'reduce', ...look });
    this.page = await this.context.newPage();
    this.page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${message.text()} ${message.location().url}`);
    });
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    this.frame = this.page.frameLocator('iframe');
    await before?.(this.page);
    await this.page.goto(`${this.server.url}/demo/`);
  }

  get launcher() {
    return this.page.getByRole('button', { name: /^Open chat/ });
  }

  async write(text: string): Promise<void> {
    const box = this.frame.getByRole('textbox', { name: 'Message', exact: true });
    await box.fill(text);
    await box.press('Enter');
  }

  /** The visitor has opened the window and written; the conversation is there. */
  async begin(text = 'hello'): Promise<FakeConversation> {
    await this.launcher.click();
    await this.write(text);
    await waitFor('a conversation', () => this.server.conversations.size > 0);
    await this.frame.getByRole('log').first().getByText(text).waitFor();
    return [...this.server.conversations.values()][0] as FakeConversation;
  }

  /** What the visitor's client has called by that name. */
  called(method: string): Record<string, unknown>[] {
    return this.server.calls.filter((call) => call.method === method).map((call) => call.argument);
  }

  async picture(name: string): Promise<void> {
    const folder = process.env.PICTURES;
    if (folder) await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }
}
