// @vitest-environment node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../console/dev/fake.mjs';
import { haveChromium, launch } from './browser.ts';

const built = existsSync(fileURLToPath(new URL('../../wwwroot/console/index.html', import.meta.url)));

/** Frames between a message's arrival on the socket and its words in the page, counted in the page itself. */
interface Watch {
  arrivedAtFrame: number | null;
  shownAtFrame: number | null;
}

describe.skipIf(!haveChromium || !built)('an incoming message', () => {
  let browser: Browser;
  let page: Page;
  let server: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    browser = await launch();
  }, 60_000);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    server = await serve(0);
    const context = await browser.newContext({ viewport: { width: 1440, height: 844 }, locale: 'en-US', reducedMotion: 'reduce' });
    page = await context.newPage();
    await page.addInitScript(() => {
      const watch: Watch = { arrivedAtFrame: null, shownAtFrame: null };
      let frame = 0;
      const count = () => {
        frame += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      const Native = WebSocket;
      globalThis.WebSocket = class extends Native {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, protocols);
          this.addEventListener('message', (event) => {
            if (String(event.data).includes('painted at once')) watch.arrivedAtFrame ??= frame;
          });
        }
      };
      new MutationObserver(() => {
        if (watch.shownAtFrame === null && document.querySelector('[role=log]')?.textContent?.includes('painted at once')) {
          watch.shownAtFrame = frame;
        }
      }).observe(document, { subtree: true, childList: true, characterData: true });
      Object.assign(globalThis, { watch });
    });
    await page.goto(`${server.url}/console/`);
    await page.getByLabel('Email').fill('lin@example.com');
    await page.getByLabel('Password', { exact: true }).fill('demo');
    await page.keyboard.press('Enter');
    await page.locator("[data-list]").getByRole("button", { name: "王芳" }).click();
    await page.getByRole('log').getByText('我这边比较着急用。').waitFor();
  }, 60_000);
  afterEach(async () => {
    await page?.context().close();
    await server.close();
  });

  const says = (text: string) => server.world.says('c1', text);

  it('puts an incoming message into the page before the frame after its arrival', async () => {
    says('painted at once');
    await page.getByRole('log').getByText('painted at once').waitFor();
    const { arrivedAtFrame, shownAtFrame } = await page.evaluate(() => (globalThis as unknown as { watch: Watch }).watch);
    expect(arrivedAtFrame).not.toBeNull();
    expect((shownAtFrame ?? Number.NaN) - (arrivedAtFrame ?? Number.NaN)).toBeLessThanOrEqual(1);
  }, 60_000);
});
