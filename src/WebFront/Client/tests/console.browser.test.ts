// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ConsolePage, canShowConsole } from './consolePage.ts';

const NARROW = 390;

describe.skipIf(!canShowConsole)('the console in a real browser', () => {
  const desk = new ConsolePage('console');

  it('signs in, says what is wrong where it happens, and stays signed in', async () => {
    await desk.open(1024, 'en-US');
    await desk.signIn('');
    await desk.page.getByText('Enter your password.').waitFor();
    await desk.accessible('sign-in');
    await desk.signIn('wrong');
    await desk.page.getByText('The email or the password is not right.').waitFor();
    await desk.signIn('slow');
    await desk.page.getByText(/Too many attempts\. Try again in \d s\./).waitFor();
    await desk.page.reload();
    await desk.signIn();
    await desk.row('Emma Clarke').waitFor();
    await desk.page.reload();
    await desk.row('Emma Clarke').waitFor();
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('edits, quotes and removes messages, by mouse and by keyboard', async () => {
    await desk.open(1440, 'en-US');
    await desk.signIn();
    await desk.row('Emma Clarke').click();
    const bubble = (text: string) => desk.page.locator('[data-key]', { hasText: text });
    await desk.log().getByText('the blue one').waitFor();
    // By keyboard: the visitor's last message is quoted, and what answers it says so above its bubble.
    await desk.page.locator('#compose-text').blur();
    await desk.page.keyboard.press('q');
    await desk.page.locator('[data-quoting]').getByText('Quoting Emma Clarke').waitFor();
    await desk.accessible('quoting');
    await desk.page.keyboard.type('Size M is there.');
    await desk.page.keyboard.press('Enter');
    await bubble('Size M is there.')
      .getByRole('button', { name: /Quoted message:.*the blue one/s })
      .click();
    await desk.page.locator('[data-key].bg-warn-soft\\/60', { hasText: 'the blue one' }).waitFor();
    // The arrow up rewords the last own message; a draft is not lost by it.
    await desk.page.locator('#compose-text').click();
    await desk.page.keyboard.press('ArrowUp');
    await desk.page.getByText('Editing a message').waitFor();
    await desk.page.locator('#compose-text').fill('too late');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('This message can no longer be edited').waitFor();
    await desk.page.locator('#compose-text').fill('Size M is in stock.');
    await desk.accessible('editing');
    await desk.page.keyboard.press('Enter');
    await bubble('Size M is in stock.').getByText('Edited').waitFor();
    await desk.page.getByText('Editing a message').waitFor({ state: 'detached' });
    // By mouse, and with the question first.
    await bubble('WINTER15').hover();
    await bubble('WINTER15')
      .getByRole('button', { name: /^Remove/ })
      .click();
    await desk.page.getByRole('dialog').getByText('deleted for good').waitFor();
    await desk.accessible('removing');
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await desk.log().getByText('Message removed').waitFor();
    await desk.page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await desk.log().getByText('WINTER15').count()).toBe(0);
    desk.server.cut();
    await desk.log().getByText('Message removed').waitFor();
    expect(await desk.log().getByText('Edited').count()).toBe(1);
    await desk.accessible('amended');
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('shows a removed message and the way to write on a phone, in the dark', async () => {
    await desk.open(NARROW, 'zh-CN', true);
    await desk.signIn();
    await desk.row('Emma Clarke').click();
    await desk.page
      .locator('[data-key]', { hasText: 'WINTER15' })
      .getByRole('button', { name: /^移除/ })
      .press('Enter');
    await desk.page.getByRole('dialog').getByRole('button', { name: '移除' }).click();
    await desk.log().getByText('消息已移除').waitFor();
    await desk.page.getByRole('dialog').waitFor({ state: 'detached' });
    await desk.page
      .locator('[data-key]', { hasText: 'the blue one' })
      .getByRole('button', { name: /^引用/ })
      .press('Enter');
    await desk.page.locator('[data-quoting]').waitFor();
    await desk.accessible('amended-narrow-dark');
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('knows the customer: pages, fields of two editors, and who may not write', async () => {
    await desk.open(1440, 'en-US');
    await desk.signIn();
    await desk.row('Emma Clarke').click();
    const card = desk.page.getByRole('complementary').last();
    await card.getByText('Desk lamp “Nord”, blue').waitFor();
    const c2 = desk.server.world.conversations.get('c2');
    desk.server.world.push('Signal', {
      conversationId: 'c2',
      type: 'page',
      by: c2?.visitor,
      page: { url: 'https://shop.example/help', title: '<b>Help</b>', at: new Date().toISOString() },
    });
    await card.getByText('<b>Help</b>').waitFor();
    // What the site's server signed is told apart from what a visitor says of itself.
    await card.getByText('Account at the site (signed)').waitFor();
    await card.getByText('emma@shop.example').waitFor();
    expect(await card.getByText('signed.id').count()).toBe(0);
    // An answer stands under its question, or under its key once nobody asks it any more.
    const asked = (answer: string) => card.locator('div', { has: desk.page.locator('dd', { hasText: answer }) }).last();
    await asked('Checkout').getByText('What is it about?').waitFor();
    await asked('B-17').getByText('basket', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Edit', exact: true }).click();
    await card.getByLabel('Age').fill('200');
    await card.getByText('Enter a number from 0 to 150.').waitFor();
    await card.getByLabel('Age').fill('42');
    await card.getByLabel('Tier').selectOption('silver');
    Object.assign(desk.server.world.card(c2), { fields: { tier: 'gold', company: 'ACME' }, revision: 2 });
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('A colleague has just changed this').waitFor();
    // What was not touched here is taken over; what was typed is shown beside what is there now.
    expect(await card.getByLabel('Company').inputValue()).toBe('ACME');
    await card.getByText('Saved now: gold').waitFor();
    await desk.accessible('card-overtaken');
    await card.getByRole('button', { name: 'Save' }).click();
    await card.getByText('silver').waitFor();
    await card.getByText('ACME').waitFor();
    await card.getByRole('button', { name: 'Block visitor' }).click();
    await desk.page
      .getByRole('dialog')
      .getByLabel(/Reason/)
      .fill('abuse');
    // Turned to a narrow screen, its pane goes out of sight; the dialog does not.
    await desk.page.setViewportSize({ width: 768, height: 1024 });
    await expect.poll(async () => (await desk.page.locator('aside').boundingBox())?.width).toBe(0);
    expect(await desk.page.getByRole('dialog').isVisible()).toBe(true);
    await desk.page.setViewportSize({ width: 1440, height: 900 });
    await desk.accessible('blocking');
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Block visitor' }).click();
    await card.getByText('Blocked: cannot write').waitFor();
    await desk.log().getByText('林晓 blocked the visitor').waitFor();
    await desk.accessible('blocked');
    await card.getByRole('button', { name: 'Unblock' }).click();
    await desk.log().getByText('林晓 unblocked the visitor').waitFor();
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('shows who else is here, and what a visitor has not sent yet where the server tells', async () => {
    await desk.open(1024, 'zh-CN', true);
    await desk.signIn();
    await desk.row('Emma Clarke').click();
    await desk.log().getByText('the blue one').waitFor();
    const visitor = desk.server.world.conversations.get('c2')?.visitor;
    const by = { kind: 'agent', id: 'a2', name: 'Daniel Weber' };
    desk.server.world.push('Signal', { conversationId: 'c2', type: 'viewing', by, online: true });
    await desk.page.getByText('Daniel Weber 也在查看').waitFor();
    desk.server.world.push('Signal', { conversationId: 'c2', type: 'viewing', by, online: false });
    await desk.page.getByText('Daniel Weber 也在查看').waitFor({ state: 'detached' });
    desk.server.world.push('Signal', { conversationId: 'c2', type: 'typing', by });
    await desk.page.getByText('Daniel Weber 正在输入回复').waitFor();
    desk.server.world.push('Signal', {
      conversationId: 'c2',
      type: 'typing',
      by: visitor,
      text: 'I was going to <i>say</i>',
    });
    await desk.log().getByText('I was going to <i>say</i>').waitFor();
    await desk.accessible('others-dark');
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('asks for desktop notices by a click only, and one leads to its conversation', async () => {
    await desk.open(1440, 'en-US');
    await desk.page.context().grantPermissions(['notifications']);
    await desk.page.addInitScript(() => {
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
    await desk.page.reload();
    await desk.signIn();
    await desk.row('Emma Clarke').waitFor();
    const asked = () => desk.page.evaluate(() => (window as unknown as { asked: { times: number } }).asked.times);
    expect(await asked()).toBe(0);
    await desk.page.getByRole('button', { name: /^Account/ }).click();
    await desk.page.getByRole('menuitemcheckbox', { name: 'Desktop notices' }).click();
    await expect.poll(asked).toBe(1);
    await desk.page.evaluate(() =>
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }),
    );
    desk.server.world.say('c2');
    const titles = () =>
      desk.page.evaluate(() => (window as unknown as { shown: { title: string }[] }).shown.map((each) => each.title));
    await expect.poll(titles).toEqual(['Emma Clarke']);
    await desk.page.evaluate(() => (window as unknown as { shown: { onclick?: () => void }[] }).shown[0]?.onclick?.());
    await desk.log().getByText('Are you still there?').waitFor();
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('serves a conversation with the keyboard alone, in Chinese', async () => {
    await desk.open(1440, 'zh-CN');
    await desk.signIn();
    await desk.row('王芳').waitFor();
    await desk.accessible('inbox');
    await desk.page.keyboard.press('/');
    await desk.page.keyboard.press('ArrowDown');
    await desk.page.keyboard.press('ArrowDown');
    await desk.page.keyboard.press('Enter');
    await desk.log().getByText('我这边比较着急用。').waitFor();
    await desk.page.keyboard.press('r');
    await desk.page.keyboard.type('您好');
    await desk.page.keyboard.press('Shift+Enter');
    await desk.page.keyboard.type('请放心');
    await desk.page.keyboard.press('Enter');
    await desk.log().getByText('请放心').waitFor();
    await desk.page.getByText('访客正在输入…').waitFor();
    await desk.log().getByText('好的，谢谢您！').waitFor();
    await desk.page.getByText('访客正在输入…').waitFor({ state: 'detached' });
    await desk.page.keyboard.press('Alt+n');
    await desk.page.keyboard.type('已核实');
    await desk.page.keyboard.press('Enter');
    await desk.log().getByText('已核实').waitFor();
    await desk.accessible('conversation');
    // A text over the limit stays where it is.
    await desk.page.keyboard.press('Alt+n');
    await desk.page.locator('#compose-text').fill('字'.repeat(4001));
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('超出 1 字').waitFor();
    // A refused one is shown as such, and a draft is kept per conversation.
    await desk.page.locator('#compose-text').fill('please refuse');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('未发送').waitFor();
    await desk.page.locator('#compose-text').fill('草稿内容');
    await desk.row('Emma Clarke').click();
    await desk.row('王芳').getByText('草稿内容').waitFor();
    await desk.page.keyboard.press('Escape');
    await desk.page.keyboard.press('t');
    await desk.page.getByRole('dialog').getByText('Daniel Weber').waitFor();
    // What there is to choose comes later than the dialog, and has the focus all the same.
    await expect.poll(() => desk.page.locator('dialog input[type=radio]:focus').count()).toBe(1);
    await desk.accessible('transfer');
    await desk.page.getByRole('dialog').getByText('Daniel Weber').click();
    await desk.page.keyboard.press('Enter');
    await desk.row('Emma Clarke').waitFor({ state: 'detached' });
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('keeps a note a note when the conversation is assigned while it is written', async () => {
    await desk.open(1440, 'en-US');
    await desk.signIn();
    await desk.page.getByRole('tab', { name: /^Waiting/ }).click();
    await desk.row('Oliver Brandt').click();
    await desk.page.locator('#compose-text').fill('half a note');
    await desk.page.getByRole('button', { name: 'Take this conversation' }).click();
    await desk.page.getByRole('tab', { name: 'Reply' }).waitFor();
    await desk.page.locator('#compose-reply[aria-selected=true]').waitFor();
    await desk.page.getByRole('tab', { name: 'Internal note' }).click();
    expect(await desk.page.locator('#compose-text').inputValue()).toBe('half a note');
  }, 60_000);

  it('pages back through a long conversation and keeps the place', async () => {
    await desk.open(1024, 'zh-CN');
    await desk.signIn();
    await desk.row('陈建国').click();
    await desk.log().getByText('好的，已经为您登记。').waitFor();
    await desk.log().getByText('第 660 条').waitFor({ state: 'attached' });
    for (let page = 0; page < 3; page++) {
      const text = /第 (\d+) 条/.exec((await desk.log().textContent()) ?? '');
      const line = (number: number) => desk.log().getByText(`第 ${number} 条`);
      const first = Number(text?.[1]);
      const place = async () => (await line(first).boundingBox())?.y ?? NaN;
      const from = await place();
      const scrolled = await desk.log().evaluate((element) => {
        const before = element.scrollTop;
        element.scrollTo(0, 1);
        return before - element.scrollTop;
      });
      const before = from + scrolled;
      await line(first - 1).waitFor({ state: 'attached' });
      await desk.page.getByText('正在加载更早的消息…').waitFor({ state: 'detached' });
      expect(Math.abs((await place()) - before)).toBeLessThan(60);
    }
    desk.server.cut();
    await desk.row('王芳').click();
    await desk.log().getByText('我这边比较着急用。').waitFor();
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('shows one pane at a time on a phone, dark, in English', async () => {
    await desk.open(NARROW, 'en-US', true);
    await desk.signIn();
    await desk.row('王芳').waitFor();
    await desk.accessible('phone-inbox');
    await desk.row('王芳').click();
    await desk.log().waitFor();
    expect(await desk.row('王芳').isVisible()).toBe(false);
    await desk.accessible('phone-conversation');
    await desk.page.getByRole('button', { name: 'Conversation actions' }).click();
    await desk.page.getByRole('menuitem', { name: 'Customer details' }).click();
    await desk.page.getByText('138 0013 8000').waitFor();
    await desk.accessible('phone-details');
    await desk.page.keyboard.press('Escape');
    await desk.page.keyboard.press('Escape');
    await desk.row('王芳').waitFor();
    for (const tab of ['agents', 'queues', 'sites']) {
      await desk.page.goto(`${desk.server.url}/console/#/admin/${tab}`);
      await desk.page
        .getByRole('button', { name: /^Edit: / })
        .first()
        .click();
      await desk.page.getByRole('dialog').waitFor();
      await desk.accessible(`phone-${tab}`);
      expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW);
      await desk.page.keyboard.press('Escape');
    }
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('shows administrators what runs', async () => {
    await desk.open(1440, 'en-US');
    await desk.signIn();
    await desk.row('王芳').waitFor();
    await desk.page.goto(`${desk.server.url}/console/#/admin/system`);
    for (const [width, name] of [
      [1440, 'system'],
      [NARROW, 'phone-system'],
    ] as const) {
      await desk.page.setViewportSize({ width, height: 844 });
      await desk.page.getByRole('region', { name: 'Silos' }).getByRole('cell', { name: 'Active' }).waitFor();
      await desk.page.getByRole('region', { name: 'Fronts' }).getByRole('cell', { name: '312' }).waitFor();
      await desk.page.getByRole('region', { name: 'Busiest' }).getByText('conversation/01J9Z3').waitFor();
      await desk.page.getByText('SQLite 3.50.4').waitFor();
      await desk.accessible(name);
      expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    }
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('snoozes, takes back and tags a conversation', async () => {
    await desk.open(1440, 'en-US');
    await desk.signIn();
    await desk.row('王芳').click();
    await desk.log().waitFor();
    await desk.page.getByRole('button', { name: 'Add tag' }).click();
    await desk.page.keyboard.type('refund');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByRole('button', { name: 'Remove tag “refund”' }).waitFor();
    await desk.page.keyboard.press('Escape');
    await desk
      .log()
      .getByText(/added tags: refund/)
      .waitFor();
    await desk.accessible('tags');
    await desk.page.getByRole('button', { name: 'Snooze' }).click();
    await desk.accessible('snooze');
    // In the console's shape, whatever the browser's language is.
    const until = desk.page.getByRole('dialog').getByLabel('Another time');
    expect(await until.inputValue()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
    await until.fill('tomorrow');
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Snooze', exact: true }).click();
    await desk.page.getByText(/^Enter a time such as .*, within the next 90 days/).waitFor();
    expect(await until.evaluate((field) => field === document.activeElement)).toBe(true);
    await desk.accessible('snooze-wrong');
    // The browser's calendar begins where the field is, and fills it in.
    await until.fill('2031/2/3 4:05');
    await desk.page.evaluate(() => {
      HTMLInputElement.prototype.showPicker = function (this: HTMLInputElement) {
        this.value = this.value.replace('02-03', '02-04');
        this.dispatchEvent(new Event('change', { bubbles: true }));
      };
    });
    await desk.page.getByRole('dialog').getByRole('button', { name: 'Calendar' }).click();
    expect(await until.inputValue()).toBe('2031-02-04 04:05');
    await desk.page.getByRole('button', { name: 'In an hour' }).click();
    await desk.row('王芳').waitFor({ state: 'detached' });
    await desk.page.getByRole('button', { name: 'Take it now' }).click();
    await desk.row('王芳').waitFor();
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('inserts a canned reply by its shortcut, in the visitor’s language, and keeps the draft on the server', async () => {
    await desk.open(1440, 'zh-CN');
    await desk.signIn();
    await desk.row('Emma Clarke').click();
    await desk.page.keyboard.press('r');
    await desk.page.keyboard.type('/h');
    await desk.page.getByRole('option', { name: /问候/ }).waitFor();
    await desk.accessible('reply-picker');
    await desk.page.keyboard.press('Enter');
    const words = 'Hello Emma Clarke, this is 林晓. How can I help?';
    await expect.poll(() => desk.page.locator('#compose-text').inputValue()).toBe(words);
    // Another machine: a browser that has nothing of this one's.
    await expect.poll(() => desk.server.world.drafts.get('c2')?.reply, { timeout: 10_000 }).toBe(words);
    await desk.page.context().close();
    await fetch(`${desk.server.url}/api/v1/agent-sessions`, { method: 'DELETE' });
    await desk.open(1440, 'zh-CN');
    await desk.signIn();
    await desk.row('Emma Clarke').click();
    await expect.poll(() => desk.page.locator('#compose-text').inputValue(), { timeout: 10_000 }).toBe(words);
    expect(desk.complaints).toEqual([]);
  }, 90_000);

  it('shows an editor that a colleague was faster, and lets it decide', async () => {
    await desk.open(1024, 'en-US');
    await desk.signIn();
    await desk.row('王芳').waitFor();
    await desk.page.goto(`${desk.server.url}/console/#/library/tags`);
    await desk.page.getByRole('button', { name: 'Edit: 退款' }).click();
    const dialog = desk.page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('refund');
    const stored = desk.server.world.library.tags?.find((item) => item.id === 't0');
    if (stored) Object.assign(stored, { revision: 2, updatedBy: 'Daniel', body: { name: '退货退款' } });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/Daniel just changed it/).waitFor();
    // A click beside it does not take away what was typed.
    await desk.page.mouse.click(5, 5);
    expect(await dialog.getByRole('textbox').inputValue()).toBe('refund');
    await desk.accessible('library-overtaken');
    await dialog.getByRole('button', { name: 'take their version' }).click();
    expect(await dialog.getByRole('textbox').inputValue()).toBe('退货退款');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await desk.page.getByRole('button', { name: 'Edit: VIP' }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    expect(desk.server.world.library.tags?.length).toBe(4);
    await dialog.getByRole('button', { name: 'Delete for good' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(desk.server.world.library.tags?.length).toBe(3);
    for (const tab of ['replies', 'macros']) {
      await desk.page.goto(`${desk.server.url}/console/#/library/${tab}`);
      await desk.page
        .getByRole('button', { name: /^Edit: / })
        .first()
        .click();
      await desk.accessible(`library-${tab}`);
      await desk.page.keyboard.press('Escape');
    }
    expect(desk.complaints).toEqual([]);
  }, 90_000);

  it('finds messages, leads to them, and runs a macro from the command bar', async () => {
    await desk.open(1440, 'en-US');
    await desk.signIn();
    await desk.row('王芳').waitFor();
    await desk.page.keyboard.press('s');
    await desk.page.keyboard.type('235');
    await desk.page.keyboard.press('Enter');
    await desk.page.locator('mark').first().waitFor();
    await desk.accessible('search');
    await desk.page.getByLabel('From').fill('2026-02-30');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('Write a day like').waitFor();
    await desk.page.getByLabel('From').fill('');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('Write a day like').waitFor({ state: 'detached' });
    await desk.page.locator('mark').first().waitFor();
    await desk.page
      .getByRole('listitem')
      .getByRole('button', { name: /第 235 条/ })
      .click();
    // Hundreds of lines further up: paged back to, and in sight.
    await expect.poll(() => desk.log().getByText('第 235 条').isVisible(), { timeout: 20_000 }).toBe(true);
    await desk.page.keyboard.press('Control+k');
    await desk.page.keyboard.type('王芳');
    await desk.page.keyboard.press('Enter');
    await desk.log().getByText('我这边比较着急用。').waitFor();
    await desk.page.keyboard.press('Control+k');
    await desk.accessible('command-bar');
    await desk.page.keyboard.type('物流已');
    await desk.page.keyboard.press('Enter');
    await desk.log().getByText('王芳，已为您登记，明天给您答复。').waitFor();
    await desk.page.getByRole('button', { name: 'Remove tag “跟进”' }).waitFor();
    expect(desk.complaints).toEqual([]);
  }, 90_000);

  for (const dark of [false, true]) {
    it(`shows every component, with enough contrast, ${dark ? 'dark' : 'light'}`, async () => {
      await desk.open(1440, dark ? 'en-US' : 'zh-CN', dark);
      await desk.signIn();
      await desk.row('Emma Clarke').waitFor();
      await desk.page.goto(`${desk.server.url}/console/#/design`);
      await desk.page.getByRole('heading', { name: /^(设计系统|Design system)$/ }).waitFor();
      await desk.accessible(`design-${dark ? 'dark' : 'light'}`);
      await desk.page.getByRole('button', { name: /^(弹窗|Dialog)$/ }).click();
      await desk.page.getByRole('dialog').waitFor();
      await desk.accessible(`design-dialog-${dark ? 'dark' : 'light'}`);
      expect(desk.complaints).toEqual([]);
    }, 60_000);
  }
});
