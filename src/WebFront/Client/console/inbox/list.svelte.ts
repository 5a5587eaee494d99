import type { Api } from '../api.ts';
import { appendPage, mergeWindow, type Pages, type Row } from './rows.ts';
import { compareRows, type ListView, viewQuery } from './view.ts';

/** A list keeps so many lines; whoever wants to see more narrows the filter. */
export const LINES_MAX = 10_000;
const PAGE = 100;
/** So often a list is asked for at most, however often the server says that it changed. */
const PAUSE_MS = 1_000;

/** A place in the list's order from which a page can be asked for again. */
interface Mark {
  cursor: string | null;
  /** The line right before it, when it was fetched; null at the top. */
  after: Row | null;
  /** Up to which change of the list what follows it is known. */
  version: number;
}

/** Before everything. */
const start = (): Mark => ({ cursor: null, after: null, version: -1 });

/**
 * A list that lives on the server. Pages are fetched as one scrolls; when the server says that something changed, the
 * part that is on the screen is fetched anew and takes the place of what it covers.
 */
export class LiveList {
  loaded = $state(false);
  loading = $state(false);
  error = $state.raw<unknown>(null);
  #pages = $state.raw<Pages>({ rows: [], next: null });
  #view = $state.raw<ListView>({ states: [], sort: 'activity' });
  #byId = new Map<string, Row>();
  #marks: Mark[] = [start()];
  /** Answers that belong to an earlier view are dropped. */
  #round = 0;
  /** Counts what the server said. */
  #version = 0;
  #shown = false;
  /** The first line on the screen. */
  #top = 0;
  #fetchedAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #api: Api;
  readonly #me: () => string;

  constructor(api: Api, view: ListView, me: () => string) {
    this.#api = api;
    this.#view = view;
    this.#me = me;
  }

  get rows(): Row[] {
    return this.#pages.rows;
  }

  get view(): ListView {
    return this.#view;
  }

  get hasMore(): boolean {
    return this.#pages.next !== null && this.#pages.rows.length < LINES_MAX;
  }

  /** There is more on the server than a list keeps. */
  get isFull(): boolean {
    return this.#pages.next !== null && this.#pages.rows.length >= LINES_MAX;
  }

  find(conversationId: string): Row | undefined {
    return this.#byId.get(conversationId);
  }

  setView(view: ListView): void {
    this.#view = view;
    this.#round += 1;
    this.#put({ rows: [], next: null });
    this.#marks = [start()];
    this.#top = 0;
    this.loaded = false;
    this.loading = false;
    this.error = null;
    void this.refresh();
  }

  /** Whether it is on the screen: only then what the server says costs a request. */
  show(shown: boolean): void {
    this.#shown = shown;
    if (shown) this.#soon();
  }

  /** The first line that is seen. */
  scrolled(top: number): void {
    this.#top = top;
    if (this.loaded) this.#soon();
  }

  /** The server says that something of it may be different. */
  changed(): void {
    this.#version += 1;
    this.#soon();
  }

  /** Asks for what is on the screen, where it may be different from what is known of it. */
  #soon(): void {
    if (!this.#shown || this.#timer || document.visibilityState === 'hidden') return;
    if (this.#markAtTop().version >= this.#version) return;
    const wait = Math.max(0, this.#fetchedAt + PAUSE_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.refresh();
    }, wait);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#shown = false;
  }

  /** Fetches what is on the screen anew. */
  async refresh(): Promise<void> {
    const from = this.#markAtTop();
    const version = this.#version;
    // Twice a page, so that the screen is covered wherever it lies in the first.
    await this.#fetch(from.cursor, 2 * PAGE, (page) => {
      from.version = version;
      this.#put(mergeWindow(this.#pages, from.after, page, compareRows(this.#view.sort)));
    });
  }

  #markAtTop(): Mark {
    const top = this.rows[this.#top];
    const compare = compareRows(this.#view.sort);
    const [first = start(), ...others] = this.#marks;
    return (top && others.findLast((mark) => mark.after !== null && compare(mark.after, top) < 0)) ?? first;
  }

  async more(): Promise<void> {
    const cursor = this.#pages.next;
    const last = this.rows[this.rows.length - 1];
    if (cursor === null || !last || !this.hasMore) return;
    const version = this.#version;
    await this.#fetch(cursor, PAGE, (page) => {
      this.#marks.push({ cursor, after: last, version });
      this.#put(appendPage(this.#pages, page));
    });
  }

  #put(pages: Pages): void {
    this.#pages = pages;
    this.#byId = new Map(pages.rows.map((row) => [row.conversationId, row]));
    const last = pages.rows[pages.rows.length - 1];
    const compare = compareRows(this.#view.sort);
    // Places beyond the end lead nowhere.
    this.#marks = this.#marks.filter(
      (mark) => mark.after === null || (last !== undefined && compare(mark.after, last) < 0),
    );
  }

  async #fetch(cursor: string | null, limit: number, merge: (page: Pages) => void): Promise<void> {
    if (this.loading) return;
    const round = this.#round;
    this.loading = true;
    this.#fetchedAt = Date.now();
    try {
      const page = await this.#api.list({ ...viewQuery(this.#view, this.#me()), limit: String(limit) }, cursor);
      if (round !== this.#round) return;
      merge(page);
      this.loaded = true;
      this.error = null;
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      if (round === this.#round) {
        this.loading = false;
        // What was said while a page was under way.
        if (this.error === null) this.#soon();
      }
    }
  }
}
