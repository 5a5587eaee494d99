/**
 * One file on its way: announced, sent in parts, looked at. A part that was cut is sent again from where the server
 * stands, so a bad line costs one part and not the file. No framework: the tray around it makes it visible.
 */
import { backoffMs, retryBackoff } from '../protocol/backoff.ts';
import { Refused } from '../protocol/errors.ts';
import { type RestOptions, requestJson } from '../protocol/rest.ts';
import { type Attachment, isRetryCode } from '../protocol/types.ts';

export type UploadState = 'uploading' | 'waiting' | 'checking' | 'ready' | 'failed' | 'cancelled';

interface UploadAnswer {
  uploadId: string;
  offset: number;
  bytes: number;
  partBytes: number;
}

export interface UploadSeams {
  rest: RestOptions;
  token: () => Promise<string>;
  random: () => number;
  /** Sends one part and tells how much of it went; false where the line was lost. Tests bring their own. */
  put?: typeof putPart;
}

/** Attempts without progress before a person is asked. */
const ATTEMPTS_MAX = 6;

export class Upload {
  state: UploadState = 'uploading';
  /** 0 to 1. */
  progress = 0;
  /** Why it failed: a reason of the protocol, `failed` for anything else. */
  reason: string | null = null;
  /** Whether trying again could help. */
  retryable = true;
  attachment: Attachment | null = null;
  readonly file: File;
  readonly #seams: UploadSeams;
  readonly #changed: () => void;
  #id: string | null = null;
  #abort = new AbortController();

  constructor(file: File, seams: UploadSeams, changed: () => void) {
    this.file = file;
    this.#seams = seams;
    this.#changed = changed;
  }

  async start(): Promise<void> {
    this.#abort = new AbortController();
    this.#to('uploading');
    this.reason = null;
    const { signal } = this.#abort;
    for (let attempt = 0; !signal.aborted; ) {
      const before = this.progress;
      try {
        await this.#send(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const refused = error instanceof Refused ? error.error : null;
        if (refused && !isRetryCode(refused.code) && refused.code !== 'Conflict') {
          return this.#fail(refused.reason ?? 'failed', false);
        }
        attempt = this.progress > before ? 1 : attempt + 1;
        if (attempt >= ATTEMPTS_MAX || refused?.reason === 'quota') {
          return this.#fail(refused?.reason ?? 'failed', true);
        }
        this.#to('waiting');
        const wait = backoffMs(attempt, this.#seams.random(), retryBackoff, refused?.retryAfterMs);
        await new Promise<void>((resume) => this.#seams.rest.clock.setTimeout(resume, wait));
      }
    }
  }

  cancel(): void {
    this.#abort.abort();
    this.#to('cancelled');
    if (this.#id) void this.#call('DELETE', '').catch(() => {});
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { file } = this;
    let stand: UploadAnswer;
    if (this.#id) stand = await this.#call<UploadAnswer>('GET', '');
    else {
      const { rest, token } = this.#seams;
      const body = { name: file.name, bytes: file.size };
      stand = await requestJson<UploadAnswer>(rest, 'POST', '/api/v1/uploads', body, await token());
      this.#id = stand.uploadId;
    }
    while (stand.offset < stand.bytes) {
      if (signal.aborted) return;
      const from = stand.offset;
      const part = file.slice(from, from + stand.partBytes);
      const told = (sent: number) => {
        this.progress = (from + sent) / stand.bytes;
        this.#to('uploading');
      };
      told(0);
      const { rest, token, put } = this.#seams;
      const url = `${rest.baseUrl}/api/v1/uploads/${this.#id}?offset=${from}`;
      stand = (await (put ?? putPart)(url, part, await token(), signal, told)) as UploadAnswer;
    }
    this.progress = 1;
    this.#to('checking');
    const { attachment } = await this.#call<{ attachment: Attachment }>('POST', '/finish', 60_000);
    if (signal.aborted) return;
    this.attachment = attachment;
    this.#to('ready');
  }

  async #call<T>(method: string, path: string, timeoutMs?: number): Promise<T> {
    const { rest, token } = this.#seams;
    return requestJson<T>(
      { ...rest, timeoutMs },
      method,
      `/api/v1/uploads/${this.#id}${path}`,
      undefined,
      await token(),
    );
  }

  #fail(reason: string, retryable: boolean): void {
    this.reason = reason;
    this.retryable = retryable;
    this.#to('failed');
  }

  #to(state: UploadState): void {
    this.state = state;
    this.#changed();
  }
}

/** XMLHttpRequest, because fetch does not tell how far an upload has come. */
function putPart(
  url: string,
  part: Blob,
  token: string,
  signal: AbortSignal,
  told: (sent: number) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.responseType = 'json';
    request.timeout = 60_000;
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => told(event.loaded);
    request.onload = () => {
      if (request.status === 200) return resolve(request.response);
      const { code = 'Unavailable', detail = '', reason, retryAfterMs } = request.response ?? {};
      reject(new Refused({ code, message: detail, reason, retryAfterMs }, request.status));
    };
    request.onerror = request.ontimeout = () => reject(new Error('cut'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.onabort = () => reject(new Error('aborted'));
    request.send(part);
  });
}
