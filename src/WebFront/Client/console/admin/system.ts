import type { TextKey } from '../i18n.ts';

/** Of the membership table; anything new is shown as unknown rather than hidden. */
export function siloStatusKey(status: string): TextKey {
  switch (status) {
    case 'active':
      return 'siloActive';
    case 'joining':
    case 'created':
      return 'siloJoining';
    case 'shuttingdown':
    case 'stopping':
      return 'siloStopping';
    case 'dead':
      return 'siloDead';
    default:
      return 'siloUnknown';
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytesText(bytes: number, locale: string): string {
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${UNITS[unit]}`;
}
