import { Refused } from '../../shared/protocol/errors.ts';
import type { LibraryItem, LibraryKind } from '../api.ts';
import type { Desk } from '../desk.svelte.ts';
import { errorText, t } from '../i18n.ts';

/** A change of one item. Where somebody else was faster, both versions are shown and the editor decides. */
export class Editing<T> {
  busy = $state(false);
  failure = $state<string | null>(null);
  /** What somebody else stored meanwhile. */
  theirs = $state.raw<LibraryItem<T> | null>(null);
  readonly #desk: Desk;
  readonly #kind: LibraryKind;
  #revision: number;
  readonly id: string;

  constructor(desk: Desk, kind: LibraryKind, item: LibraryItem<T> | null) {
    this.#desk = desk;
    this.#kind = kind;
    this.id = item?.id ?? crypto.randomUUID();
    this.#revision = item?.revision ?? 0;
  }

  /** True once it is stored. */
  save(scope: string, body: T): Promise<boolean> {
    return this.#run(() =>
      this.#desk.api.saveItem<T>(this.#kind, { id: this.id, scope, revision: this.#revision, body }),
    );
  }

  remove(): Promise<boolean> {
    return this.#run(() =>
      this.#desk.api.deleteItem(this.#kind, { id: this.id, scope: '', revision: this.#revision, body: null }),
    );
  }

  async #run(change: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      await change();
      await this.#desk.library.reload();
      return true;
    } catch (error) {
      if (error instanceof Refused && error.error.code === 'Conflict') await this.#overtaken();
      else this.failure = errorText(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  async #overtaken(): Promise<void> {
    try {
      const items = await this.#desk.api.library<T>(this.#kind);
      this.theirs = items.find((item) => item.id === this.id) ?? null;
      this.#revision = this.theirs?.revision ?? 0;
      this.failure = this.theirs ? t('libOvertaken', { name: this.theirs.updatedBy ?? '' }) : t('libGone');
    } catch (error) {
      this.failure = errorText(error);
    }
  }
}
