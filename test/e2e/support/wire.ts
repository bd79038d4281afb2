/** Proxy between the page and its gateway, which a test can hold and cut. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Page } from 'playwright';
import { afterEach } from 'vitest';
import type { TestGateway } from '../../support/raw-connection.ts';
import type { Pages, VisitOptions } from './page.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export class Wire {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [page: Socket, gateway: Socket]>();
  /** All sockets of the page: a browser also opens some that it says nothing on. */
  readonly #sockets = new Set<Socket>();
  /** False while new WebSockets are rejected; the page itself can still be fetched. */
  #open = true;
  #target: Address;
  /** True while nothing is answered at all, as when there is no server. */
  #isAway = false;
  #refused = 0;

  private constructor(server: Server, target: Address) {
    this.#server = server;
    this.#target = target;
  }

  static async to(target: Address): Promise<Wire> {
    const server = createServer({ allowHalfOpen: true });
    const wire = new Wire(server, target);
    server.on('connection', (socket) => void wire.#join(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return wire;
  }

  /** Addresses of the proxy, in the shape of a gateway's. */
  get gateway(): Pick<TestGateway, 'addresses'> {
    const { port } = this.#server.address() as AddressInfo;
    const here = { host: '127.0.0.1', port };
    return { addresses: { http: here, tcp: here, tcpLong64: null } };
  }

  /** Rejects new WebSockets. */
  hold(): void {
    this.#open = false;
  }

  release(): void {
    this.#open = true;
  }

  /** Breaks every connection, as if the server had gone, and each new one until {@link comeBack}. */
  goAway(): void {
    this.#isAway = true;
    this.cut();
  }

  /**
   * Lets connections through again, to another gateway when there is one in the place of the first: that could not have
   * the first one's port, which may be somebody's by then.
   */
  comeBack(target = this.#target): void {
    this.#target = target;
    this.#isAway = false;
  }

  /** Number of connections that were tried while the server was away. */
  get refused(): number {
    return this.#refused;
  }

  /** Stops passing on bytes from the gateway to the page, which does not notice. */
  deafen(): void {
    for (const [, gateway] of this.#pairs) gateway.unpipe();
  }

  /** Breaks every connection, also one that a browser keeps ready and has said nothing on. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    for (const [, gateway] of this.#pairs) gateway.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #join(page: Socket): Promise<void> {
    page.on('error', () => page.destroy());
    this.#sockets.add(page);
    page.on('close', () => this.#sockets.delete(page));
    if (this.#isAway) {
      this.#refused++;
      page.destroy();
      return;
    }
    const [head] = (await Promise.race([once(page, 'data'), once(page, 'close')])) as [Buffer | boolean];
    if (!(head instanceof Buffer)) return;
    page.pause();
    if (!this.#open && head.toString('latin1').startsWith('GET /ws ')) {
      page.destroy();
      return;
    }
    const gateway = connect({ ...this.#target, allowHalfOpen: true });
    gateway.on('error', () => page.destroy());
    const pair = [page, gateway] as const;
    this.#pairs.add(pair);
    gateway.on('close', () => this.#pairs.delete(pair));
    gateway.write(head);
    page.pipe(gateway);
    gateway.pipe(page);
  }
}

/** Lets pages join through a {@link Wire}, which is closed after each test of the surrounding `describe`. */
export function useWire(room: { readonly gateway: TestGateway }, pages: Pages) {
  let wire: Wire | undefined;
  afterEach(async () => {
    await wire?.close();
    wire = undefined;
  });
  return async (
    name: string,
    options?: VisitOptions,
  ): Promise<{ readonly wire: Wire; readonly page: Page }> => {
    wire = await Wire.to(room.gateway.addresses.http);
    const page = await pages.join(wire.gateway, name, options);
    // What is loaded last comes through the same proxy, and watches the connection: its button is the sign that it came.
    await page.locator('.tool[aria-label="Wire inspector"]').waitFor({ state: 'attached' });
    return { wire, page };
  };
}

/** Sends the browser's `online` event; the page then does not wait for its next attempt. */
export const networkIsBack = (page: Page) => page.evaluate(() => dispatchEvent(new Event('online')));
