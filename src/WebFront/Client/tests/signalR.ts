import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import type { OpenTransport } from '../shared/protocol/transport.ts';

/** The same seam over Microsoft's own client: what holds over it and over ours holds for SignalR. */
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
