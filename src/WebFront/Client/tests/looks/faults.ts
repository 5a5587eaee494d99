/** What a machine can see that is wrong with a page, besides what axe sees. */
import type { Frame } from 'playwright-core';
import type { Locale } from './looks.ts';

export interface Fault {
  kind: string;
  what: string;
}

/** Names of things that are the same in every language. */
const NAMES =
  /\b(?:HTML|URLs?|CSV|JSON|HTTPS?|https?|script|src|async|data-site|widget\.js|Ctrl|Alt|Shift|Enter|Home|End|Esc|Tab|English|SQLite|PostgreSQL|Asia|Shanghai|UTC|PDF|ZIP|Grain|CPU|HS256|JWT|WebP|Orleans|Word|Excel|PowerPoint|kB|MB|MiB|GB)\b|中文|简体中文/g;

const strings = (value: unknown, into: Set<string> = new Set()): Set<string> => {
  if (typeof value === 'string') into.add(value);
  else if (value instanceof Map) for (const each of value) strings(each, into);
  else if (value && typeof value === 'object')
    for (const [key, each] of Object.entries(value)) strings(each, into.add(key));
  return into;
};

export async function faultsIn(frame: Frame, locale: Locale, data: unknown): Promise<Fault[]> {
  const { shapes, texts } = await frame.evaluate(look);
  const faults = shapes;
  const given = [...strings(data)].join('\n');
  for (const text of texts) {
    const rest = text.replaceAll(NAMES, ' ');
    const foreign = rest.match(locale === 'en' ? /\p{sc=Han}+/gu : /[A-Za-z]{3,}/g) ?? [];
    const unknown = foreign.filter((each) => !given.includes(each));
    if (unknown.length > 0) faults.push({ kind: 'language', what: `${unknown.join(' ')} in “${text.slice(0, 80)}”` });
  }
  return faults;
}

/** Runs in the page. */
function look(): { shapes: Fault[]; texts: string[] } {
  const shapes: Fault[] = [];
  const root = document.documentElement;
  const name = (element: Element) =>
    `<${element.localName}> “${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 50)}”`;
  if (root.scrollWidth > root.clientWidth)
    shapes.push({ kind: 'wide', what: `the page is ${root.scrollWidth} wide in ${root.clientWidth}` });

  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  const top: ParentNode = dialog ?? document;
  const visible = (element: Element) => {
    if (element.closest('.sr-only, [hidden], [inert]')) return false;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && style.opacity !== '0';
  };
  /** Whether some box around it scrolls, so that what is outside can be fetched. */
  const scrolls = (element: Element, axis: 'X' | 'Y') => {
    for (let each = element.parentElement; each; each = each.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(each)[`overflow${axis}`])) return true;
      if (each === dialog) return false;
    }
    return false;
  };

  const pressed = 'button, a[href], input, select, textarea, summary, [role=button], [role=tab], [role=menuitem]';
  for (const element of top.querySelectorAll<HTMLElement>(pressed)) {
    if (!visible(element)) continue;
    const box = element.getBoundingClientRect();
    if ((box.left < -1 || box.right > innerWidth + 1) && !scrolls(element, 'X'))
      shapes.push({ kind: 'outside', what: name(element) });
    if (
      (box.top < -1 || box.bottom > innerHeight + 1) &&
      !scrolls(element, 'Y') &&
      !/auto|scroll|visible/.test(getComputedStyle(root).overflowY)
    )
      shapes.push({ kind: 'outside', what: name(element) });
    const inline = getComputedStyle(element).display === 'inline';
    const labelled = element.closest('label') ?? (element as HTMLInputElement).labels?.[0];
    if (innerWidth < 500 && !inline && !labelled && (box.height < 24 || box.width < 24))
      shapes.push({ kind: 'small', what: `${name(element)} ${Math.round(box.width)}×${Math.round(box.height)}` });
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    if (x > 0 && y > 0 && x < innerWidth && y < innerHeight) {
      const hit = document.elementFromPoint(x, y);
      const other = hit && hit !== element && !element.contains(hit) && !hit.contains(element) ? hit : null;
      const scrolledAway = scrolls(element, 'Y') || scrolls(element, 'X');
      if (
        other &&
        !scrolledAway &&
        !labelled?.contains(other) &&
        !other.closest('[role=menu], [role=dialog], [role=listbox], dialog, [data-toast]')
      )
        shapes.push({ kind: 'covered', what: `${name(element)} by ${name(other)}` });
    }
  }

  // A word that is cut off: what is said in full elsewhere (a title) may be.
  for (const element of top.querySelectorAll<HTMLElement>(
    'button, button *, a, a *, label, label *, th, h1, h2, h3, legend, dt, summary, option, [role=tab] *',
  )) {
    if (!visible(element) || element.closest('svg, [data-row], bdi, [title], select, textarea')) continue;
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!own) continue;
    const style = getComputedStyle(element);
    if (style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1)
      shapes.push({ kind: 'cut', what: name(element) });
    else if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline')
      shapes.push({ kind: 'overflows', what: name(element) });
  }
  // A label that breaks where a button has room for a line.
  for (const element of top.querySelectorAll<HTMLElement>('.btn, [role=tab]')) {
    if (!visible(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const lines = new Set(
      [...range.getClientRects()]
        .filter((box) => box.width > 1 && box.height > 9)
        .map((box) => Math.round((box.top + box.bottom) / 16)),
    );
    if (element.getBoundingClientRect().height > 52 && lines.size > 1)
      shapes.push({ kind: 'two lines', what: name(element) });
  }

  const texts: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent && !parent.closest('script, style, code, pre, time, [lang]:not(html)') && node.textContent?.trim())
      texts.push(node.textContent.trim());
  }
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
    if (element.closest('[lang]:not(html)')) continue;
    for (const key of ['aria-label', 'placeholder', 'title']) {
      const text = element.getAttribute(key);
      if (text) texts.push(text);
    }
  }
  return { shapes, texts };
}
