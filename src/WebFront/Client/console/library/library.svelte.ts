/** What is shared for work, as this console knows it. Reloaded on each connect and before it is edited. */
import type { Api } from '../api.ts';
import type { Macro, Reply, TagBody } from './rules.ts';

export class Library {
  replies = $state.raw<Reply[]>([]);
  macros = $state.raw<Macro[]>([]);
  tags = $state.raw<string[]>([]);
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Never throws: without the library one writes by hand, and the next connect asks again. */
  async reload(): Promise<void> {
    try {
      const [replies, macros, tags] = await Promise.all([
        this.#api.library<Reply['body']>('replies'),
        this.#api.library<Macro['body']>('macros'),
        this.#api.library<TagBody>('tags'),
      ]);
      this.replies = replies;
      this.macros = macros;
      this.tags = tags.map((item) => item.body.name);
    } catch {
      // An older server has none; one out of reach is asked again.
    }
  }
}
