import { ConnectionLost, Refused } from './errors.ts';
import type { Clock } from './seams.ts';
import type { ErrorCode, EventsPage, ProtocolError } from './types.ts';

export interface RestOptions {
  /** Origin of the server, without a slash at the end; empty for the page's own. */
  baseUrl: string;
  fetch: typeof fetch;
  clock: Clock;
  timeoutMs?: number;
}

const codeOfStatus: Record<number, ErrorCode> = {
  400: 'Invalid',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  413: 'TooLong',
  429: 'RateLimited',
};

/** One JSON request. Throws Refused for a problem document, ConnectionLost when nothing came back. */
export async function requestJson<T>(
  options: RestOptions,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<T> {
  const abort = new AbortController();
  const timer = options.clock.setTimeout(() => abort.abort(), options.timeoutMs ?? 15_000);
  try {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const init: RequestInit = { method, headers, signal: abort.signal, credentials: 'same-origin' };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await options.fetch(options.baseUrl + path, init);
    if (!answer.ok) throw new Refused(await problem(answer), answer.status);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new ConnectionLost();
  } finally {
    options.clock.clearTimeout(timer);
  }
}

async function problem(answer: Response): Promise<ProtocolError> {
  let fields: { code?: string; detail?: string; title?: string; retryAfterMs?: number; reason?: string } = {};
  try {
    fields = (await answer.json()) ?? {};
  } catch {
    // A proxy's own error page: the status has to do.
  }
  const code = (fields.code as ErrorCode | undefined) ?? codeOfStatus[answer.status] ?? 'Unavailable';
  const error: ProtocolError = { code, message: fields.detail ?? fields.title ?? '' };
  if (fields.reason !== undefined) error.reason = fields.reason;
  const seconds = Number(answer.headers.get('retry-after'));
  if (fields.retryAfterMs !== undefined) error.retryAfterMs = fields.retryAfterMs;
  else if (seconds > 0) error.retryAfterMs = seconds * 1000;
  return error;
}

/** A page of a conversation, in the caller's numbering: what lies before `before`, or after `after`. */
export function eventsPage(
  options: RestOptions,
  token: string,
  conversationId: string,
  where: { before: number } | { after: number },
  limit: number,
): Promise<EventsPage> {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(where)) query.set(name, String(value));
  const path = `/api/v1/conversations/${encodeURIComponent(conversationId)}/events?${query}`;
  return requestJson(options, 'GET', path, undefined, token);
}
