/** A bad network between real sockets. What it does to a connection follows from the seed alone. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FaultyPipe, type Faults } from './faulty-pipe.ts';
import { dice, type Roll } from './random.ts';

/** What happens to one connection, per direction; `up` is from the client to the server. */
export interface LinkFaults {
  readonly up?: Faults;
  readonly down?: Faults;
}

interface ProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly seed?: number;
  /** What befalls the connection of this number, from 0 up; `roll` is that connection's own chance. */
  readonly plan?: (index: number, roll: Roll) => LinkFaults;
  /** From which address the server sees connections come; another of this machine (127.0.0.0/8) when it counts them. */
  readonly localAddress?: (index: number) => string;
}

/** One connection through the proxy: the client's socket, the server's, and a pipe each way. */
export class Link {
  readonly index: number;
  readonly client: Socket;
  readonly server: Socket;
  readonly up: FaultyPipe;
  readonly down: FaultyPipe;

  constructor(index: number, client: Socket, server: Socket, { up, down }: LinkFaults, roll: Roll) {
    this.index = index;
    this.client = client;
    this.server = server;
    const cut = (how: 'reset' | 'end') => (how === 'reset' ? this.reset() : this.end());
    this.up = new FaultyPipe(client, server, up ?? {}, roll, cut);
    this.down = new FaultyPipe(server, client, down ?? {}, roll, cut);
    // A reset is passed on; while the link is a black hole nobody hears of the other.
    client.on('error', () => this.#whenThrough(() => server.resetAndDestroy()));
    server.on('error', () => this.#whenThrough(() => client.resetAndDestroy()));
  }

  /** Breaks the connection: both sides see a reset. */
  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }

  /** Ends the connection as if each side had ended its writing, with what was on its way lost. */
  end(): void {
    for (const socket of [this.client, this.server]) {
      socket.end();
      socket.resume();
    }
    this.up.stop();
    this.down.stop();
  }

  /** Nothing passes any more, and nobody is told. */
  swallow(): void {
    this.up.hold();
    this.down.hold();
  }

  /** What was held passes now, in order, and nothing of it is lost: as TCP makes of a network that comes back. */
  restore(): void {
    this.up.release();
    this.down.release();
    // Who broke meanwhile is told of now.
    if (this.client.destroyed !== this.server.destroyed) this.reset();
  }

  get isGone(): boolean {
    return this.client.destroyed && this.server.destroyed;
  }

  #whenThrough(tell: () => void): void {
    if (!this.up.isHeld) tell();
  }
}

export class FaultProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly links = new Set<Link>();
  readonly #server: Server;
  readonly #options: ProxyOptions;
  #count = 0;
  #isBlackHole = false;

  private constructor(server: Server, options: ProxyOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  /** Listens on a free port of 127.0.0.1, in front of `target`. */
  static async start(options: ProxyOptions): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, options);
  }

  /** Connections made so far. */
  get count(): number {
    return this.#count;
  }

  /** From now on nothing passes, on no connection and in no direction, new ones included, until `restore`. */
  swallow(): void {
    this.#isBlackHole = true;
    for (const link of this.links) link.swallow();
  }

  restore(): void {
    this.#isBlackHole = false;
    for (const link of this.links) link.restore();
  }

  resetAll(): void {
    for (const link of this.links) link.reset();
  }

  /** Breaks what is left, and listens no more. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.resetAll();
    await closed;
  }

  #accept(client: Socket): void {
    const { target, plan, localAddress, seed = 1 } = this.#options;
    const index = this.#count++;
    const roll = dice(seed * 1_000_003 + index);
    const from = localAddress && { localAddress: localAddress(index) };
    const server = connect({ ...target, ...from, allowHalfOpen: true, noDelay: true });
    const link = new Link(index, client, server, plan?.(index, roll) ?? {}, roll);
    this.links.add(link);
    const forget = () => {
      if (link.isGone) this.links.delete(link);
    };
    client.on('close', forget);
    server.on('close', forget);
    if (this.#isBlackHole) link.swallow();
  }
}
