/** The conversation as a text file, made in the browser of what the visitor may see anyway. */
import type { Locale, Params } from '../../shared/i18n/index.svelte.ts';
import type { VisitorClient } from '../../shared/protocol/visitor.ts';
import { rowsOf } from './rows.ts';
import type { TextKey } from './texts.ts';

/** Pages fetched at most; beyond it the beginning is left out, and the file says so. */
const PAGES_MAX = 30;

export async function saveTranscript(
  client: VisitorClient,
  locale: Locale,
  t: (key: TextKey, params?: Params) => string,
  title: string,
): Promise<void> {
  for (let page = 0; page < PAGES_MAX && client.snapshot.conversation?.hasEarlier; page++) await client.loadEarlier();
  const { conversation, site } = client.snapshot;
  if (!conversation) return;
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const lines = [site?.name ?? '', ''];
  if (conversation.hasEarlier) lines.push('…');
  const { events, readUpTo } = conversation;
  for (const row of rowsOf({ events, pending: [], failed: [], readUpTo })) {
    if (row.kind === 'notice') lines.push(`— ${t(row.text, { name: row.name || t('agent') })}`);
    if (row.kind !== 'message') continue;
    const files = row.attachments.map((file) => `[${file.name}]`);
    lines.push(`${time.format(row.at)}  ${row.own ? t('you') : row.name || t('agent')}`);
    lines.push(...[row.redacted ? t('messageRemoved') : row.text, ...files].filter(Boolean), '');
  }
  // The mark tells programs on Windows that it is UTF-8.
  const url = URL.createObjectURL(new Blob([`\uFEFF${lines.join('\r\n')}`], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${title}-${new Date(events[0]?.at ?? Date.now()).toISOString().slice(0, 10)}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
