import type { Api, ListQuery } from '../api.ts';
import { appendPage, type Pages, type Row, refreshHead } from './rows.ts';

/** A list that lives on the server: its first page is refreshed, further pages are fetched on demand. */
export class PagedList {
  loaded = $state(false);
  loading = $state(false);
  error = $state.raw<unknown>(null);
  #pages = $state.raw<Pages>({ rows: [], next: null });
  readonly #api: Api;
  #states: ListQuery['states'];
  /** Answers that belong to an earlier filter are dropped. */
  #round = 0;

  constructor(api: Api, states: ListQuery['states']) {
    this.#api = api;
    this.#states = states;
  }

  get rows(): Row[] {
    return this.#pages.rows;
  }

  get hasMore(): boolean {
    return this.#pages.next !== null;
  }

  setStates(states: ListQuery['states']): void {
    this.#states = states;
    this.#round += 1;
    this.#pages = { rows: [], next: null };
    this.loaded = false;
    this.loading = false;
    void this.refresh();
  }

  async refresh(): Promise<void> {
    await this.#fetch(null, (page) => refreshHead(this.#pages, page));
  }

  async more(): Promise<void> {
    const cursor = this.#pages.next;
    if (cursor !== null) await this.#fetch(cursor, (page) => appendPage(this.#pages, page));
  }

  async #fetch(cursor: string | null, merge: (page: Pages) => Pages): Promise<void> {
    if (this.loading) return;
    const round = this.#round;
    this.loading = true;
    try {
      const page = await this.#api.conversations({ states: this.#states, cursor });
      if (round !== this.#round) return;
      this.#pages = merge(page);
      this.loaded = true;
      this.error = null;
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      if (round === this.#round) this.loading = false;
    }
  }
}
