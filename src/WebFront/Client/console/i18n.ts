import { common } from '../shared/i18n/common.ts';
import { createI18n, merge } from '../shared/i18n/index.svelte.ts';
import { ConnectionLost, CallTimeout, Refused } from '../shared/protocol/errors.ts';
import type { ErrorCode } from '../shared/protocol/types.ts';
import { adminTexts } from './admin/texts.ts';
import { siteTexts } from './admin/site/texts.ts';
import { conversationTexts } from './conversation/texts.ts';
import { customerTexts } from './customer/texts.ts';
import { designTexts } from './design/texts.ts';
import { libraryTexts } from './library/texts.ts';
import { searchTexts } from './search/texts.ts';
import { inboxTexts } from './inbox/texts.ts';
import { sessionTexts } from './session/texts.ts';
import { shellTexts } from './shell/texts.ts';

const texts = merge(
  merge(merge(common, shellTexts), merge(merge(sessionTexts, siteTexts), inboxTexts)),
  merge(
    merge(conversationTexts, designTexts),
    merge(merge(customerTexts, adminTexts), merge(libraryTexts, searchTexts)),
  ),
);

export type TextKey = keyof (typeof texts)['en'];

export const i18n = createI18n<TextKey>(texts);
/** Read in markup it follows a switch of language. */
export const t = i18n.t;

const byCode: Record<ErrorCode, TextKey> = {
  Invalid: 'errorInvalid',
  TooLong: 'errorTooLong',
  Conflict: 'errorConflict',
  Closed: 'errorClosed',
  NotFound: 'errorNotFound',
  Forbidden: 'errorForbidden',
  Unauthorized: 'errorUnauthorized',
  RateLimited: 'errorRateLimited',
  Overloaded: 'errorOverloaded',
  Unavailable: 'errorUnavailable',
};

/** A code of the protocol as a sentence; one we do not know gets a general one. */
export function codeText(code: string): string {
  return t(byCode[code as ErrorCode] ?? 'somethingWrong');
}

/** What went wrong, for a person. */
export function errorText(error: unknown): string {
  if (error instanceof Refused) return codeText(error.error.code);
  if (error instanceof ConnectionLost || error instanceof CallTimeout) return t('errorConnection');
  return t('somethingWrong');
}
