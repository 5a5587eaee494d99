import type { AgentStatus } from '../../shared/protocol/types.ts';
import type { TextKey } from '../i18n.ts';

export const statuses: readonly AgentStatus[] = ['online', 'busy', 'away', 'offline'];

export const statusText: Record<AgentStatus, TextKey> = {
  online: 'statusOnline',
  busy: 'statusBusy',
  away: 'statusAway',
  offline: 'statusOffline',
};

export const statusHint: Record<AgentStatus, TextKey> = {
  online: 'statusOnlineHint',
  busy: 'statusBusyHint',
  away: 'statusAwayHint',
  offline: 'statusOfflineHint',
};

/** Dots differ in form too, for eyes that do not tell the colours apart. */
export const statusDot: Record<AgentStatus, string> = {
  online: 'bg-ok',
  busy: 'bg-danger',
  away: 'border-2 border-warn',
  offline: 'border-2 border-line-strong',
};
