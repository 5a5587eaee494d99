/** The time, once a second while the page is seen and something on it counts. Components read `now.ms`. */
class Now {
  #ms = $state(Date.now());
  constructor() {
    setInterval(() => {
      if (document.visibilityState !== 'hidden') this.#ms = Date.now();
    }, 1000);
    document.addEventListener('visibilitychange', () => {
      this.#ms = Date.now();
    });
  }
  get ms(): number {
    return this.#ms;
  }
}

export const now = new Now();
