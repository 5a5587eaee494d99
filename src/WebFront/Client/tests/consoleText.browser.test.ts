// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ConsolePage, canShowConsole } from './consolePage.ts';
import { endless, hostile } from './hostile.ts';

describe.skipIf(!canShowConsole)('what messages say, in the console', () => {
  const desk = new ConsolePage('text');
  const author = { kind: 'agent', id: 'a2', name: 'Daniel Weber' };
  let said = 0;

  /** A colleague writes, to the visitor or for colleagues only. */
  function colleague(text: string, type: 'messagePosted' | 'noteAdded' = 'messagePosted', more = {}): void {
    const { world } = desk.server;
    const posted = { messageId: `said-${++said}`, author, text, attachments: [], ...more };
    world.happen(world.conversations.get('c1'), type, posted, 'changed');
  }

  /** Elements, attributes and addresses in the log's bubbles that no message may bring along. */
  const wrong = () =>
    desk.log().evaluate((log) => {
      const allowed = 'DIV P BR STRONG EM DEL CODE PRE UL OL LI BLOCKQUOTE A HR'.split(' ');
      const found: string[] = [];
      for (const element of log.querySelectorAll('[data-text] *')) {
        if (!allowed.includes(element.tagName)) found.push(element.tagName);
        for (const { name, value } of element.attributes) {
          if (!['class', 'href', 'start', 'target', 'rel'].includes(name)) found.push(`${element.tagName} ${name}`);
          if (name === 'class' && element.tagName !== 'A' && value !== 'markdown') found.push(value);
          if (name === 'href' && !/^(https?:\/\/|mailto:)/i.test(value)) found.push(value);
          if (name === 'href' && element.getAttribute('rel') !== 'noopener noreferrer nofollow ugc') found.push(value);
        }
        if (element.tagName === 'A' && /[\u202a-\u202e\u2066-\u2069]/.test(element.textContent ?? ''))
          found.push('turned');
      }
      return found;
    });

  it('shows markdown of agents and notes, links of all, and fetches nothing for plain text', async () => {
    await desk.enter(1440, 'en-US');
    const fetched: string[] = [];
    desk.page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await desk.row('王芳').click();
    await desk.log().getByText('我这边比较着急用。').waitFor();
    const { world } = desk.server;
    world.says('c1', 'It is at https://shop.example/lamps/17?a=1_2, **not bold**.');
    const link = desk.log().getByRole('link', { name: 'https://shop.example/lamps/17?a=1_2' });
    await link.waitFor();
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer nofollow ugc');
    expect(await link.getAttribute('target')).toBe('_blank');
    // What visitors type stays as typed: their own window shows them nothing else.
    await desk.log().getByText(', **not bold**.').waitFor();
    expect(fetched.filter((path) => path.includes('render-'))).toEqual([]);

    colleague('**Bold**, [a page](https://a.example/x) and [a mail](mailto:help@a.example)\n\n1. one\n2. two');
    await desk.log().locator('strong', { hasText: 'Bold' }).waitFor();
    expect(await desk.log().getByRole('link', { name: 'a mail' }).getAttribute('href')).toBe('mailto:help@a.example');
    expect(await desk.log().locator('.markdown ol li').count()).toBe(2);
    expect(fetched.filter((path) => path.includes('render-')).length).toBe(1);
    colleague('Seen in `orders`: https://intern.example/17', 'noteAdded');
    await desk.log().locator('code', { hasText: 'orders' }).waitFor();
    await desk.log().getByRole('link', { name: 'https://intern.example/17' }).waitFor();
    colleague('**请看**https://a.example/路径?a=1&b=2，谢谢。');
    await desk.log().getByRole('link', { name: 'https://a.example/路径?a=1&b=2', exact: true }).waitFor();
    // A quote says what was typed, and leads to it.
    world.happen(
      world.conversations.get('c1'),
      'messagePosted',
      { messageId: 'q', author: world.conversations.get('c1')?.visitor, text: 'the second', replyTo: 'said-1' },
      'changed',
    );
    await desk
      .log()
      .getByRole('button', { name: /Quoted message:.*\*\*Bold\*\*/s })
      .click();
    await desk.page.locator('[data-key].bg-warn-soft\\/60', { hasText: 'a page' }).waitFor();
    await desk.accessible('markdown');
    expect(await wrong()).toEqual([]);
    expect(desk.complaints).toEqual([]);
  }, 120_000);

  it('keeps the end in view when text is rendered only later, and shows it as typed until then', async () => {
    await desk.enter(1440, 'en-US');
    let open = () => {};
    const gate = new Promise<void>((opened) => {
      open = opened;
    });
    await desk.page.route(/assets\/render-/, async (route) => {
      await gate;
      await route.continue();
    });
    await desk.row('陈建国').click();
    await desk.log().getByText('好的，已经为您登记。').waitFor();
    const { world } = desk.server;
    const text = Array.from({ length: 12 }, (_, line) => `**Step ${line}**`).join('\n\n');
    const c4 = world.conversations.get('c4');
    world.happen(c4, 'messagePosted', { messageId: 'late', author, text, attachments: [] }, 'changed');
    await desk.log().getByText('**Step 11**').waitFor();
    open();
    await desk.log().locator('strong', { hasText: 'Step 11' }).waitFor();
    await expect
      .poll(() => desk.log().evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight))
      .toBeLessThan(2);
  }, 120_000);

  it('is not harmed by what is written to harm it', async () => {
    await desk.enter(390, 'en-US', true);
    await desk.row('王芳').click();
    await desk.log().waitFor();
    colleague('**the first one**');
    await desk.log().locator('strong', { hasText: 'the first one' }).waitFor();
    const elsewhere: string[] = [];
    desk.page.on('request', (request) => {
      if (!request.url().startsWith(desk.server.url)) elsewhere.push(request.url());
    });
    desk.server.world.saysAll('c1', [...hostile, ...endless]);
    for (const text of [...hostile, ...endless]) colleague(text);
    for (const text of hostile.slice(0, 5)) colleague(text, 'noteAdded');
    colleague('**the last one**');
    await desk.log().locator('strong', { hasText: 'the last one' }).waitFor({ timeout: 150_000 });
    expect(await wrong()).toEqual([]);
    expect(await desk.log().locator('.markdown').count()).toBeGreaterThan(hostile.length - 5);
    expect(
      await desk.log().evaluate((log) => [log.scrollWidth - log.clientWidth, document.title.includes('x')]),
    ).toEqual([0, false]);
    expect(elsewhere).toEqual([]);
    await desk.accessible('hostile');
    expect(desk.complaints).toEqual([]);
  }, 180_000);
});
