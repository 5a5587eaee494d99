import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { serve } from '../console/dev/fake.mjs';
import { haveChromium, launch } from './browser.ts';

const built = existsSync(fileURLToPath(new URL('../../wwwroot/console/index.html', import.meta.url)));

/** Whether there is a browser, and a console to look at. */
export const canShowConsole = haveChromium && built;
if (!canShowConsole) {
  const missing = built ? 'no Chromium (set CHROMIUM to its path)' : 'the client is not built (npm run build)';
  console.log(`NOT RUN: the console in a real browser: ${missing}`);
}

/** Where to leave pictures, when somebody wants to look at them. */
const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

/** The built console in Chromium, before a stand-in server of its own for each test of the suite that asks for it. */
export class ConsolePage {
  page!: Page;
  server!: Awaited<ReturnType<typeof serve>>;
  /** What the page said on its console, or threw. */
  complaints: string[] = [];
  #browser!: Browser;
  readonly #pictures: string;

  /** @param pictures how the suite's pictures begin */
  constructor(pictures: string) {
    this.#pictures = pictures;
    beforeAll(async () => {
      this.#browser = await launch();
    }, 60_000);
    afterAll(() => this.#browser?.close());
    beforeEach(async () => {
      this.server = await serve(0);
      this.complaints = [];
    });
    afterEach(async () => {
      await this.page?.context().close();
      await this.server.close();
    });
  }

  /** A browser of its own at the sign-in. */
  async open(width: number, locale: string, dark = false, prepare?: () => void): Promise<void> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 844 },
      locale,
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    this.page = await context.newPage();
    if (prepare) await this.page.addInitScript(prepare);
    this.page.on('console', (message) => {
      // Asking whether the cookie still stands for somebody, and wrong passwords, are answered with these,
      // and so is who was overtaken.
      if (message.type() === 'error' && !/401|409|429|WebSocket/.test(message.text())) {
        this.complaints.push(message.text());
      }
    });
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    await this.page.goto(`${this.server.url}/console/`);
    await this.page.getByLabel(/^(邮箱|Email)$/).waitFor();
  }

  async signIn(password = 'demo'): Promise<void> {
    await this.page.getByLabel(/^(邮箱|Email)$/).fill('lin@example.com');
    await this.page.getByLabel(/^(密码|Password)$/).fill(password);
    await this.page.keyboard.press('Enter');
  }

  /** Signed in, with the list there. */
  async enter(width: number, locale: string, dark = false, prepare?: () => void): Promise<void> {
    await this.open(width, locale, dark, prepare);
    await this.signIn();
    await this.row('王芳').waitFor();
  }

  /** Nothing that axe finds wrong in what is on the screen. */
  async accessible(name: string): Promise<void> {
    if (pictures) await this.page.screenshot({ path: join(pictures, `${this.#pictures}-${name}.png`) });
    // Through the debugging protocol: the page's own policy admits no script.
    await this.page.evaluate(`${axe.source}; 0`);
    const { violations } = await this.page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(' | ')}`)).toEqual([]);
  }

  list = () => this.page.locator('[data-list]');
  row = (name: string) => this.list().getByRole('button', { name });
  log = () => this.page.getByRole('log');
  tab = (name: RegExp) => this.page.getByRole('tab', { name });
}
