import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { bytes } from './raw-hex.ts';
import { RawInbox, type Closing } from './raw-inbox.ts';
import type { Raw, RawPeer } from './raw-peer.ts';

/** Raw TCP peer. It never ends its writing by itself, so that it sees what the gateway does alone. */
export async function connectRawTcp(host: string, port: number): Promise<RawPeer> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return new RawTcpPeer(socket);
}

/** Raw peer on a connection that is there already, over TLS for example. */
export function rawTcpOn(socket: Socket): RawPeer {
  return new RawTcpPeer(socket);
}

class RawTcpPeer implements RawPeer {
  readonly transport = 'tcp';
  readonly #socket: Socket;
  readonly #inbox: RawInbox;

  constructor(socket: Socket) {
    const inbox = new RawInbox(`TCP peer ${socket.localPort}`);
    socket.on('data', (data) => inbox.push(data));
    socket.on('end', () => inbox.end());
    socket.on('close', () => inbox.close({}));
    // The gateway may refuse what this side still sends once it has ended its writing.
    socket.on('error', (error) => {
      if (!inbox.ended) inbox.fail(error);
    });
    this.#socket = socket;
    this.#inbox = inbox;
  }

  send(raw: Raw): void {
    this.#socket.write(typeof raw === 'string' ? bytes(raw) : raw);
  }

  sendPieces(pieces: readonly Raw[]): void {
    for (const piece of pieces) this.send(piece);
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
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

  async expectClose(): Promise<Closing> {
    await this.#inbox.expectEnd();
    this.#socket.end();
    return this.#inbox.expectClose();
  }
}
