/** Reverse proxy with several gateways, each below a path of one origin. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TestGateway } from '../../support/raw-connection.ts';

interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export class Paths {
  readonly #server: Server = createServer();
  readonly #sockets = new Set<Duplex>();
  readonly #gateways: ReadonlyMap<string, TestGateway>;

  private constructor(gateways: ReadonlyMap<string, TestGateway>) {
    this.#gateways = gateways;
  }

  /** @param gateways by the path below which each lies, as `/team-a/` */
  static async start(gateways: Readonly<Record<string, TestGateway>>): Promise<Paths> {
    const paths = new Paths(new Map(Object.entries(gateways)));
    paths.#server.on('request', (asked, answer) => {
      const target = paths.#find(asked);
      if (!target) return void answer.end('nothing is here');
      const { host, port, path } = target;
      const passed = request({ host, port, path, method: asked.method, headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      asked.pipe(passed);
    });
    paths.#server.on('upgrade', (asked, socket, head) => paths.#upgrade(asked, socket, head));
    paths.#server.listen(0, '127.0.0.1');
    await once(paths.#server, 'listening');
    return paths;
  }

  /** Addresses of the proxy, in the shape of a gateway's. */
  get gateway(): Pick<TestGateway, 'addresses'> {
    const { port } = this.#server.address() as AddressInfo;
    const here = { host: '127.0.0.1', port };
    return { addresses: { http: here, tcp: here, tcpLong64: null } };
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #find({ url = '' }: IncomingMessage): Target | undefined {
    for (const [prefix, { addresses }] of this.#gateways)
      if (url.startsWith(prefix)) return { ...addresses.http, path: url.slice(prefix.length - 1) };
    return undefined;
  }

  #upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = this.#find(asked);
    if (!target) return void socket.destroy();
    const gateway: Socket = connect(target.port, target.host);
    const lines = [`GET ${target.path} HTTP/1.1`];
    for (let at = 0; at < asked.rawHeaders.length; at += 2)
      lines.push(`${asked.rawHeaders[at]!}: ${asked.rawHeaders[at + 1]!}`);
    gateway.write(`${lines.join('\r\n')}\r\n\r\n`);
    gateway.write(head);
    for (const [one, other] of [
      [socket, gateway],
      [gateway, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => this.#sockets.delete(one));
      one.pipe(other);
    }
  }
}
