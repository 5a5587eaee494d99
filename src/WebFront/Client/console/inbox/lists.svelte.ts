/** The lists beside the conversation: which one is on the screen, how it is narrowed and ordered, what is chosen in it. */
import type { QueueCounts } from '../../shared/protocol/types.ts';
import type { Api, BulkAction, BulkResult } from '../api.ts';
import { router } from '../shell/route.svelte.ts';
import { LiveList } from './list.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { type ListView, openView, type SavedView, type Sort, waitingView } from './view.ts';

export type ListTab = 'mine' | 'waiting' | 'all';

export class Lists {
  readonly waiting: LiveList;
  readonly all: LiveList;
  readonly chosen = new Selection();
  tab = $state<ListTab>('mine');
  mineSort = $state<Sort>('activity');
  /** The saved view that the list of all shows. */
  savedView = $state.raw<SavedView | null>(null);
  /** How queues stand, by id, as the server tells it; null before the first word. */
  counts = $state.raw<ReadonlyMap<string, QueueCounts> | null>(null);
  readonly #api: Api;

  constructor(api: Api, me: () => string) {
    this.#api = api;
    this.waiting = new LiveList(api, waitingView(), me);
    this.all = new LiveList(api, openView(), me);
  }

  stop(): void {
    this.waiting.stop();
    this.all.stop();
  }

  /** The server says how some queues stand, and that something in them changed. */
  told(queues: QueueCounts[]): void {
    const counts = new Map(this.counts);
    for (const queue of queues) counts.set(queue.id, queue);
    this.counts = counts;
    for (const list of [this.waiting, this.all]) {
      const { queue } = list.view;
      if (queue === undefined || queues.some((each) => each.id === queue)) list.changed();
    }
  }

  /** How many wait in this agent's queues; null before the server has said. */
  get waitingCount(): number | null {
    return this.counts && [...this.counts.values()].reduce((sum, queue) => sum + queue.waiting, 0);
  }

  /** How many are open in this agent's queues. */
  get openCount(): number | null {
    return (
      this.counts &&
      [...this.counts.values()].reduce((sum, q) => sum + q.waiting + q.offered + q.assigned + q.snoozed, 0)
    );
  }

  /** The list that is on the screen and lives on the server. */
  get shown(): LiveList | null {
    return this.tab === 'waiting' ? this.waiting : this.tab === 'all' ? this.all : null;
  }

  setTab(tab: ListTab): void {
    if (tab === this.tab) return;
    this.tab = tab;
    this.chosen.clear();
    this.refresh();
  }

  setView(view: ListView, saved: SavedView | null = null): void {
    const list = this.shown;
    if (!list) return;
    if (list === this.all && (saved || !this.savedView)) this.savedView = saved;
    this.chosen.clear();
    list.setView(view);
  }

  /** A saved view, or the list of all as it comes where there is none. */
  showView(saved: SavedView | null): void {
    this.tab = 'all';
    this.savedView = null;
    this.setView(saved?.body.filter ?? openView(), saved);
    if (router.current.page !== 'desk') router.go({ page: 'desk', conversationId: null });
  }

  setSort(sort: Sort): void {
    if (this.tab === 'mine') this.mineSort = sort;
    else if (this.shown) this.setView({ ...this.shown.view, sort }, this.savedView);
  }

  refresh(): void {
    this.waiting.show(this.tab === 'waiting');
    this.all.show(this.tab === 'all');
    if (!this.waiting.loaded) void this.waiting.refresh();
    else this.waiting.changed();
    if (this.tab === 'all' && !this.all.loaded) void this.all.refresh();
    else this.all.changed();
  }

  /** One action on what is chosen. What was refused stays chosen, unless it is closed or gone and off the list. */
  async bulk(action: BulkAction): Promise<BulkResult[]> {
    const results = await this.#api.bulk(crypto.randomUUID(), this.chosen.ids, action);
    const left = results.filter(({ code }) => code && code !== 'Closed' && code !== 'NotFound');
    this.chosen.keep(left.map((result) => result.conversationId));
    this.refresh();
    return results;
  }
}
