// @vitest-environment node
import type { CDPSession } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ConsolePage, canShowConsole } from './consolePage.ts';

/** A day's work, told quickly: so many conversations come, are served and closed in each part of it. */
const PARTS = 8;
const CONVERSATIONS = 15;
const MESSAGES = 15;
/** What one long conversation beside them grows by in each part: what is kept of it has an end too. */
const LONG_MESSAGES = 500;
/** Until here caches fill up: 8 conversations followed, 2,000 events of one conversation. */
const WARM = 4;
/** A loaded machine takes seconds for what a person does not see happen. */
const PATIENCE = { timeout: 120_000 };

/**
 * Measured with 180 conversations and 7,200 messages: 8.4 MB after the first half, 8.7 MB at the end, and not one node or
 * listener more. A conversation that stays behind with its events is about 40 kB, one with its pane in the page five times
 * that: 60 of them would be seen.
 */
const GROWTH_BYTES_MAX = 2_000_000;
const GROWTH_NODES_MAX = 1_500;
const GROWTH_LISTENERS_MAX = 300;

interface Held {
  bytes: number;
  nodes: number;
  listeners: number;
}

describe.skipIf(!canShowConsole)('the console over a shift', () => {
  const desk = new ConsolePage('shift');

  /** What the page holds once everything that can be thrown away has been. */
  async function held(debug: CDPSession): Promise<Held> {
    // What is held by weak references and finalizers goes with the second.
    await debug.send('HeapProfiler.collectGarbage');
    await debug.send('HeapProfiler.collectGarbage');
    const { usedSize } = await debug.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await debug.send('Memory.getDOMCounters');
    return { bytes: usedSize, nodes, listeners: jsEventListeners };
  }

  async function serve(name: string, answers: boolean) {
    const { world } = desk.server;
    const { id } = world.arrive(name);
    world.call('Accept', { conversationId: id });
    await desk.row(name).click();
    const texts = Array.from({ length: MESSAGES }, (_, i) => `${name} says ${i + 1} of ${MESSAGES}`);
    for (let at = 0; at < MESSAGES; at += 5) world.saysAll(id, texts.slice(at, at + 5));
    await desk.log().getByText(`${name} says ${MESSAGES} of`).waitFor(PATIENCE);
    if (answers) {
      await desk.page.locator('#compose-text').fill(`An answer to ${name}`);
      await desk.page.keyboard.press('Enter');
      await desk.log().getByText(`An answer to ${name}`).waitFor(PATIENCE);
    }
    world.call('Close', { conversationId: id });
    await desk.row(name).waitFor({ state: 'detached', ...PATIENCE });
  }

  it('holds no more in its second half than in its first', async () => {
    await desk.enter(1440, 'en-US');
    const debug = await desk.page.context().newCDPSession(desk.page);
    await debug.send('HeapProfiler.enable');
    const { world } = desk.server;
    const measured: Held[] = [];
    let said = 0;
    for (let part = 0; part < PARTS; part++) {
      for (let n = 0; n < CONVERSATIONS; n++) await serve(`Caller ${part}-${n}`, n % 6 === 0);
      await desk.row('王芳').click();
      await desk.log().locator('[data-key]').first().waitFor(PATIENCE);
      for (const until = said + LONG_MESSAGES; said < until; ) {
        world.saysAll(
          'c1',
          Array.from({ length: 50 }, () => `message ${++said} of a long shift`),
        );
        await desk.log().getByText(`message ${said} of a long shift`).waitFor(PATIENCE);
      }
      for (const tab of [/^Waiting/, /^All/, /^Mine/]) {
        await desk.tab(tab).click();
        await desk.row(tab.source === '^Waiting' ? '赵敏' : '王芳').waitFor(PATIENCE);
      }
      await desk.page.keyboard.press('s');
      await desk.page.keyboard.press('Escape');
      await desk.page.goto(`${desk.server.url}/console/#/library/tags`);
      await desk.page.getByRole('button', { name: 'Edit: 退款' }).waitFor(PATIENCE);
      await desk.page.goto(`${desk.server.url}/console/#/`);
      await desk.row('王芳').click();
      await desk.log().getByText(`message ${said} of a long shift`).waitFor(PATIENCE);
      measured.push(await held(debug));
    }
    for (const [part, { bytes, nodes, listeners }] of measured.entries()) {
      const served = (part + 1) * CONVERSATIONS;
      const messages = served * MESSAGES + (part + 1) * LONG_MESSAGES;
      console.log(`${served} conversations, ${messages} messages: ${bytes} B, ${nodes} nodes, ${listeners} listeners`);
    }
    // The least of each half: a collection now and then leaves something for the next one.
    const least = (what: keyof Held, parts: Held[]) => Math.min(...parts.map((each) => each[what]));
    const grown = (what: keyof Held) => least(what, measured.slice(WARM)) - least(what, measured.slice(WARM - 2, WARM));
    expect(measured.length).toBe(PARTS);
    expect(grown('bytes')).toBeLessThan(GROWTH_BYTES_MAX);
    expect(grown('nodes')).toBeLessThan(GROWTH_NODES_MAX);
    expect(grown('listeners')).toBeLessThan(GROWTH_LISTENERS_MAX);
    expect(await desk.log().locator('[data-key]').count()).toBeLessThan(200);
    expect(desk.complaints).toEqual([]);
  }, 900_000);
});
