/** The commands of the desk: pages, conversations, status, appearance. What one conversation offers comes from its pane. */
import { locales } from '../../shared/i18n/index.svelte.ts';
import type { Desk } from '../desk.svelte.ts';
import type { ListTab } from '../inbox/lists.svelte.ts';
import { i18n, t } from '../i18n.ts';
import { sortText, stateText, visitorName } from '../inbox/labels.ts';
import { sorts } from '../inbox/view.ts';
import { reasonName } from '../library/rules.ts';
import { prefs, type Theme } from '../shell/prefs.svelte.ts';
import { router } from '../shell/route.svelte.ts';
import { statuses, statusText } from '../shell/status.ts';
import type { Command } from './commands.ts';

const languages = { 'zh-CN': '简体中文', en: 'English' } as const;
const themes: Theme[] = ['system', 'light', 'dark'];

export function deskCommands(desk: Desk, more: { shortcuts: () => void }): Command[] {
  // The bar shows a few; of thousands in a list the first ones do.
  const rows = [...desk.mine, ...desk.waitingRows.slice(0, 50)];
  const lists = { mine: 'listMine', waiting: 'listWaiting', all: 'listAll' } as const;
  const toList = (tab: ListTab) => {
    desk.lists.setTab(tab);
    desk.select(desk.selectedId);
  };
  const seen = new Set<string>();
  return [
    ...desk.listCommands,
    ...desk.commands,
    ...rows
      .filter((row) => !seen.has(row.conversationId) && seen.add(row.conversationId))
      .map(
        (row): Command => ({
          id: `c:${row.conversationId}`,
          label: visitorName(row),
          hint: t(stateText[row.state]),
          icon: 'chat',
          group: t('conversations'),
          run: () => desk.select(row.conversationId),
        }),
      ),
    {
      id: 'go:search',
      label: t('search'),
      icon: 'search',
      group: t('groupGo'),
      run: () => router.go({ page: 'search', query: '' }),
    },
    {
      id: 'go:desk',
      label: t('conversations'),
      icon: 'inbox',
      group: t('groupGo'),
      run: () => desk.select(desk.selectedId),
    },
    {
      id: 'go:library',
      label: t('cannedReplies'),
      icon: 'bolt',
      group: t('groupGo'),
      run: () => router.go({ page: 'library', tab: 'replies' }),
    },
    ...(desk.isAdministrator
      ? [
          {
            id: 'go:admin',
            label: t('administration'),
            icon: 'gear' as const,
            group: t('groupGo'),
            run: () => router.go({ page: 'admin', tab: 'agents' }),
          },
        ]
      : []),
    {
      id: 'next',
      label: t('keyNextUnread'),
      icon: 'down',
      keys: ['Alt', 'U'],
      group: t('groupGo'),
      run: () => desk.nextUnread(),
    },
    ...(Object.keys(lists) as ListTab[]).map(
      (tab): Command => ({
        id: `list:${tab}`,
        label: t(lists[tab]),
        hint: t('inbox'),
        icon: 'inbox',
        group: t('inbox'),
        run: () => toList(tab),
      }),
    ),
    ...desk.library.views.map(
      (view): Command => ({
        id: `view:${view.id}`,
        label: view.body.name,
        hint: t('views'),
        icon: 'filter',
        group: t('inbox'),
        run: () => desk.lists.showView(view),
      }),
    ),
    ...sorts.map(
      (sort): Command => ({
        id: `sort:${sort}`,
        label: t(sortText[sort]),
        hint: t('sortLabel'),
        icon: 'sort',
        group: t('inbox'),
        run: () => desk.lists.setSort(sort),
      }),
    ),
    {
      id: 'choose',
      label: t('chooseSeveral'),
      icon: 'checks',
      keys: ['X'],
      group: t('inbox'),
      run: () => (desk.lists.chosen.on = true),
    },
    ...statuses.map(
      (status): Command => ({
        id: `status:${status}`,
        label: t(statusText[status]),
        hint: t('myStatus'),
        icon: 'person',
        group: t('myStatus'),
        run: () => void desk.standing.set(status),
      }),
    ),
    ...desk.library.reasons.map(
      (reason): Command => ({
        id: `reason:${reason.id}`,
        label: reasonName(reason.body, i18n.locale),
        hint: t(statusText[reason.body.status]),
        icon: 'person',
        group: t('myStatus'),
        run: () => void desk.standing.set(reason.body.status, reason.id),
      }),
    ),
    ...themes.map(
      (theme): Command => ({
        id: `theme:${theme}`,
        label: t(theme === 'system' ? 'themeSystem' : theme === 'light' ? 'themeLight' : 'themeDark'),
        hint: t('theme'),
        icon: theme === 'dark' ? 'moon' : 'sun',
        group: t('theme'),
        run: () => {
          prefs.theme = theme;
        },
      }),
    ),
    ...locales.map(
      (locale): Command => ({
        id: `lang:${locale}`,
        label: languages[locale],
        hint: t('language'),
        icon: 'edit',
        group: t('language'),
        run: () => {
          i18n.locale = locale;
        },
      }),
    ),
    { id: 'keys', label: t('shortcuts'), icon: 'keyboard', keys: ['?'], group: t('language'), run: more.shortcuts },
  ];
}
