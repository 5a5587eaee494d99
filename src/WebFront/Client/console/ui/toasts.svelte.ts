/** Short news at the foot of the page: what was done, with a way back where there is one. */
export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'danger';
  action?: { label: string; run: () => void };
}

/** More than this at once: the oldest goes. */
const SHOWN_MAX = 3;
const PLAIN_MS = 5_000;
/** What went wrong stays long enough to be read twice. */
const DANGER_MS = 12_000;

class Toasts {
  all = $state.raw<Toast[]>([]);
  #next = 1;

  say(text: string, action?: Toast['action']): void {
    this.#add({ id: this.#next++, text, tone: 'plain', ...(action ? { action } : {}) }, action ? DANGER_MS : PLAIN_MS);
  }

  warn(text: string): void {
    this.#add({ id: this.#next++, text, tone: 'danger' }, DANGER_MS);
  }

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  #add(toast: Toast, forMs: number): void {
    this.all = [...this.all, toast].slice(-SHOWN_MAX);
    setTimeout(() => this.dismiss(toast.id), forMs);
  }
}

export const toasts = new Toasts();
