// @vitest-environment node
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { waitFor } from './waitFor.ts';
import { ready, Stage } from './widgetStage.ts';

const invitation = (page: string, afterSeconds: number, text: string) => ({ page, afterSeconds, text: { en: text } });

describe.skipIf(!ready)('the widget and the page around it', () => {
  const stage = new Stage();
  const bubble = () =>
    stage.page.locator('p[role=status]', { has: stage.page.getByRole('button', { name: 'No, thanks' }) });

  it('invites on the page and after the time that the site has set, and once', async () => {
    const look = {
      invitations: [invitation('/checkout*', 0, 'Not here'), invitation('/demo/*', 3600, 'Any question?')],
    };
    await stage.open({ look }, {}, (page) => page.clock.install());
    await stage.launcher.waitFor();
    await stage.page.clock.fastForward(3_590_000);
    await expect.poll(() => bubble().count()).toBe(0);
    await stage.page.clock.fastForward(20_000);
    await bubble().getByText('Any question?').waitFor();
    await stage.picture('70-invitation');
    await bubble().getByRole('button', { name: 'No, thanks' }).press('Enter');
    await bubble().waitFor({ state: 'detached' });
    await stage.page.reload();
    await stage.launcher.waitFor();
    await stage.page.clock.fastForward(7_200_000);
    expect(await bubble().count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  }, 60_000);

  it('invites where a page that is not loaded anew has come to, and opens when it is taken', async () => {
    await stage.open({ look: { invitations: [invitation('/checkout*', 0, 'Help with your order?')] } });
    await stage.launcher.waitFor();
    expect(await bubble().count()).toBe(0);
    await stage.page.evaluate(() => history.pushState(null, '', '/checkout/2'));
    await bubble().getByRole('button', { name: 'Help with your order?' }).click();
    await stage.frame.getByText('Hello. How can we help?').waitFor();
    expect(await bubble().count()).toBe(0);
  }, 60_000);

  it('is not there while the site hides it', async () => {
    await stage.open({ look: { hidden: true } }, {}, async (page) => {
      await page.addInitScript(() => {
        const { fetch } = window;
        // Done only when the script has done with the answer.
        window.fetch = async (...args) => {
          const answer = await fetch(...args);
          if (String(args[0]).endsWith('/look')) setTimeout(() => Object.assign(window, { looked: true }));
          return answer;
        };
      });
    });
    await stage.page.waitForFunction(() => 'looked' in window);
    await stage.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    expect(await stage.launcher.count()).toBe(0);
  }, 60_000);

  it('is not there on a page that may not frame it, and the log says why', async () => {
    const look: Record<string, unknown> = {};
    const warnings: string[] = [];
    await stage.open({ look }, {}, async (page) =>
      page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text())),
    );
    await stage.begin();
    await expect.poll(() => stage.page.evaluate(() => localStorage.getItem('cs.widget.demo'))).toBe('1');
    // Not even for whoever has a conversation: the frame would stay grey.
    Object.assign(look, { hidden: true, refused: true });
    await stage.page.reload();
    await expect.poll(() => warnings).toEqual([`${stage.server.url} is no origin of site demo`]);
    expect(await stage.launcher.count()).toBe(0);
    expect(await stage.page.locator('iframe').count()).toBe(0);
  }, 60_000);

  it('sends no character that the server refuses', async () => {
    await stage.open({
      site: { form: [{ key: 'city', type: 'text', required: true, label: { en: 'City' }, options: [] }] },
    });
    await stage.launcher.click();
    await stage.frame.getByLabel('City').fill('Ber\0lin');
    await stage.frame.getByRole('button', { name: 'Start chat' }).click();
    await stage.write('a\0b');
    await waitFor('a start', () => stage.called('StartConversation').length > 0);
    expect(stage.called('StartConversation')[0]).toMatchObject({ form: { city: 'Berlin' }, message: { text: 'ab' } });
  }, 60_000);

  it('has an edge around what one wrote oneself, however dark the site’s colour is', async () => {
    await stage.open({ site: { color: '#000000' } }, { colorScheme: 'dark' });
    await stage.begin();
    await stage.picture('72-dark-edge');
    const own = stage.frame.getByRole('log').first().locator('.own-edge').first();
    const contrasts = await own.evaluate(
      (element, colors) => {
        const canvas = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
        const luminance = (color: string) => {
          canvas.fillStyle = color;
          canvas.fillRect(0, 0, 1, 1);
          const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) =>
            part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
          );
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = luminance(getComputedStyle(document.documentElement).getPropertyValue('--surface'));
        return colors.map((color) => {
          document.documentElement.style.setProperty('--brand', color);
          const { outlineColor, outlineStyle } = getComputedStyle(element);
          return outlineStyle === 'solid' ? (luminance(outlineColor) + 0.05) / (ground + 0.05) : 0;
        });
      },
      ['#000000', '#000080', '#0000ff', '#2b0000', '#3b0764', '#0b6e5b', '#7a4b00'],
    );
    for (const contrast of contrasts) expect(contrast).toBeGreaterThanOrEqual(3);
    expect(contrasts.length).toBe(7);
  }, 60_000);

  it('stays for whoever is in a conversation when the site begins to hide it', async () => {
    const look: Record<string, unknown> = {};
    await stage.open({ look });
    await stage.begin();
    await expect.poll(() => stage.page.evaluate(() => localStorage.getItem('cs.widget.demo'))).toBe('1');
    look.hidden = true;
    await stage.page.reload();
    await stage.launcher.click();
    await stage.frame.getByRole('log').first().getByText('hello').waitFor();
  }, 60_000);

  it('says nothing to the frame before it listens, and then what was meant for it', async () => {
    const warnings: string[] = [];
    await stage.open({}, {}, async (page) => page.on('console', (message) => warnings.push(message.text())));
    await stage.launcher.waitFor();
    await stage.page.evaluate(() => {
      window.customerService?.open();
      window.customerService?.identify({ token: 'late' });
      history.pushState(null, '', '/demo/late');
    });
    await stage.frame.getByText('Hello. How can we help?').waitFor();
    const given = () => stage.page.frames()[1]?.evaluate(() => JSON.parse(window.name).identity);
    await expect.poll(given).toBe('late');
    expect(warnings.filter((text) => text.includes('postMessage'))).toEqual([]);
  }, 60_000);

  it('says at once that the device is offline, while the connection still believes in itself', async () => {
    await stage.open();
    await stage.begin();
    await stage.frame.getByText('Sent', { exact: true }).waitFor();
    await stage.context.setOffline(true);
    await stage.frame.getByText('You are offline').waitFor();
    await stage.frame.locator('header').getByText('Connecting…', { exact: true }).waitFor();
    await stage.context.setOffline(false);
    await stage.frame.getByText('You are offline').waitFor({ state: 'detached' });
    await stage.write('back again');
    await stage.frame.getByText('Sent', { exact: true }).waitFor();
  }, 60_000);

  it('takes files that are dropped on it, without a click in it before', async () => {
    await stage.open({ site: { files: { bytesMax: 10_000_000, types: ['.png'] } } });
    await stage.launcher.click();
    const drag = (type: string) =>
      stage.frame.locator('body').evaluate((body, event) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'parcel.png'));
        body.dispatchEvent(new DragEvent(event, { dataTransfer, bubbles: true, cancelable: true }));
        return body.textContent;
      }, type);
    await expect.poll(() => drag('dragover')).toContain('Drop to add');
    await drag('drop');
    await stage.frame.getByRole('listitem').getByText('parcel.png').waitFor();
    expect(await drag('dragend')).not.toContain('Drop to add');
  }, 60_000);

  it('leads to the first answer that is missing, also the first time', async () => {
    const form = ['name', 'city'].map((key) => ({
      key,
      type: 'text',
      required: true,
      label: { en: key },
      options: [],
    }));
    await stage.open({ site: { form } });
    await stage.launcher.click();
    await stage.frame.getByLabel('name').fill('Li');
    await stage.frame.getByRole('button', { name: 'Start chat' }).click();
    await expect
      .poll(() => stage.frame.getByLabel('city').evaluate((field) => field === document.activeElement))
      .toBe(true);
  }, 60_000);

  it('begins in the queue that the visitor has chosen', async () => {
    const queues = [
      { id: 'default', name: 'Orders' },
      { id: 'billing', name: 'Billing' },
    ];
    await stage.open({ site: { queues } });
    await stage.launcher.click();
    await stage.frame.getByLabel('What is it about?').selectOption({ label: 'Billing' });
    await stage.picture('71-queue-choice');
    await stage.frame.getByRole('button', { name: 'Start chat' }).click();
    await stage.write('my invoice is wrong');
    await waitFor('a start', () => stage.called('StartConversation').length > 0);
    expect(stage.called('StartConversation')[0]).toMatchObject({
      queueId: 'billing',
      message: { text: 'my invoice is wrong' },
    });
  }, 60_000);

  for (const knows of [true, false]) {
    it(`tells the way through a page that is not loaded anew, ${knows ? 'with' : 'without'} the navigation API`, async () => {
      await stage.open({}, {}, (page) =>
        page.addInitScript((known) => {
          if (!known) Object.defineProperty(window, 'navigation', { value: undefined });
        }, knows),
      );
      await stage.begin();
      const seen = () => stage.called('PageViewed').map((page) => new URL(String(page.url)).pathname);
      await waitFor('the first page', () => seen().includes('/demo/'));
      await go('/teas', 'Teas');
      await waitFor('the second page', () => seen().includes('/teas'));
      await go('/teas/oolong', 'Oolong');
      await waitFor('the third page', () => seen().includes('/teas/oolong'));
      await stage.page.goBack();
      await waitFor('the second page again', () => seen().at(-1) === '/teas');
      expect(stage.called('PageViewed')).toContainEqual({ url: `${stage.server.url}/teas/oolong`, title: 'Oolong' });
      expect(stage.complaints).toEqual([]);
    }, 60_000);
  }

  /** As a router does: the title follows the address. */
  const go = (path: string, title: string) =>
    stage.page.evaluate(
      (to) => {
        history.pushState(null, '', to.path);
        document.title = to.title;
      },
      { path, title },
    );

  it('tells the page that the site names instead, and the real one again when it is taken back', async () => {
    await stage.open();
    await stage.begin();
    await stage.page.evaluate(() =>
      window.customerService?.setContext({ url: 'https://shop.example/basket', title: 'Basket' }),
    );
    const named = { url: 'https://shop.example/basket', title: 'Basket' };
    await waitFor('the named page', () => JSON.stringify(stage.called('PageViewed').at(-1)) === JSON.stringify(named));
    await stage.page.evaluate(() => window.customerService?.setContext(null));
    await waitFor('the real page', () => String(stage.called('PageViewed').at(-1)?.url).endsWith('/demo/'));
  }, 60_000);

  it('keeps its count of unread messages out of the titles that agents see', async () => {
    await stage.open();
    const conversation = await stage.begin();
    server().assign(conversation);
    await stage.page.evaluate(() => window.customerService?.close());
    server().say(conversation, 'Are you still there?');
    await expect.poll(() => stage.page.title()).toMatch(/^\(1\) /);
    await stage.page.evaluate(() => history.pushState(null, '', '/teas'));
    await waitFor('the page', () => String(stage.called('PageViewed').at(-1)?.url).endsWith('/teas'));
    expect(String(stage.called('PageViewed').at(-1)?.title)).not.toContain('(1)');
  }, 60_000);

  it('sounds for what arrives while nobody looks, until it is told not to, and remembers that', async () => {
    await stage.open({}, {}, (page) => page.addInitScript(countTones));
    const conversation = await stage.begin();
    server().assign(conversation);
    server().say(conversation, 'seen as it comes');
    await stage.frame.getByRole('log').first().getByText('seen as it comes').waitFor();
    expect(await tones()).toBe(0);
    await stage.page.evaluate(() => window.customerService?.close());
    server().say(conversation, 'not seen');
    await expect.poll(tones).toBe(2);
    await stage.launcher.click();
    const options = stage.frame.getByRole('button', { name: 'More options' });
    await options.click();
    await stage.frame.getByRole('button', { name: 'Sound: on' }).click();
    await stage.frame.getByRole('button', { name: 'Sound: off' }).waitFor();
    await stage.page.reload();
    await stage.launcher.waitFor();
    // The window is closed: what is in it is there, but not for readers of screens.
    await stage.frame.locator('[role=log]').first().waitFor({ state: 'attached' });
    server().say(conversation, 'silent');
    await stage.page.getByRole('button', { name: /1 unread/ }).waitFor();
    expect(await tones()).toBe(0);
  }, 60_000);

  it('has a menu for the keyboard: it opens, leaves by Escape, saves the talk, and asks before it ends it', async () => {
    await stage.open();
    const conversation = await stage.begin('where is my pot?');
    server().assign(conversation);
    const options = stage.frame.getByRole('button', { name: 'More options' });
    await options.press('Enter');
    const menu = stage.frame.getByRole('dialog', { name: 'More options' });
    await expect
      .poll(() => menu.getByRole('button', { name: 'Sound: on' }).evaluate((it) => it === document.activeElement))
      .toBe(true);
    await stage.picture('72-menu');
    await stage.page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
    await expect.poll(() => options.evaluate((it) => it === document.activeElement)).toBe(true);
    await options.press('Enter');
    const download = stage.page.waitForEvent('download');
    await menu.getByRole('button', { name: 'Download the conversation' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/\.(txt|html)$/);
    await menu.waitFor({ state: 'detached' });
    await options.press('Enter');
    await menu.getByRole('button', { name: 'End conversation' }).click();
    const asked = stage.frame.getByRole('dialog', { name: 'End conversation' });
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await asked.waitFor({ state: 'detached' });
    expect(conversation.state).toBe('assigned');
    await options.press('Enter');
    await menu.getByRole('button', { name: 'End conversation' }).click();
    await asked.getByRole('button', { name: 'End conversation' }).click();
    await stage.frame.getByText('How did we do?').waitFor();
    expect(conversation.state).toBe('closed');
  }, 60_000);

  it('does not listen to other windows: neither the page to strangers nor the frame', async () => {
    await stage.open({ headers: {} }); // Another policy would not let the frame go there.
    await stage.begin();
    const unread = () => stage.page.evaluate(() => window.customerService?.unread);
    const open = () => stage.page.evaluate(() => window.customerService?.isOpen);
    // The page itself is not the frame.
    await stage.page.evaluate(() => window.postMessage({ cs: 'unread', count: 7 }, '*'));
    await stage.page.evaluate(() => window.postMessage({ cs: 'close' }, '*'));
    // The frame's window with another origin's document in it is the frame no longer.
    const stranger = await strangers(`<script>
      parent.postMessage({ cs: 'unread', count: 9 }, '*'); parent.postMessage({ cs: 'close' }, '*');
      parent.postMessage({ done: true }, '*');</script>`);
    await stage.page.evaluate(() => {
      const heard = new Promise((resolve) => addEventListener('message', ({ data }) => data.done && resolve(null)));
      Object.assign(window, { heard });
    });
    const inner = stage.page.frames().find((each) => each.url().includes('/widget/'));
    await inner?.evaluate((url) => location.assign(url), stranger.url).catch(() => {});
    await stage.page.evaluate(() => (window as unknown as { heard: Promise<void> }).heard);
    expect(await unread()).toBe(0);
    expect(await open()).toBe(true);
    stranger.close();
  }, 60_000);

  it('hears what the page said of its visitor before the frame could listen', async () => {
    // The script of the frame is held back, as a busy machine does.
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await stage.open({}, {}, (page) =>
      page.route(/\/widget\/(\?|index)/, async (route) => {
        await held;
        await route.continue();
      }),
    );
    await stage.launcher.click();
    const pages: string[] = [];
    stage.page.on('request', (request) => {
      if (request.url().endsWith('/visitor-sessions') && request.postData()?.includes('signed'))
        pages.push(request.url());
    });
    await stage.page.evaluate(() => {
      const heard = new Promise((resolve) => window.customerService?.on('identified', resolve));
      Object.assign(window, { heard });
      window.customerService?.identify({ token: 'signed' });
      history.pushState(null, '', '/demo/lamps');
    });
    letGo();
    const heard = await stage.page.evaluate(() => (window as unknown as { heard: Promise<unknown> }).heard);
    expect(heard).toEqual({ refused: null });
    expect(pages.length).toBe(1);
    await stage.write('hello');
    await waitFor('the page looked at', () =>
      stage.called('PageViewed').some(({ url }) => String(url).endsWith('/lamps')),
    );
  }, 60_000);

  it.each([true, false])(
    'the frame listens to the origin it was given alone (the right one: %s)',
    async (right) => {
      await stage.open();
      const stranger = await strangers('<body></body>');
      const page = await stage.context.newPage();
      const identities: string[] = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/visitor-sessions') && request.postData()?.includes('stolen'))
          identities.push(request.url());
      });
      await page.goto(stranger.url);
      await embed(
        page,
        `${stage.server.url}/widget/?site=demo`,
        right ? new URL(stranger.url).origin : stage.server.url,
      );
      const frame = page.frameLocator('iframe');
      await frame.getByText('We are online').waitFor();
      // Whatever the page has sent before is handled when the frame gets this one.
      const inner = page.frames().find((each) => each.url().includes('/widget/'));
      await inner?.evaluate(() => {
        const heard = new Promise((resolve) =>
          addEventListener('message', ({ data }) => data === 'last' && resolve(null)),
        );
        Object.assign(window, { heard });
      });
      await page.evaluate(() => {
        const target = document.querySelector('iframe')?.contentWindow;
        target?.postMessage({ cs: 'identity', token: 'stolen' }, '*');
        target?.postMessage('last', '*');
      });
      await inner?.evaluate(() => (window as unknown as { heard: Promise<void> }).heard);
      if (right) await waitFor('the identity', () => identities.length > 0);
      else expect(identities).toEqual([]);
      const told = await page.evaluate(() => (window as unknown as { told: unknown[] }).told.length);
      // What the frame says goes to that origin alone too.
      expect(told > 0).toBe(right);
      stranger.close();
    },
    60_000,
  );

  const server = () => stage.server;
  const tones = () => {
    const inner = stage.page.frames().find((each) => each.url().includes('/widget/'));
    return inner?.evaluate(() => (window as unknown as { tones: number }).tones);
  };
});

/** A page of another origin. */
async function strangers(html: string): Promise<{ url: string; close: () => void }> {
  const http = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  return { url, close: () => void http.close() };
}

/** The widget's frame as its script makes it, by a page that says on whose behalf. */
function embed(page: Page, src: string, host: string): Promise<void> {
  return page.evaluate(
    (given) => {
      const told: unknown[] = [];
      Object.assign(window, { told });
      addEventListener('message', ({ data }) => told.push(data));
      const frame = document.createElement('iframe');
      frame.name = JSON.stringify({ host: given.host, locale: 'en', page: { url: '', title: '', referrer: '' } });
      frame.src = given.src;
      document.body.append(frame);
    },
    { src, host },
  );
}

/** In the browser: an audio device that only counts. */
function countTones(): void {
  Object.assign(window, { tones: 0 });
  const parameter = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {}, value: 0 };
  const node = { connect: (next: unknown) => next, gain: parameter, frequency: parameter, stop() {} };
  class Device {
    state = 'running';
    currentTime = 0;
    destination = node;
    createGain = () => node;
    createOscillator = () => ({ ...node, start: () => (window as unknown as { tones: number }).tones++ });
  }
  Object.assign(window, { AudioContext: Device });
}
