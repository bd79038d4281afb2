/** Page's side of `chaton.web.v1`, in raw bytes and JSON (D28). It answers nothing by itself. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Addressed } from './raw-connection.ts';
import { RawWebSocket } from './raw-websocket.ts';

export type Told = Readonly<Record<string, unknown>>;

/** Gateways that gave a token: only that one can resume the connection, where several are one room. */
const gaveToken = new Map<string, Addressed['addresses']>();

export interface PageFrom {
  /** By default the gateway's own. */
  readonly origin?: string;
  readonly localAddress?: string;
  /** A certain gateway of those that are one room. */
  readonly at?: Addressed;
  /** Token of a connection to be resumed: the page comes to the gateway that gave it, as by `?node=` through a proxy. */
  readonly token?: string;
}

/** Connects as a page does. */
export async function connectPage(
  gateway: Addressed,
  { origin, localAddress, at = gateway, token = '' }: PageFrom = {},
): Promise<RawPage> {
  const addresses = gaveToken.get(token) ?? at.addresses;
  const { host, port } = addresses.http;
  const socket = new WebSocket(`ws://${host}:${port}/ws`, 'chaton.web.v1', {
    origin: origin ?? `http://${host}:${port}`,
    ...(localAddress !== undefined && { localAddress }),
  });
  const page = new RawPage(socket, addresses);
  await once(socket, 'open');
  return page;
}

export class RawPage extends RawWebSocket {
  /** Number of bytes that came; an end of writing counts one. */
  received = 0;
  /** Latest result of `token`. */
  lastToken = '';
  readonly #told: Told[] = [];
  readonly #addresses: Addressed['addresses'];
  #wake: () => void = () => {};

  constructor(socket: WebSocket, addresses: Addressed['addresses']) {
    super(socket);
    this.#addresses = addresses;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.received += Math.max(1, data.length);
    });
    socket.on('close', () => this.#wake());
  }

  say(message: Told | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Waits for the next control message of one of these types; others before it are skipped. */
  async told(...types: readonly string[]): Promise<Told> {
    for (;;) {
      for (let next = this.#told.shift(); next; next = this.#told.shift())
        if (types.includes(next['type'] as string)) return next;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${types.join()}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Waits for the token that the gateway gives next, and acknowledges it. */
  async token(): Promise<string> {
    const { token } = await this.told('session');
    this.say({ type: 'received', bytes: this.received });
    this.lastToken = token as string;
    return this.lastToken;
  }

  protected override onText(text: string): void {
    const told = JSON.parse(text) as Told;
    if (typeof told['token'] === 'string') gaveToken.set(told['token'], this.#addresses);
    this.#told.push(told);
    this.#wake();
  }
}
