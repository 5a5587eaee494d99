/**
 * Markdown of agents and bots, for widget and console: read by marked, cleaned by DOMPurify. Fetched with the first
 * message that has any. Nothing is loaded from elsewhere (no pictures), and links lead to web pages or mail only.
 */
import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { linkParts } from './links.ts';
import { isReadable } from './readable.ts';

const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const marked = new Marked({
  gfm: true,
  breaks: true,
  async: false,
  // Markup is shown as it was typed, and a picture as its words: even the parser's own document, where nothing runs,
  // would make the browser complain of what the page's policy forbids.
  // A bare address ends where it ends in text without markdown: before Chinese punctuation, too.
  tokenizer: {
    url: (src) => {
      const url = linkParts(src.match(/^https?:\S+/i)?.[0] ?? '')[0]?.url;
      return url
        ? { type: 'link', raw: url, href: url, text: url, tokens: [{ type: 'text', raw: url, text: url }] }
        : false;
    },
  },
  renderer: { html: ({ text }) => escaped(text), image: ({ text }) => escaped(text) },
});
const purify = DOMPurify(window);

const options = {
  ALLOWED_TAGS: ['p', 'br', 'strong', 'em', 'del', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'a', 'hr'],
  ALLOWED_ATTR: ['href', 'start'],
  // Not an address: without this a list that goes on from 2 would begin at 1.
  ADD_URI_SAFE_ATTR: ['start'],
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow ugc');
});

/** Characters that make letters run the other way: a link could read as another one. */
const overrides = /[\u202d\u202e]/g;

/** Null for what is better shown as it was typed. */
export function renderMarkdown(text: string): DocumentFragment | null {
  if (!isReadable(text)) return null;
  try {
    return purify.sanitize(marked.parse(text.replace(overrides, ''), { async: false }), options);
  } catch {
    // No text takes the page down.
    return null;
  }
}
