import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';

/** One try at a hub connection; thrown away when it breaks. */
export interface HubTransport {
  start(): Promise<void>;
  stop(): void;
  invoke(method: string, args: unknown[]): Promise<unknown>;
  on(message: string, handler: (...args: unknown[]) => void): void;
  onClosed(handler: () => void): void;
}

export type OpenTransport = (url: string, token: string) => HubTransport;

/** WebSockets only, without negotiation: no sticky sessions are needed, and one round trip is saved. */
export const openSignalR: OpenTransport = (url, token) => {
  const hub = new HubConnectionBuilder()
    .withUrl(url, {
      skipNegotiation: true,
      transport: HttpTransportType.WebSockets,
      accessTokenFactory: () => token,
    })
    .configureLogging(LogLevel.None)
    .build();
  return {
    start: () => hub.start(),
    stop: () => void hub.stop().catch(() => {}),
    invoke: (method, args) => hub.invoke(method, ...args),
    on: (message, handler) => hub.on(message, handler),
    onClosed: (handler) => hub.onclose(handler),
  };
};
