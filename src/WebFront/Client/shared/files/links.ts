import { type RestOptions, requestJson } from '../protocol/rest.ts';

export interface FileLink {
  id: string;
  url: string;
  previewUrl?: string;
  expiresAt: string;
}

const EARLY_MS = 60_000;
const KEPT = 200;

/** Links to the files of messages, asked for once and again when they have expired. */
export class FileLinks {
  readonly #rest: RestOptions;
  readonly #token: () => Promise<string>;
  readonly #known = new Map<string, Promise<FileLink[]>>();

  constructor(rest: RestOptions, token: () => Promise<string>) {
    this.#rest = rest;
    this.#token = token;
  }

  async of(conversationId: string, sequence: number, fresh = false): Promise<FileLink[]> {
    const key = `${conversationId} ${sequence}`;
    const known = fresh ? undefined : this.#known.get(key);
    if (known) {
      const links = await known.catch(() => []);
      const good = links.every((link) => Date.parse(link.expiresAt) - EARLY_MS > this.#rest.clock.now());
      if (links.length > 0 && good) return links;
    }
    const path = `/api/v1/conversations/${encodeURIComponent(conversationId)}/files?sequence=${sequence}`;
    const asked = this.#token()
      .then((token) => requestJson<{ files: FileLink[] }>(this.#rest, 'GET', path, undefined, token))
      .then((answer) => answer.files);
    this.#known.set(key, asked);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest);
    return asked;
  }
}
