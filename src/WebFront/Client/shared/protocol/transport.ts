/** One try at a hub connection; thrown away when it breaks. */
export interface HubTransport {
  start(): Promise<void>;
  stop(): void;
  invoke(method: string, args: unknown[]): Promise<unknown>;
  on(message: string, handler: (...args: unknown[]) => void): void;
  onClosed(handler: () => void): void;
}

export type OpenTransport = (url: string, token: string) => HubTransport;

interface HubMessage {
  type?: number;
  target?: string;
  arguments?: unknown[];
  invocationId?: string;
  result?: unknown;
  error?: string;
}

const RECORD_END = '\u001e';
const INVOCATION = 1;
const COMPLETION = 3;
const PING = 6;
const CLOSE = 7;
/** The figures of SignalR's own clients: the server pings every 15 s, and so do we. */
const PING_MS = 15_000;
const SILENCE_MS = 30_000;

/**
 * SignalR's JSON hub protocol, version 1, over a WebSocket without negotiation: the part of it that this product uses.
 * Microsoft's client does this and much else (negotiation, other transports, streaming, its own reconnect loop) in
 * 14 kB gzipped, a third of what the widget may load; this is one. The tests run the same cases over both.
 */
class JsonHub implements HubTransport {
  readonly #address: string;
  readonly #handlers = new Map<string, (...args: unknown[]) => void>();
  readonly #calls = new Map<string, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #closed: () => void = () => {};
  #socket: WebSocket | null = null;
  #shaken: (() => void) | null = null;
  #partial = '';
  #lastId = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #pings: ReturnType<typeof setInterval> | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#address);
      this.#socket = socket;
      this.#shaken = () => {
        this.#shaken = null;
        this.#pings = setInterval(() => this.#send({ type: PING }), PING_MS);
        resolve();
      };
      socket.onopen = () => socket.send(JSON.stringify({ protocol: 'json', version: 1 }) + RECORD_END);
      socket.onmessage = (event) => this.#receive(String(event.data));
      // A close follows every error.
      socket.onerror = () => {};
      socket.onclose = () => {
        reject(new Error('The socket closed.'));
        this.stop();
      };
    });
  }

  /** Does not wait for the other side: a dead network never confirms a close. */
  stop(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    clearInterval(this.#pings);
    clearTimeout(this.#silence);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    for (const call of this.#calls.values()) call.reject(new Error('The socket closed.'));
    this.#calls.clear();
    this.#closed();
  }

  invoke(method: string, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const invocationId = String(++this.#lastId);
      this.#calls.set(invocationId, { resolve, reject });
      this.#send({ type: INVOCATION, invocationId, target: method, arguments: args });
    });
  }

  on(message: string, handler: (...args: unknown[]) => void): void {
    // Names are matched as the library does, regardless of case.
    this.#handlers.set(message.toLowerCase(), handler);
  }

  onClosed(handler: () => void): void {
    this.#closed = handler;
  }

  #send(message: HubMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message) + RECORD_END);
  }

  #receive(data: string): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.stop(), SILENCE_MS);
    const records = (this.#partial + data).split(RECORD_END);
    this.#partial = records.pop() ?? '';
    for (const record of records) {
      let message: HubMessage;
      try {
        message = JSON.parse(record) as HubMessage;
      } catch {
        this.stop();
        return;
      }
      if (this.#shaken) {
        if (message.error !== undefined) this.#socket?.close();
        else this.#shaken();
      } else this.#handle(message);
    }
  }

  #handle(message: HubMessage): void {
    if (message.type === INVOCATION) {
      this.#handlers.get((message.target ?? '').toLowerCase())?.(...(message.arguments ?? []));
    } else if (message.type === COMPLETION) {
      const call = this.#calls.get(message.invocationId ?? '');
      this.#calls.delete(message.invocationId ?? '');
      if (message.error !== undefined) call?.reject(new Error(message.error));
      else call?.resolve(message.result);
    } else if (message.type === CLOSE) this.stop();
  }
}

export const openHub: OpenTransport = (url, token) => {
  const address = new URL(url, globalThis.location?.href);
  address.protocol = address.protocol.replace('http', 'ws');
  // A browser can't set headers on a WebSocket; the bearer is short-lived, and the server's logs drop query strings.
  address.searchParams.set('access_token', token);
  return new JsonHub(address.href);
};
