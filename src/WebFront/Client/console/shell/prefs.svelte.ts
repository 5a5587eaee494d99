/** What a person set for this browser: appearance, sound, whether details show. Blocked storage: as long as the page. */
export type Theme = 'system' | 'light' | 'dark';

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It then lasts as long as the page.
  }
}

const mayNotify = () => typeof Notification !== 'undefined' && Notification.permission === 'granted';

class Prefs {
  #theme = $state<Theme>('system');
  #sound = $state(false);
  #notices = $state(false);
  #details = $state(true);

  constructor() {
    const theme = read('cs.theme');
    if (theme === 'light' || theme === 'dark') this.#theme = theme;
    this.#sound = read('cs.sound') === 'on';
    this.#notices = read('cs.notices') === 'on' && mayNotify();
    this.#details = read('cs.details') !== 'off';
    this.#paint();
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(next: Theme) {
    this.#theme = next;
    write('cs.theme', next);
    this.#paint();
  }

  get sound(): boolean {
    return this.#sound;
  }
  set sound(next: boolean) {
    this.#sound = next;
    write('cs.sound', next ? 'on' : 'off');
  }

  /** Desktop notices. */
  get notices(): boolean {
    return this.#notices;
  }

  /** Called by a person's click only, for browsers ask nobody else. False where the browser forbids them. */
  async setNotices(on: boolean): Promise<boolean> {
    const allowed =
      !on || (typeof Notification !== 'undefined' && (await Notification.requestPermission()) === 'granted');
    this.#notices = on && allowed;
    write('cs.notices', this.#notices ? 'on' : 'off');
    return allowed;
  }

  get details(): boolean {
    return this.#details;
  }
  set details(next: boolean) {
    this.#details = next;
    write('cs.details', next ? 'on' : 'off');
  }

  #paint(): void {
    if (this.#theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#theme;
  }
}

export const prefs = new Prefs();
