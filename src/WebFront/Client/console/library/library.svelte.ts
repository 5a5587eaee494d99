/** What is shared for work, as this console knows it. Reloaded on each connect, before it is edited, and when used. */
import type { Api } from '../api.ts';
import { readView, type SavedView, type ViewBody } from '../inbox/view.ts';
import type { Macro, Reason, Reply, TagBody } from './rules.ts';

const FRESH_MS = 15_000;

export class Library {
  replies = $state.raw<Reply[]>([]);
  macros = $state.raw<Macro[]>([]);
  tags = $state.raw<string[]>([]);
  reasons = $state.raw<Reason[]>([]);
  views = $state.raw<SavedView[]>([]);
  readonly #api: Api;
  #askedAt = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  /** What a colleague has changed is there soon, without a request for each key that is pressed. */
  freshen(): void {
    if (Date.now() - this.#askedAt >= FRESH_MS) void this.reload();
  }

  /** Never throws: without the library one writes by hand, and the next connect asks again. */
  async reload(): Promise<void> {
    this.#askedAt = Date.now();
    try {
      const [replies, macros, tags, views] = await Promise.all([
        this.#api.library<Reply['body']>('replies'),
        this.#api.library<Macro['body']>('macros'),
        this.#api.library<TagBody>('tags'),
        this.#api.library<ViewBody>('views'),
      ]);
      this.replies = replies;
      this.macros = macros;
      this.tags = tags.map((item) => item.body.name);
      this.views = views
        .map((item) => ({ ...item, body: { name: item.body.name, filter: readView(item.body.filter) } }))
        .sort((a, b) => a.body.name.localeCompare(b.body.name));
      this.reasons = await this.#api.library<Reason['body']>('reasons');
    } catch {
      // An older server has none; one out of reach is asked again.
    }
  }
}
