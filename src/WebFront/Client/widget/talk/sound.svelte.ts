/** A short tone for what arrives while nobody looks, unless the visitor has switched it off. */
import { chime } from '../../shared/ui/chime.ts';

const STORED = 'cs.sound';

class Sound {
  on = $state(stored());

  set(on: boolean): void {
    this.on = on;
    if (on) chime();
    try {
      localStorage.setItem(STORED, on ? 'on' : 'off');
    } catch {
      // The choice then lasts as long as the page.
    }
  }

  play(): void {
    if (this.on) chime();
  }
}

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export const sound = new Sound();
