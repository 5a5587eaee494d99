/** Which lines of a list are chosen for an action on all of them. */

/** The server's limit for one action. */
export const CHOSEN_MAX = 100;

export class Selection {
  /** Boxes show, even while none is ticked. */
  on = $state(false);
  #ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a range begins. */
  #anchor: string | null = null;

  get ids(): string[] {
    return [...this.#ids];
  }

  get count(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** False where there are too many already. */
  toggle(id: string): boolean {
    this.on = true;
    this.#anchor = id;
    if (this.#ids.has(id)) {
      this.#put([...this.#ids].filter((each) => each !== id));
      return true;
    }
    return this.#put([...this.#ids, id]);
  }

  /** From the last one ticked to this one, both included. False where not all found room. */
  extend(id: string, order: readonly string[]): boolean {
    const from = order.indexOf(this.#anchor ?? id);
    const to = order.indexOf(id);
    if (from < 0 || to < 0) return this.toggle(id);
    this.on = true;
    const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    // The nearest to where it began come first.
    return this.#put([...this.#ids, ...(from <= to ? range : range.reverse())]);
  }

  /** All of them, or none where all are chosen already. False where not all found room. */
  all(order: readonly string[]): boolean {
    this.on = true;
    if (order.length > 0 && order.slice(0, CHOSEN_MAX).every((id) => this.#ids.has(id))) {
      this.#put([]);
      return true;
    }
    return this.#put([...this.#ids, ...order]);
  }

  /** What is left to be done. */
  keep(ids: readonly string[]): void {
    this.#put(ids);
    this.on = ids.length > 0;
  }

  clear(): void {
    this.#anchor = null;
    this.keep([]);
  }

  #put(ids: readonly string[]): boolean {
    const unique = new Set(ids);
    this.#ids = new Set([...unique].slice(0, CHOSEN_MAX));
    return unique.size <= CHOSEN_MAX;
  }
}
