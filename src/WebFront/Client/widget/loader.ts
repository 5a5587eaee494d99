// The only code of ours that runs in the host page: a button, a frame, and the messages between them. It touches
// nothing outside its own shadow root, and works where styles or storage are blocked.
import type { FrameConfig, FromFrame, ToFrame } from './frame.ts';

const script = document.currentScript as HTMLScriptElement | null;
const labels = {
  zh: { open: '打开在线客服', close: '关闭在线客服', title: '在线客服', unread: '条未读消息' },
  en: { open: 'Open chat', close: 'Close chat', title: 'Chat with us', unread: 'unread messages' },
};

// In a shadow root, so none of it reaches the page; `all: initial` keeps the page from reaching in by inheritance.
const css = `
:host{all:initial;position:fixed;z-index:2147483000;inset:auto 0 0 auto;font:600 13px/1 system-ui,sans-serif}
button{all:unset;box-sizing:border-box;position:fixed;right:20px;bottom:20px;width:56px;height:56px;border-radius:50%;
display:grid;place-items:center;cursor:pointer;background:#0b6e5b;color:#fff;
box-shadow:0 1px 2px rgb(16 32 27/.16),0 10px 28px -6px rgb(16 32 27/.45);transition:transform .18s,background .18s}
button:hover{background:#095a4b;transform:translateY(-2px)}
button:focus-visible{outline:3px solid #0b6e5b;outline-offset:3px;box-shadow:0 0 0 3px #fff}
svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;
background:#b3261e;color:#fff;border:2px solid #fff;display:grid;place-items:center;font:700 12px/1 system-ui,sans-serif}
[hidden]{display:none!important}
iframe{position:fixed;right:20px;bottom:92px;width:392px;height:min(660px,calc(100vh - 116px));
height:min(660px,calc(100dvh - 116px));border:0;border-radius:20px;background:#fff;
box-shadow:0 0 0 1px rgb(16 32 27/.08),0 24px 64px -16px rgb(16 32 27/.42);animation:in .2s ease-out}
@keyframes in{from{opacity:0;transform:translateY(12px)}}
@media (prefers-color-scheme:dark){iframe{background:#161d1a;box-shadow:0 0 0 1px rgb(255 255 255/.1),
0 24px 64px -16px rgb(0 0 0/.8)}}
@media (max-width:520px){iframe{inset:0;width:100%;height:100%;border-radius:0;animation:none}
button[aria-expanded=true]{display:none}}
@media (prefers-reduced-motion:reduce){iframe{animation:none}button{transition:none}}
@media print{:host{display:none}}`;

const CHAT = 'M4 5.5h16v11H10l-4.5 4v-4H4z';
const DOWN = 'm5.5 9 6.5 6.5L18.5 9';

function start(tag: HTMLScriptElement): void {
  const site = tag.dataset.site ?? '';
  const origin = new URL(tag.src, location.href).origin;
  const mark = `cs.widget.${site}`;
  let words = labels[(tag.dataset.locale ?? navigator.language).toLowerCase().startsWith('zh') ? 'zh' : 'en'];
  let frame: HTMLIFrameElement | null = null;
  let shown = false;
  let unread = 0;

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
  root.append(button);

  const draw = () => {
    button.setAttribute('aria-expanded', String(shown));
    const label = shown ? words.close : words.open;
    button.setAttribute('aria-label', unread > 0 ? `${label} (${unread} ${words.unread})` : label);
    path.setAttribute('d', shown ? DOWN : CHAT);
    badge.hidden = unread === 0 || shown;
    badge.textContent = unread > 99 ? '99+' : String(unread);
    if (frame) {
      frame.title = words.title;
      frame.hidden = !shown;
    }
  };

  const tell = (message: ToFrame) => frame?.contentWindow?.postMessage(message, origin);

  const load = () => {
    if (frame) return;
    frame = document.createElement('iframe');
    const config: FrameConfig = {
      host: location.origin,
      locale: tag.dataset.locale,
      page: { url: location.href, title: document.title, referrer: document.referrer },
    };
    frame.name = JSON.stringify(config);
    frame.allow = 'clipboard-write';
    frame.src = `${origin}/widget/?site=${encodeURIComponent(site)}`;
    root.prepend(frame);
  };

  const show = (next: boolean) => {
    if (next) load();
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
      tell({ cs: 'shown', shown });
      if (shown) frame.focus();
    } else if (message.cs === 'close') show(false);
    else if (message.cs === 'unread') unread = message.count;
    else if (message.cs === 'conversation') remember(mark, message.exists);
    else if (message.cs === 'locale') words = labels[message.locale.startsWith('zh') ? 'zh' : 'en'];
    draw();
  });

  draw();
  document.body.append(host);
  if (remembered(mark)) load();
  Object.assign(window, { customerService: { open: () => show(true), close: () => show(false) } });
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
