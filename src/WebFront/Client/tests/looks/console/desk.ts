import type { Locator, Page } from 'playwright-core';
import { serve } from '../../../console/dev/fake.mjs';
import { type Locale, Looks, type Scene, type Stage } from '../looks.ts';

export class Desk implements Stage {
  readonly server: Awaited<ReturnType<typeof serve>>;
  page!: Page;
  readonly more: unknown[] = [];

  constructor(server: Awaited<ReturnType<typeof serve>>) {
    this.server = server;
  }
  get url() {
    return this.server.url;
  }
  get world() {
    return this.server.world;
  }
  data() {
    const { conversations, library, queues, sites, customerFields, agents, me } = this.world as unknown as Record<
      string,
      unknown
    > & { agents(): unknown };
    const cards = [...this.world.conversations.values()].map((each) => this.world.card(each));
    return [conversations, library, queues, sites, customerFields, agents(), me, cards, this.more];
  }
  frame = (page: Page) => page.mainFrame();
  close = () => this.server.close();

  async front({ page }: Scene) {
    this.page = page;
    await page.goto(`${this.url}/console/`);
    await page.getByLabel(/^(邮箱|Email)$/).waitFor();
  }
  /** Signed in by the cookie, at a place. */
  async enter({ page }: Scene, place = '') {
    this.page = page;
    const body = JSON.stringify({ email: 'lin@example.com', password: 'demo' });
    await fetch(`${this.url}/api/v1/agent-sessions`, { method: 'POST', body });
    await page.goto(`${this.url}/console/#/${place}`);
    await page.getByRole('navigation').first().waitFor({ state: 'attached' });
    if (place === '') await this.row('王芳').waitFor();
  }
  async talk(scene: Scene, id: string, last: string | RegExp) {
    await this.enter(scene, `c/${id}`);
    await this.log.getByText(last).first().waitFor();
  }
  get list() {
    return this.page.locator('[data-list]');
  }
  row = (name: string) => this.list.getByRole('button', { name }).first();
  get log() {
    return this.page.getByRole('log');
  }
  get dialog() {
    return this.page.getByRole('dialog').last();
  }
  get card() {
    return this.page.getByRole('complementary').last();
  }
  button = (name: RegExp | string, within: Page | Locator = this.page) => within.getByRole('button', { name }).first();
  press = (name: RegExp | string, within: Page | Locator = this.page) => this.button(name, within).click();
  text = (text: string | RegExp) => this.page.getByText(text).first().waitFor();
  tab = (name: RegExp) => this.page.getByRole('tab', { name }).first().click();
  async keys(...keys: string[]) {
    await this.page
      .locator('#compose-text')
      .evaluate((area: HTMLElement) => area.blur())
      .catch(() => {});
    for (const key of keys) await this.page.keyboard.press(key);
  }
}

export const desk = new Looks<Desk>('console', async (_: Locale) => new Desk(await serve(0)));
/** What is said in the conversation most states open. */
export const wang = /我这边比较着急用/;
