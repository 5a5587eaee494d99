import type { FrameConfig, FromFrame, ToFrame } from './frame.ts';

/** The page around the frame, or nobody when the frame's address was opened by itself. */
export function connectHost(onIdentity: (token: string | null) => void) {
  const config = readConfig();
  const framed = window.parent !== window && config !== null;
  let shown = $state(!framed);
  let page = $state.raw(config?.page);

  if (framed && config) {
    addEventListener('message', (event: MessageEvent<ToFrame>) => {
      if (event.source !== window.parent || event.origin !== config.host) return;
      const message = event.data;
      if (message?.cs === 'shown') shown = message.shown === true;
      else if (message?.cs === 'page') page = message.page;
      else if (message?.cs === 'identity') {
        // A reload of the frame finds the present one.
        window.name = JSON.stringify({ ...config, identity: message.token });
        onIdentity(message.token);
      }
    });
  }

  return {
    framed,
    locale: config?.locale,
    identity: config?.identity,
    get page() {
      return page;
    },
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
