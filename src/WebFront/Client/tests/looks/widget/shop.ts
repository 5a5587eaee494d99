// The shop whose visitors write to it: leads to the states that most looks begin with.
import { fileURLToPath } from 'node:url';
import type { FrameLocator, Page } from 'playwright-core';
import type { ConversationEvent } from '../../../shared/protocol/types.ts';
import type { FakeConversation } from '../../fakeModel.ts';
import { FakeServer, type FakeServerOptions } from '../../fakeServer.ts';
import { waitFor } from '../../waitFor.ts';
import { type Locale, Looks, PHONE, type Scene, type Stage } from '../looks.ts';

const root = fileURLToPath(new URL('../../../../wwwroot', import.meta.url));
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; frame-src 'self'; base-uri 'none'";

/** A message in full, however it came to be. */
type Said = Partial<Extract<ConversationEvent, { type: 'messagePosted' }>>;

export class Shop implements Stage {
  readonly #locale: Locale;
  #server: FakeServer | undefined;
  #options: FakeServerOptions = {};
  w!: FrameLocator;
  page!: Page;
  readonly more: unknown[] = [];

  constructor(locale: Locale) {
    this.#locale = locale;
  }
  get server(): FakeServer {
    if (!this.#server) throw new Error('The shop is not open.');
    return this.#server;
  }
  get url() {
    return this.server.url;
  }
  get agent() {
    return this.#locale === 'en' ? { id: 'a1', name: 'Grace Turner' } : { id: 'a1', name: '林晓' };
  }
  data() {
    return [
      this.#options,
      this.more,
      this.agent,
      'Demo',
      this.#server?.conversations,
      [...(this.#server?.conversations.values() ?? [])].map((each) => each.stored),
    ];
  }
  frame(page: Page) {
    return page.frames().find((each) => each.url().includes('/widget/')) ?? page.mainFrame();
  }
  async close() {
    await this.#server?.close();
  }

  async open({ page }: Scene, options: FakeServerOptions = {}, before?: (page: Page) => Promise<unknown>) {
    this.#options = options;
    this.#server = new FakeServer({ root, headers: { 'content-security-policy': csp }, ...options });
    await this.#server.listen();
    this.page = page;
    await before?.(page);
    await page.goto(`${this.url}/demo/`);
    this.w = page.frameLocator('iframe');
    await this.launcher.waitFor();
  }
  get launcher() {
    return this.page.getByRole('button', { name: /^(打开在线客服|Open chat)/ });
  }
  get box() {
    return this.w.getByRole('textbox', { name: /^(消息|Message)$/ });
  }
  get log() {
    return this.w.getByRole('log').first();
  }
  press = (name: RegExp) => this.w.getByRole('button', { name }).first().click();
  text = (text: string | RegExp) => this.w.getByText(text).first().waitFor();

  async show(scene: Scene, options: FakeServerOptions = {}, before?: (page: Page) => Promise<unknown>) {
    await this.open(scene, options, before);
    await this.launcher.click();
    await this.w.locator('header').waitFor();
  }
  async write(text: string) {
    await this.box.fill(text);
    await this.box.press('Enter');
  }
  /** A conversation that was begun; with somebody who answers. */
  async talk(
    scene: Scene,
    options: FakeServerOptions = {},
    before?: (page: Page) => Promise<unknown>,
  ): Promise<FakeConversation> {
    const conversation = await this.wait(scene, options, before);
    this.server.assign(conversation, this.agent);
    await this.text(scene.say(`${this.agent.name} 已接入`, `${this.agent.name} joined`));
    return conversation;
  }
  async wait(
    scene: Scene,
    options: FakeServerOptions = {},
    before?: (page: Page) => Promise<unknown>,
  ): Promise<FakeConversation> {
    await this.show(scene, options, before);
    const first = scene.say('你好，我的订单 20261122 还没有发货', 'Hello, my order 20261122 has not been sent yet');
    await this.write(first);
    await waitFor('a conversation', () => this.server.conversations.size > 0);
    await this.log.getByText(first).waitFor();
    return [...this.server.conversations.values()][0] as FakeConversation;
  }
  say = (conversation: FakeConversation, text: string) => this.server.say(conversation, text, this.agent);
  post(conversation: FakeConversation, said: Said, own = false) {
    const author = own ? conversation.visitor : { kind: 'agent' as const, ...this.agent };
    const messageId = `x${conversation.stored.length}`;
    conversation.add({ type: 'messagePosted', messageId, author, text: '', ...said } as never, author.id);
    this.server.push(conversation);
    return said.messageId ?? messageId;
  }
  amend(conversation: FakeConversation, event: object) {
    conversation.add(event as never, '');
    this.server.push(conversation);
  }
}

export const widget = new Looks<Shop>(
  'widget',
  async (locale) => new Shop(locale),
  async (page) => {
    const size = page.viewportSize();
    const box = await page
      .locator('iframe')
      .boundingBox()
      .catch(() => null);
    if (!size || !box || size.width === PHONE) return undefined;
    const x = Math.max(0, box.x - 12);
    return { x, y: Math.max(0, box.y - 12), width: size.width - x, height: size.height - Math.max(0, box.y - 12) };
  },
);

export const question = (
  key: string,
  type: string,
  required: boolean,
  zh: string,
  en: string,
  options: string[] = [],
) => ({
  key,
  type,
  required,
  label: { 'zh-CN': zh, en },
  options,
});
export const files = { site: { files: { bytesMax: 10_000_000, types: ['.png', '.jpg', '.pdf'] } } };
export const signal = (conversation: FakeConversation, more: object) =>
  ({ conversationId: conversation.id, ...more }) as never;
export const by = { kind: 'agent' as const, id: 'a1' };
