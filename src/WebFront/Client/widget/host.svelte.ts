import type { FrameConfig, FromFrame, ToFrame } from './frame.ts';

/** The page around the frame, or nobody when the frame's address was opened by itself. */
export function connectHost() {
  const config = readConfig();
  const framed = window.parent !== window && config !== null;
  let shown = $state(!framed);

  if (framed && config) {
    addEventListener('message', (event: MessageEvent<ToFrame>) => {
      if (event.source !== window.parent || event.origin !== config.host) return;
      if (event.data?.cs === 'shown') shown = event.data.shown === true;
    });
  }

  return {
    framed,
    locale: config?.locale,
    page: config?.page,
    get shown() {
      return shown;
    },
    tell(message: FromFrame) {
      if (framed && config) window.parent.postMessage(message, config.host);
    },
  };
}

function readConfig(): FrameConfig | null {
  try {
    const config = JSON.parse(window.name) as FrameConfig | null;
    return config && typeof config.host === 'string' ? config : null;
  } catch {
    return null;
  }
}
