// The only code of ours that runs in the host page: a button, a frame, and the messages between them. It touches
// nothing outside its own shadow root, and works where styles or storage are blocked.
import type { CustomerServiceWidget } from '../public/widget.d.ts';
import type { FrameConfig, FromFrame, HostPage, ToFrame } from './frame.ts';

const script = document.currentScript as HTMLScriptElement | null;
const labels = {
  zh: { open: '打开在线客服', close: '关闭在线客服', title: '在线客服', unread: '条未读消息', dismiss: '不用了' },
  en: {
    open: 'Open chat',
    close: 'Close chat',
    title: 'Chat with us',
    unread: 'unread messages',
    dismiss: 'No, thanks',
  },
};

// In a shadow root, so none of it reaches the page; `all: initial` keeps the page from reaching in by inheritance.
const css = `
:host{all:initial;position:fixed;z-index:2147483000;inset:auto 0 0 auto}
button{all:unset;box-sizing:border-box;position:fixed;right:20px;bottom:20px;width:56px;height:56px;border-radius:50%;
display:grid;place-items:center;cursor:pointer;background:var(--c,#0b6e5b);color:#fff;
box-shadow:0 1px 2px rgb(16 32 27/.16),0 10px 28px -6px rgb(16 32 27/.45);transition:transform .18s}
button:hover{filter:brightness(.9);transform:translateY(-2px)}
button:focus-visible{outline:3px solid var(--c,#0b6e5b);outline-offset:3px;box-shadow:0 0 0 3px #fff}
svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;border-radius:99px;
background:#b3261e;color:#fff;border:2px solid #fff;display:grid;place-items:center;font:700 12px/1 system-ui,sans-serif}
[hidden]{display:none!important}
p{all:unset;box-sizing:border-box;position:fixed;right:20px;bottom:90px;display:flex;gap:8px;align-items:start;max-width:min(300px,calc(100vw - 40px));
padding:14px 10px 14px 16px;border-radius:16px 16px 4px 16px;background:#fff;color:#16211d;font:500 15px/1.45 system-ui,sans-serif;cursor:pointer;
overflow-wrap:anywhere;box-shadow:0 0 0 1px rgb(16 32 27/.08),0 14px 40px -10px rgb(16 32 27/.4);animation:in .2s ease-out}
p i{all:unset;flex:none;width:24px;height:24px;display:grid;place-items:center;border-radius:50%;cursor:pointer;color:#55625d;font:400 18px/1 system-ui}
p i:focus-visible,p span:focus-visible{outline:2px solid var(--c,#0b6e5b)}p span{all:unset;flex:1}
.l button,.l p,.l iframe{right:auto;left:20px}.l b{right:auto;left:-4px}.l p{border-radius:16px 16px 16px 4px}
iframe{position:fixed;right:20px;bottom:92px;width:392px;height:min(660px,calc(100vh - 116px));
height:min(660px,calc(100dvh - 116px));border:0;border-radius:20px;background:#fff;
box-shadow:0 0 0 1px rgb(16 32 27/.08),0 24px 64px -16px rgb(16 32 27/.42);animation:in .2s ease-out}
@keyframes in{from{opacity:0;transform:translateY(12px)}}
@media (prefers-color-scheme:dark){iframe,p{background:#161d1a;color:#e6eeea;box-shadow:0 0 0 1px rgb(255 255 255/.1),
0 24px 64px -16px rgb(0 0 0/.8)}p{background:#1d2622}p i{color:#9dada6}}
@media (max-width:520px),(max-height:520px) and (pointer:coarse){iframe{inset:var(--t,0) 0 auto!important;width:100%;height:var(--h,100%);box-sizing:border-box;
padding:env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);border-radius:0;animation:none}
button[aria-expanded=true]{display:none}}
@media (prefers-reduced-motion:reduce){iframe,p{animation:none}button{transition:none}}
@media print{:host{display:none}}`;

const CHAT = 'M4 5.5h16v11H10l-4.5 4v-4H4z';
const DOWN = 'm5.5 9 6.5 6.5L18.5 9';

function start(tag: HTMLScriptElement): void {
  const site = tag.dataset.site ?? tag.dataset.siteKey ?? '';
  const origin = new URL(tag.src, location.href).origin;
  const mark = `cs.widget.${site}`;
  let language: 'zh' | 'en' = languageOf(tag.dataset.locale ?? navigator.language);
  let frame: HTMLIFrameElement | null = null;
  let shown = false;
  let unread = 0;
  let counted = '';

  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  addStyles(root);
  const button = document.createElement('button');
  button.type = 'button';
  const badge = document.createElement('b');
  badge.setAttribute('aria-hidden', 'true');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
  button.append(svg, badge);
  const box = document.createElement('div');
  box.append(button);
  root.append(box);

  /** The page's own title: the number of unread messages stands in front while it counts. */
  const ownTitle = () => (document.title.startsWith(counted) ? document.title.slice(counted.length) : document.title);
  const draw = () => {
    const words = labels[language];
    button.setAttribute('aria-expanded', String(shown));
    const label = shown ? words.close : words.open;
    button.setAttribute('aria-label', unread > 0 ? `${label} (${unread} ${words.unread})` : label);
    path.setAttribute('d', shown ? DOWN : CHAT);
    badge.hidden = unread === 0 || shown;
    badge.textContent = unread > 99 ? '99+' : String(unread);
    const next = badge.hidden ? '' : `(${badge.textContent}) `;
    if (next !== counted) document.title = next + ownTitle();
    counted = next;
    if (frame) {
      frame.title = words.title;
      frame.hidden = !shown;
    }
  };

  // Before the frame says that it listens there is another document in it, or none.
  let ready = false;
  const tell = (message: ToFrame) => ready && frame?.contentWindow?.postMessage(message, origin);

  const listeners = new Set<{ name: string; run: (detail: unknown) => void }>();
  const emit = (name: string, detail: unknown) => {
    for (const each of [...listeners]) {
      try {
        if (each.name === name) each.run(detail);
      } catch (error) {
        // The page's own mistake: told like any other, and no reason to stop here.
        console.error(error);
      }
    }
  };

  let identity: string | null = null;
  let given: string | null = null;
  let context: { url?: string; title?: string } = {};
  const pageNow = (): HostPage => ({
    url: context.url ?? location.href,
    title: context.title ?? ownTitle(),
    referrer: document.referrer,
  });
  let told = '';
  const tellPage = () => {
    const page = pageNow();
    if (frame && !ready) return;
    if (told === page.url + page.title) return;
    told = page.url + page.title;
    tell({ cs: 'page', page });
    arm();
  };

  const load = () => {
    if (frame) return;
    frame = document.createElement('iframe');
    const config: FrameConfig = {
      host: location.origin,
      locale: tag.dataset.locale,
      page: pageNow(),
      identity,
    };
    told = config.page.url + config.page.title;
    given = identity;
    frame.name = JSON.stringify(config);
    frame.allow = 'clipboard-write';
    frame.src = `${origin}/widget/?site=${encodeURIComponent(site)}`;
    box.prepend(frame);
  };

  const show = (next: boolean) => {
    if (next) load();
    dismiss();
    if (shown !== next) emit(next ? 'open' : 'close', null);
    shown = next;
    draw();
    tell({ cs: 'shown', shown });
    if (shown) frame?.focus();
    else button.focus();
  };

  button.addEventListener('click', () => show(!shown));

  addEventListener('message', (event: MessageEvent<FromFrame>) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
    const message = event.data;
    if (message.cs === 'ready') {
      ready = true;
      tell({ cs: 'shown', shown });
      if (identity !== given) tell({ cs: 'identity', token: identity });
      tellPage();
      if (shown) frame.focus();
    } else if (message.cs === 'close') show(false);
    else if (message.cs === 'unread') {
      if (unread !== message.count) emit('unread', message.count);
      unread = message.count;
    } else if (message.cs === 'message') emit('message', { from: message.from });
    else if (message.cs === 'identified') emit('identified', { refused: message.refused });
    else if (message.cs === 'conversation') remember(mark, message.exists);
    else if (message.cs === 'locale') language = languageOf(message.locale);
    draw();
  });

  let bubble: HTMLElement | null = null;
  const dismiss = () => {
    bubble?.remove();
    bubble = null;
  };
  const invite = (text: string) => {
    if (shown || bubble) return;
    bubble = document.createElement('p');
    bubble.role = 'status';
    const words = document.createElement('span');
    words.role = 'button';
    words.tabIndex = 0;
    words.textContent = text;
    bubble.dir = 'auto';
    const close = document.createElement('i');
    close.role = 'button';
    close.tabIndex = 0;
    close.textContent = '×';
    close.setAttribute('aria-label', labels[language].dismiss);
    bubble.append(words, close);
    const press = (element: HTMLElement, run: () => void) => {
      element.addEventListener('click', run);
      element.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === ' ') run();
      });
    };
    press(words, () => show(true));
    press(close, dismiss);
    box.append(bubble);
    // Once: whoever has seen one is not asked again.
    remember(`${mark}.invited`, true);
  };

  let look: Look | null = null;
  let invitation: ReturnType<typeof setTimeout> | undefined;
  /** The invitation of the page that is shown now, after its time. */
  const arm = () => {
    clearTimeout(invitation);
    if (frame || remembered(`${mark}.invited`)) return;
    const path = new URL(pageNow().url, location.href).pathname;
    const here = look?.invitations?.find(({ page }) => fits(page, path));
    const text = here?.text[language === 'zh' ? 'zh-CN' : 'en'] ?? Object.values(here?.text ?? {})[0];
    if (here && text) invitation = setTimeout(() => invite(text), here.afterSeconds * 1000);
  };

  draw();
  // The button appears in its place and colour at once, or, where the server can't be asked, as it is.
  const appear = (found: Look | null) => {
    look = found;
    if (look?.color) box.style.setProperty('--c', look.color);
    box.className = look?.position === 'left' ? 'l' : '';
    if (look?.refused) return console.warn(`${location.origin} is no origin of site ${site}`);
    if (look?.hidden && !remembered(mark)) return;
    document.body.append(host);
    if (remembered(mark)) load();
    else arm();
  };
  const late = new AbortController();
  setTimeout(() => late.abort(), 3_000);
  fetch(`${origin}/api/v1/sites/${encodeURIComponent(site)}/look`, { signal: late.signal, credentials: 'omit' })
    .then((answer) => (answer.ok ? (answer.json() as Promise<Look>) : null))
    .catch(() => null)
    .then(appear);
  // Pages that change without being loaded anew. Their title often follows a moment later.
  const moved = () => setTimeout(tellPage, 300);
  addEventListener('popstate', moved);
  addEventListener('hashchange', moved);
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) navigation.addEventListener('currententrychange', moved);
  // Older browsers tell nobody of a page that a script moves to. Wrapping history would be no guest's manners.
  else setInterval(tellPage, 1_000);

  // A phone's keyboard lies over the page and leaves its size: the frame takes what is left in sight. Two fingers that
  // look closer leave less in sight too, and are no keyboard.
  const view = window.visualViewport;
  const fit = () => {
    const whole = !view || view.scale > 1.01;
    box.style.setProperty('--t', whole ? '0' : `${view.offsetTop}px`);
    box.style.setProperty('--h', whole ? '100%' : `${view.height}px`);
  };
  view?.addEventListener('resize', fit);
  view?.addEventListener('scroll', fit);

  const api: CustomerServiceWidget = {
    open: () => show(true),
    close: () => show(false),
    identify(person) {
      identity = person?.token ?? null;
      tell({ cs: 'identity', token: identity });
    },
    setContext(next) {
      context = next ?? {};
      tellPage();
    },
    on(name, run) {
      const listener = { name, run: run as (detail: unknown) => void };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get isOpen() {
      return shown;
    },
    get unread() {
      return unread;
    },
  };
  window.customerService = api;
  dispatchEvent(new Event('customerservice'));
}

interface Look {
  color: string;
  position: string;
  hidden: boolean;
  /** The page's origin is not on the site's list: browsers would show a grey frame. */
  refused?: boolean;
  invitations?: { page: string; afterSeconds: number; text: Record<string, string> }[];
}

const languageOf = (tag: string) => (tag.toLowerCase().startsWith('zh') ? 'zh' : 'en');

/** Whether a path fits a pattern with `*` for anything. No expression of a stranger's making is ever run. */
function fits(pattern: string, path: string): boolean {
  const parts = pattern.split('*');
  const last = parts.pop() ?? '';
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = path.indexOf(part, at);
    if (found < 0 || (index === 0 && found > 0)) return false;
    at = found + part.length;
  }
  return parts.length === 0 ? path === last : path.length - last.length >= at && path.endsWith(last);
}

function addStyles(root: ShadowRoot): void {
  try {
    // Allowed under a content security policy that forbids inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.appendChild(document.createElement('style')).textContent = css;
  }
}

function remember(key: string, exists: boolean): void {
  try {
    if (exists) localStorage.setItem(key, '1');
    else localStorage.removeItem(key);
  } catch {
    // The frame then comes back when the button is pressed.
  }
}

function remembered(key: string): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return false;
  }
}

if (script?.src && !('customerService' in window)) {
  if (document.body) start(script);
  else document.addEventListener('DOMContentLoaded', () => start(script), { once: true });
}
