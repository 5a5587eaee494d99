/** Canned replies and macros: which text, which variables, which fit what is typed. Pure. */
import type { LibraryItem } from '../api.ts';

export interface ReplyBody {
  shortcut: string;
  title: string;
  /** By locale. */
  texts: Record<string, string>;
}

export const actionTypes = ['reply', 'note', 'addTag', 'removeTag', 'snoozeHours', 'transferQueue', 'close'] as const;
export type ActionType = (typeof actionTypes)[number];

export interface MacroAction {
  type: ActionType;
  value?: string | null;
}

export interface MacroBody {
  title: string;
  actions: MacroAction[];
}

export interface TagBody {
  name: string;
}

/** Why somebody is busy or away. */
export interface ReasonBody {
  status: 'busy' | 'away';
  /** By locale. */
  names: Record<string, string>;
}

/** Its name in the reader's language, or in any. */
export function reasonName(reason: ReasonBody, locale: string): string {
  return reason.names[locale] ?? Object.values(reason.names)[0] ?? '';
}

export type Reason = LibraryItem<ReasonBody>;
export type Reply = LibraryItem<ReplyBody>;
export type Macro = LibraryItem<MacroBody>;

/** What `{{name}}` may name: a fixed table, nothing is evaluated. */
export const variables = ['visitor.name', 'agent.name', 'queue.name'] as const;
export type Variables = Record<(typeof variables)[number], string>;

/** Fills the known variables; an unknown one stays to be seen. */
export function fillReply(text: string, values: Variables): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) =>
    (variables as readonly string[]).includes(name) ? values[name as keyof Variables] : whole,
  );
}

/** The text in the visitor's language, or in the agent's, or the first there is. */
export function textFor(reply: ReplyBody, locales: readonly (string | undefined)[]): string {
  const keys = Object.keys(reply.texts);
  for (const locale of locales) {
    if (!locale) continue;
    const language = locale.toLowerCase().split('-')[0];
    const key =
      keys.find((each) => each === locale) ?? keys.find((each) => each.toLowerCase().split('-')[0] === language);
    if (key) return reply.texts[key] ?? '';
  }
  return reply.texts[keys[0] ?? ''] ?? '';
}

/** What is typed after a slash before the caret, or null: a slash at the start or after a blank. */
export function slashQuery(text: string, caret: number): { from: number; query: string } | null {
  const before = /(?:^|\s)\/([^\s/]*)$/.exec(text.slice(0, caret));
  return before ? { from: caret - (before[1]?.length ?? 0) - 1, query: before[1] ?? '' } : null;
}

const SHOWN_MAX = 8;

/** Replies that fit: by shortcut first, then by title and text; one's own before the team's before everybody's. */
export function fitting(replies: readonly Reply[], query: string): Reply[] {
  const wanted = query.toLowerCase();
  const rank = (reply: Reply) => {
    const shortcut = reply.body.shortcut.toLowerCase();
    if (shortcut === wanted) return 0;
    if (shortcut.startsWith(wanted)) return 1;
    if (reply.body.title.toLowerCase().includes(wanted)) return 2;
    return Object.values(reply.body.texts).some((text) => text.toLowerCase().includes(wanted)) ? 3 : 4;
  };
  const near = (reply: Reply) => (reply.scope.startsWith('agent:') ? 0 : reply.scope.startsWith('queue:') ? 1 : 2);
  return replies
    .map((reply) => ({ reply, rank: rank(reply) }))
    .filter((each) => each.rank < 4)
    .sort(
      (a, b) =>
        a.rank - b.rank || near(a.reply) - near(b.reply) || (a.reply.body.shortcut < b.reply.body.shortcut ? -1 : 1),
    )
    .slice(0, SHOWN_MAX)
    .map((each) => each.reply);
}
