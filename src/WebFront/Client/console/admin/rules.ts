/** What the administration's forms accept; the same ranges as the server's, said before it has to. Pure. */
import type { Role } from '../../shared/protocol/types.ts';
import type { TextKey } from '../i18n.ts';

export const roleText: Record<Role, TextKey> = {
  agent: 'roleAgent',
  supervisor: 'roleSupervisor',
  administrator: 'roleAdministrator',
};

export const roleHint: Record<Role, TextKey> = {
  agent: 'roleAgentHint',
  supervisor: 'roleSupervisorHint',
  administrator: 'roleAdministratorHint',
};

export const roles: readonly Role[] = ['agent', 'supervisor', 'administrator'];

/** A higher role includes the lower ones. */
export function highestRole(held: readonly Role[]): Role {
  return roles.findLast((role) => held.includes(role)) ?? 'agent';
}

export const ranges = {
  capacity: [1, 100],
  offerSeconds: [5, 600],
  graceSeconds: [1, 3_600],
  idleCloseSeconds: [10, 604_800],
  reopenSeconds: [0, 2_592_000],
  editSeconds: [0, 86_400],
  wrapUpSeconds: [0, 3_600],
  priority: [-100, 100],
} as const satisfies Record<string, readonly [number, number]>;

export type Ranged = keyof typeof ranges;

/** The whole number within its range, or null. Inputs give numbers, or null where they hold none. */
export function within(name: Ranged, value: unknown): number | null {
  const [min, max] = ranges[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : null;
}

export function isSlug(text: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(text);
}

export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 254;
}

export const PASSWORD_MIN = 8;

/** The first line that is no origin, or null. */
export function wrongOrigin(lines: readonly string[]): string | null {
  for (const line of lines) {
    try {
      const url = new URL(line);
      if ((url.protocol === 'https:' || url.protocol === 'http:') && url.origin === line.replace(/\/$/, '')) continue;
    } catch {
      // Not even an address.
    }
    return line;
  }
  return null;
}

export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
