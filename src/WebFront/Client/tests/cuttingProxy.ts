import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that cuts connections after a number of bytes drawn from `random`, both ways, anywhere in a frame. */
export class CuttingProxy {
  cuts = 0;
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cutting = true;

  /** `bytes`: a connection lives for less than this many. Requests that are not upgrades count too. */
  constructor(target: { host: string; port: number }, random: () => number, bytes: number) {
    this.#server = createServer((client) => {
      this.connections += 1;
      let left = this.#cutting ? Math.floor(random() * bytes) : Number.POSITIVE_INFINITY;
      const server = connect(target.port, target.host);
      const cut = () => {
        client.destroy();
        server.destroy();
      };
      const relay = (from: Socket, to: Socket) => {
        from.on('data', (chunk) => {
          if (!this.#cutting) left = Number.POSITIVE_INFINITY;
          if (chunk.length > left) {
            this.cuts += 1;
            // What lay before the cut still arrives: that is how an answer is lost after its work was done.
            to.write(chunk.subarray(0, left), cut);
            left = 0;
            return;
          }
          left -= chunk.length;
          to.write(chunk);
        });
        from.on('close', cut);
        from.on('error', cut);
        this.#sockets.add(from);
        from.on('close', () => this.#sockets.delete(from));
      };
      client.on('error', cut);
      server.on('error', cut);
      relay(client, server);
      relay(server, client);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** No more cuts. */
  calm(): void {
    this.#cutting = false;
  }

  cutAll(): void {
    for (const socket of [...this.#sockets]) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
