import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import { RawConnection, rawBytes, type Ending, type Raw } from './raw-connection.ts';
import { RawInbox } from './raw-inbox.ts';

/** Opens a WebSocket (D24–D27). Rejects when the gateway does not answer 101. */
export async function connectRawWebSocket(
  url: string,
  protocols: string[] = ['chaton.v1'],
  options: ClientOptions = {},
): Promise<RawWebSocket> {
  const socket = new WebSocket(url, protocols, options);
  const connection = new RawWebSocket(socket);
  await once(socket, 'open');
  return connection;
}

/** TCP connection under a WebSocket, which `ws` does not show. */
export function connectionUnder(socket: WebSocket): Socket | null {
  return (socket as unknown as { readonly _socket: Socket | null | undefined })._socket ?? null;
}

/** Raw connection with the WebSocket itself, for what only it has: text, fragments, codes. */
export class RawWebSocket extends RawConnection {
  readonly kind = 'websocket';
  readonly inbox = new RawInbox('WebSocket');
  readonly over: Promise<Ending>;
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    const inbox = this.inbox;
    socket.on('message', (data: RawData, isBinary) => {
      if (!Buffer.isBuffer(data)) throw new TypeError('binaryType is not nodebuffer');
      if (!isBinary) this.onText(data.toString());
      else if (data.length === 0) inbox.end();
      else inbox.push(data);
    });
    // A close follows every error of a socket that was open; 'open' itself rejects on an earlier one.
    socket.on('error', () => {});
    this.over = new Promise((resolve) => {
      socket.on('close', (code, words) => {
        const reason = words.toString('utf8');
        inbox.close({ code, reason });
        resolve({ reset: code !== 1000, code, reason });
      });
    });
    this.socket = socket;
  }

  get waiting(): number {
    return this.socket.bufferedAmount;
  }

  get connection(): Socket | null {
    return connectionUnder(this.socket);
  }

  write(raw: Raw): Promise<boolean> {
    const data = rawBytes(raw);
    if (data.length === 0) throw new Error('an empty message is the end of writing: say end()');
    return new Promise((resolve) => this.socket.send(data, (error) => resolve(!error)));
  }

  /** Sends one message whose fragments these are; an empty piece is a fragment, too. */
  sendFragments(pieces: readonly Raw[]): void {
    pieces.forEach((piece, i) => this.socket.send(rawBytes(piece), { fin: i === pieces.length - 1 }));
  }

  end(): void {
    this.socket.send(new Uint8Array(0));
  }

  reset(): void {
    this.socket.terminate();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Rejects text, which there is only with the control channel (D28). */
  protected onText(_text: string): void {
    this.inbox.fail(new Error('a text message on chaton.v1'));
  }
}
