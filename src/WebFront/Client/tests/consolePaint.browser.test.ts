// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ConsolePage, canShowConsole } from './consolePage.ts';

/** Frames between a message's arrival on the socket and its words in the page, counted in the page itself. */
interface Watch {
  arrivedAtFrame: number | null;
  shownAtFrame: number | null;
}

/** Runs in the page before its own scripts. */
function watchFrames() {
  const watch: Watch = { arrivedAtFrame: null, shownAtFrame: null };
  let frame = 0;
  const count = () => {
    frame += 1;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('message', (event) => {
        if (String(event.data).includes('painted at once')) watch.arrivedAtFrame ??= frame;
      });
    }
  };
  new MutationObserver(() => {
    if (watch.shownAtFrame === null && document.querySelector('[role=log]')?.textContent?.includes('painted at once')) {
      watch.shownAtFrame = frame;
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
  Object.assign(globalThis, { watch });
}

describe.skipIf(!canShowConsole)('an incoming message', () => {
  const desk = new ConsolePage('paint');

  it('is in the page before the frame after its arrival', async () => {
    await desk.enter(1440, 'en-US', false, watchFrames);
    await desk.row('王芳').click();
    await desk.log().getByText('我这边比较着急用。').waitFor();
    desk.server.world.says('c1', 'painted at once');
    await desk.log().getByText('painted at once').waitFor();
    const { arrivedAtFrame, shownAtFrame } = await desk.page.evaluate(
      () => (globalThis as unknown as { watch: Watch }).watch,
    );
    expect(arrivedAtFrame).not.toBeNull();
    expect((shownAtFrame ?? Number.NaN) - (arrivedAtFrame ?? Number.NaN)).toBeLessThanOrEqual(1);
  }, 60_000);
});
