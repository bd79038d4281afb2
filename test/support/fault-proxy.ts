/** Bad network between real sockets. The faults of a connection follow from the seed alone. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { FaultyPipe, type Faults } from './faulty-pipe.ts';
import { dice, type Roll } from './random.ts';

/** Faults of one connection, per direction; `up` is from the client to the server. */
export interface LinkFaults {
  readonly up?: Faults;
  readonly down?: Faults;
}

interface ProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly seed?: number;
  /** Plans the faults of the connection of this number, from 0 up; `roll` is that connection's own random generator. */
  readonly plan?: (index: number, roll: Roll) => LinkFaults;
  /**
   * Address from which the server sees connections come; another of this machine (127.0.0.0/8) when the server counts
   * them.
   */
  readonly localAddress?: (index: number) => string;
}

/** Connection through the proxy: the client's socket, the server's, and a pipe each way. */
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
    // A reset is passed on, except in a direction in which nothing passes.
    client.on('error', () => this.up.isHeld || server.resetAndDestroy());
    server.on('error', () => this.down.isHeld || client.resetAndDestroy());
  }

  /** Breaks the connection: both sides see a reset. */
  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }

  /** Ends the connection as if each side had ended its writing; what was on its way is lost. */
  end(): void {
    for (const socket of [this.client, this.server]) {
      socket.end();
      socket.resume();
    }
    this.up.stop();
    this.down.stop();
  }

  /** Makes the link a black hole: nothing passes any more, and neither side is told. */
  swallow(): void {
    this.up.hold();
    this.down.hold();
  }

  /** Passes on what was held, in order and without loss, as TCP does over a network that comes back. */
  restore(): void {
    this.up.release();
    this.down.release();
    // A break that happened meanwhile is passed on now.
    if (this.client.destroyed !== this.server.destroyed) this.reset();
  }

  get isGone(): boolean {
    return this.client.destroyed && this.server.destroyed;
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

  /** Number of connections made so far. */
  get count(): number {
    return this.#count;
  }

  /** Lets nothing pass until `restore`, on no connection and in no direction, new ones included. */
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

  /** Breaks the remaining connections, and stops listening. */
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
