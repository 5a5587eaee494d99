/** Something fetched for a page, with its waiting and its failing. */
export class Loader<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  readonly #load: () => Promise<T>;

  constructor(load: () => Promise<T>) {
    this.#load = load;
    void this.reload();
  }

  async reload(): Promise<void> {
    try {
      this.value = await this.#load();
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }
}
