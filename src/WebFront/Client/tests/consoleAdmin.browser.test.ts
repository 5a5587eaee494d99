// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ConsolePage, canShowConsole } from './consolePage.ts';

describe.skipIf(!canShowConsole)('a site’s settings in a real browser', () => {
  const desk = new ConsolePage('site');
  const dialog = () => desk.page.getByRole('dialog');
  const site = () => desk.server.world.sites.find((each) => each.key === 'shop');

  async function edit(section: string) {
    await desk.page.goto(`${desk.server.url}/console/#/admin/sites`);
    await desk.page.getByRole('button', { name: /^(Edit|编辑): (Shop|The very)/ }).click();
    await dialog().getByRole('tab', { name: section }).click();
  }

  it('shows a secret for signed identities once, replaces it and takes it away, each after a question', async () => {
    await desk.enter(1440, 'en-US');
    await edit('Identity');
    await dialog().getByText('There is no secret yet').waitFor();
    await desk.accessible('secret-none');
    await dialog().getByRole('button', { name: 'Make a secret' }).click();
    await dialog().getByText('secret-4').waitFor();
    await dialog().getByText('shown this once').waitFor();
    await desk.accessible('secret-made');
    // What else is in the form can be saved still: the own change is no conflict.
    await dialog().getByRole('tab', { name: 'Basics' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('The shop');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect(site()).toMatchObject({ name: 'The shop', revision: 5 });

    await desk.page.getByRole('button', { name: 'Edit: The shop' }).click();
    await dialog().getByRole('tab', { name: 'Identity' }).click();
    await dialog().getByText('It can’t be shown again').waitFor();
    expect(await dialog().locator('[data-secret]').count()).toBe(0);
    await dialog().getByRole('button', { name: 'Replace the secret…' }).press('Enter');
    await dialog().getByText('counts for another day').waitFor();
    // The focus is on what does nothing.
    await desk.page.keyboard.press('Enter');
    await dialog().getByText('counts for another day').waitFor({ state: 'detached' });
    expect(site()?.revision).toBe(5);
    await dialog().getByRole('button', { name: 'Replace the secret…' }).click();
    await desk.accessible('secret-replacing');
    await dialog().getByRole('button', { name: 'Replace the secret', exact: true }).click();
    await dialog().getByText('secret-6').waitFor();
    await dialog().getByText('The one before counts until').waitFor();
    await dialog().getByRole('button', { name: 'Delete the secret…' }).click();
    await dialog().getByText('refused at once').waitFor();
    await dialog().getByRole('button', { name: 'Delete the secret', exact: true }).click();
    await dialog().getByText('There is no secret yet').waitFor();
    expect(await dialog().locator('[data-secret]').count()).toBe(0);
    expect(site()?.identityRolledAt).toBeUndefined();
    expect(desk.complaints).toEqual([]);
  }, 90_000);

  it('does not hide that somebody else changed the site meanwhile', async () => {
    await desk.enter(1440, 'en-US');
    await edit('Identity');
    Object.assign(site() ?? {}, { revision: 4, name: 'Theirs' });
    await dialog().getByRole('button', { name: 'Make a secret' }).click();
    await dialog().getByText('secret-5').waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText('Somebody else has just changed this site').waitFor();
    expect(site()?.name).toBe('Theirs');
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('has fields for customers of three kinds, and says what is wrong with one', async () => {
    await desk.enter(1024, 'en-US', true);
    await edit('Customers');
    const add = dialog().getByRole('button', { name: 'Add a field' });
    const keys = dialog().getByLabel('Key', { exact: true });
    await add.click();
    await keys.nth(0).fill('company');
    await dialog().getByLabel('Characters at most').fill('40');
    await add.click();
    await keys.nth(1).fill('company');
    await dialog().getByLabel('Type').nth(1).selectOption('choice');
    await dialog().getByText('Each key is its own').waitFor();
    await dialog().getByRole('button', { name: 'Save' }).click();
    // Nothing is sent while something is wrong.
    expect(site()?.customerFields).toBeUndefined();
    await desk.accessible('fields-wrong');
    await keys.nth(1).fill('tier');
    await dialog().getByLabel('Options (separated by commas)').fill('gold, silver');
    await dialog().getByText('Each key is its own').waitFor({ state: 'detached' });
    await add.click();
    await keys.nth(2).fill('age');
    await dialog().getByLabel('Type').nth(2).selectOption('number');
    await dialog().getByLabel('Smallest').fill('150');
    await dialog().getByLabel('Largest').fill('0');
    await dialog().getByText('bounds are the smaller one first').waitFor();
    await dialog().getByLabel('Smallest').fill('0');
    await dialog().getByLabel('Largest').fill('150');
    await add.click();
    await dialog().getByRole('button', { name: 'Remove' }).nth(3).click();
    await desk.accessible('fields');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect(site()?.customerFields).toEqual([
      { key: 'company', kind: 'text', label: {}, options: [], max: 40 },
      { key: 'tier', kind: 'choice', label: {}, options: ['gold', 'silver'] },
      { key: 'age', kind: 'number', label: {}, options: [], min: 0, max: 150 },
    ]);
    expect(desk.complaints).toEqual([]);
  }, 60_000);

  it('keeps its width where names have no end', async () => {
    await desk.enter(390, 'en-US');
    const name = `The very long name of a company and${'W'.repeat(60)}`;
    Object.assign(site() ?? {}, { name, greeting: { en: name, 'zh-CN': name } });
    await edit('Look');
    for (const section of ['Basics', 'Form', 'Look']) {
      await dialog().getByRole('tab', { name: section }).click();
      const [scroll, seen] = await dialog()
        .locator('[data-body]')
        .evaluate((body) => [body.scrollWidth, body.clientWidth]);
      expect(scroll, section).toBe(seen);
    }
    await desk.accessible('long-name');
  }, 60_000);

  for (const [width, locale, dark] of [
    [390, 'zh-CN', false],
    [390, 'en-US', true],
  ] as const) {
    it(`fits on ${width} pixels, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
      await desk.enter(width, locale, dark);
      await edit(locale === 'zh-CN' ? '身份签名' : 'Identity');
      await dialog()
        .getByRole('button', { name: /^(生成密钥|Make a secret)$/ })
        .click();
      await dialog().locator('[data-secret]').waitFor();
      await desk.accessible(`secret-${width}-${locale}`);
      expect(await desk.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(desk.complaints).toEqual([]);
    }, 60_000);
  }

  for (const [locale, dark] of [
    ['zh-CN', false],
    ['en-US', true],
  ] as const) {
    it(`shows its tables as cards on a phone, ${locale}`, async () => {
      await desk.enter(390, locale, dark);
      const long = `https://${'a-very-long-name.'.repeat(6)}example`;
      Object.assign(site() ?? {}, { origins: [long, 'https://b.example'] });
      for (const tab of ['admin/agents', 'admin/queues', 'admin/sites', 'library/replies', 'admin/system']) {
        await desk.page.goto(`${desk.server.url}/console/#/${tab}`);
        const table = desk.page.getByRole('table').first();
        await table.waitFor();
        const sideways = await desk.page
          .locator('main, main *')
          .evaluateAll((all) =>
            all
              .filter(
                (each) =>
                  /auto|scroll/.test(getComputedStyle(each).overflowX) && each.scrollWidth > each.clientWidth + 1,
              )
              .map((each) => each.getAttribute('aria-label') ?? each.className),
          );
        // The row of tabs alone.
        expect(
          sideways.filter((name) => !name.includes('w-fit')),
          tab,
        ).toEqual([]);
        const edits = desk.page.getByRole('button', { name: /^(编辑|Edit): / });
        for (const edit of await edits.all()) {
          const box = await edit.boundingBox();
          expect((box?.x ?? 0) + (box?.width ?? 999), tab).toBeLessThanOrEqual(390);
        }
        if (tab === 'library/replies')
          expect((await desk.page.getByText('退款流程').boundingBox())?.width).toBeGreaterThan(50);
        if (tab !== 'admin/system') expect(await edits.count()).toBeGreaterThan(1);
        // Still a table to who can't see it, each value with its column's name.
        const heads = await table.getByRole('columnheader').count();
        expect(await table.getByRole('row').nth(1).getByRole('cell').count()).toBe(heads);
        expect(await table.getByRole('cell').nth(1).getAttribute('data-label')).toBe(
          await table.getByRole('columnheader').nth(1).textContent(),
        );
        await desk.accessible(`cards-${tab.replace('/', '-')}-${locale}`);
      }
      expect(desk.complaints).toEqual([]);
    }, 90_000);
  }
});
