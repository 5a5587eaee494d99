/** The files that a person is about to send: what the composer shows above the text. */
import type { RestOptions } from '../protocol/rest.ts';
import type { Attachment } from '../protocol/types.ts';
import { Upload, type UploadState } from './upload.ts';

export const FILES_MAX = 10;
const KEPT_PICTURES = 30;

export interface TrayItem {
  id: number;
  name: string;
  bytes: number;
  /** Address of the picture in this browser; empty for what is none. */
  picture: string;
  state: UploadState;
  progress: number;
  reason: string | null;
  retryable: boolean;
}

export interface TrayOptions {
  rest: RestOptions;
  token: () => Promise<string>;
  /** Known before anything is sent; undefined: the server says. */
  bytesMax?: () => number | undefined;
}

/** Pictures sent from this page, by file id: shown from here, not fetched again. */
const pictures = new Map<string, string>();
export const localPicture = (id: string): string | undefined => pictures.get(id);

export class Tray {
  items = $state.raw<TrayItem[]>([]);
  /** More files than one message takes were chosen. */
  tooMany = $state(false);
  readonly #options: TrayOptions;
  #uploads: { id: number; picture: string; upload: Upload }[] = [];
  #next = 1;

  constructor(options: TrayOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.items.some((item) => item.state !== 'ready' && item.state !== 'failed');
  }

  get ready(): Attachment[] {
    void this.items;
    return this.#uploads.flatMap(({ upload }) => upload.attachment ?? []);
  }

  /** Whether everything chosen can go out. */
  get sendable(): boolean {
    return this.items.length > 0 && this.items.every((item) => item.state === 'ready');
  }

  add(files: Iterable<File>): void {
    this.tooMany = false;
    for (const file of files) {
      if (this.#uploads.length >= FILES_MAX) {
        this.tooMany = true;
        break;
      }
      const upload = new Upload(
        file,
        { rest: this.#options.rest, token: this.#options.token, random: Math.random },
        () => this.#draw(),
      );
      const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : '';
      this.#uploads.push({ id: this.#next++, picture, upload });
      const max = this.#options.bytesMax?.();
      if (file.size === 0 || (max && file.size > max)) {
        upload.state = 'failed';
        upload.reason = file.size === 0 ? 'empty' : 'size';
        upload.retryable = false;
      } else void upload.start();
    }
    this.#draw();
  }

  remove(id: number): void {
    const index = this.#uploads.findIndex((each) => each.id === id);
    const [gone] = this.#uploads.splice(index, 1);
    gone?.upload.cancel();
    if (gone?.picture) URL.revokeObjectURL(gone.picture);
    this.tooMany = false;
    this.#draw();
  }

  retry(id: number): void {
    void this.#uploads.find((each) => each.id === id)?.upload.start();
  }

  /** What is to be sent, out of the tray. */
  take(): Attachment[] {
    const taken = this.ready;
    for (const { upload, picture } of this.#uploads) {
      if (upload.attachment && picture) pictures.set(upload.attachment.id, picture);
    }
    for (const [id, picture] of pictures) {
      if (pictures.size <= KEPT_PICTURES) break;
      pictures.delete(id);
      URL.revokeObjectURL(picture);
    }
    this.#uploads = [];
    this.#draw();
    return taken;
  }

  #draw(): void {
    this.items = this.#uploads.map(({ id, picture, upload }) => ({
      id,
      picture,
      name: upload.file.name,
      bytes: upload.file.size,
      state: upload.state,
      progress: upload.progress,
      reason: upload.reason,
      retryable: upload.retryable,
    }));
  }
}

/** Files of a paste or a drop; a pasted screenshot has a name of its own making. */
export function filesOf(data: DataTransfer | null): File[] {
  return data ? [...data.files] : [];
}
