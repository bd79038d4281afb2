import { once } from 'node:events';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { bytes } from './raw-hex.ts';
import { RawInbox, type Closing } from './raw-inbox.ts';
import type { Raw, RawPeer } from './raw-peer.ts';

const EMPTY = new Uint8Array(0);

/** Raw WebSocket peer (D24–D27). Rejects when the gateway does not answer 101. */
export async function connectRawWebSocket(
  url: string,
  protocols: string[] = ['chaton.v1'],
  options: ClientOptions = {},
): Promise<RawWebSocketPeer> {
  const socket = new WebSocket(url, protocols, options);
  const peer = new RawWebSocketPeer(socket);
  await once(socket, 'open');
  return peer;
}

/** Raw peer with the socket itself, for what only WebSocket has: text, fragments, codes. */
export class RawWebSocketPeer implements RawPeer {
  readonly transport = 'websocket';
  readonly socket: WebSocket;
  readonly #inbox = new RawInbox('WebSocket peer');

  constructor(socket: WebSocket) {
    const inbox = this.#inbox;
    socket.on('message', (data: RawData, isBinary) => {
      if (!isBinary) inbox.fail(new Error('a text message on chaton.v1'));
      else if (!Buffer.isBuffer(data)) throw new TypeError('binaryType is not nodebuffer');
      else if (data.length === 0) inbox.end();
      else inbox.push(data);
    });
    socket.on('close', (code, reason) => inbox.close({ code, reason: reason.toString('utf8') }));
    // A close follows every error of a socket that was open; 'open' itself rejects on an earlier one.
    socket.on('error', () => {});
    this.socket = socket;
  }

  send(raw: Raw): void {
    const data = typeof raw === 'string' ? bytes(raw) : raw;
    if (data.length === 0) throw new Error('an empty message is the end of writing: say end()');
    this.socket.send(data);
  }

  sendPieces(pieces: readonly Raw[]): void {
    for (const piece of pieces) this.send(piece);
  }

  end(): void {
    this.socket.send(EMPTY);
  }

  reset(): void {
    this.socket.terminate();
  }

  expect(hex: string): Promise<void> {
    return this.#inbox.expect(hex);
  }

  read(count: number): Promise<string> {
    return this.#inbox.read(count);
  }

  readToEnd(): Promise<string> {
    return this.#inbox.readToEnd();
  }

  expectEnd(): Promise<void> {
    return this.#inbox.expectEnd();
  }

  expectClose(): Promise<Closing> {
    return this.#inbox.expectClose();
  }
}
