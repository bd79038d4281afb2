/** Page's side of `chaton.web.v1`, in raw bytes and JSON (D28). It answers nothing by itself. */
import { once } from 'node:events';
import { WebSocket, type RawData } from 'ws';
import { bytes } from './raw-hex.ts';
import { RawInbox, type Closing } from './raw-inbox.ts';
import type { TestGateway } from './raw-peer.ts';

export type Told = Readonly<Record<string, unknown>>;

/** Connects as a page of this origin does; by default of the gateway's own. */
export async function connectPage(
  { addresses }: Pick<TestGateway, 'addresses'>,
  { origin, localAddress }: { readonly origin?: string; readonly localAddress?: string } = {},
): Promise<RawPage> {
  const { host, port } = addresses.http;
  const socket = new WebSocket(`ws://${host}:${port}/ws`, 'chaton.web.v1', {
    origin: origin ?? `http://${host}:${port}`,
    ...(localAddress !== undefined && { localAddress }),
  });
  const page = new RawPage(socket);
  await once(socket, 'open');
  return page;
}

export class RawPage {
  readonly socket: WebSocket;
  /** Number of bytes that came; an end of writing counts one. */
  received = 0;
  /** Latest result of `token`. */
  lastToken = '';
  readonly #inbox = new RawInbox('page');
  readonly #told: Told[] = [];
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: RawData, isBinary) => {
      if (!Buffer.isBuffer(data)) throw new TypeError('binaryType is not nodebuffer');
      if (isBinary) this.received += Math.max(1, data.length);
      if (!isBinary) this.#told.push(JSON.parse(data.toString()) as Told);
      else if (data.length === 0) this.#inbox.end();
      else this.#inbox.push(data);
      this.#wake();
    });
    socket.on('close', (code, reason) => {
      this.#inbox.close({ code, reason: reason.toString() });
      this.#wake();
    });
    socket.on('error', () => {});
  }

  send(hex: string): void {
    this.socket.send(bytes(hex));
  }

  end(): void {
    this.socket.send(new Uint8Array(0));
  }

  say(message: Told | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Breaks the connection without a close frame. */
  drop(): void {
    this.socket.terminate();
  }

  expect(hex: string): Promise<void> {
    return this.#inbox.expect(hex);
  }

  read(count: number): Promise<string> {
    return this.#inbox.read(count);
  }

  expectEnd(): Promise<void> {
    return this.#inbox.expectEnd();
  }

  expectClose(): Promise<Closing> {
    return this.#inbox.expectClose();
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
}
