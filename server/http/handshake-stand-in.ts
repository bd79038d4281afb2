/** Stand-in that the WebSocket plugin gets in place of a connection, whose handshake alone is its business. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * Its answer to the upgrade goes through, and nothing comes from it, so that what Fastify and `ws` make of it stays idle
 * and is forgotten: frames are read and written by the connection's next owner.
 */
export class HandshakeStandIn extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
