/** A socket that allows direct writes by its descriptor, since it announces when those have to stop. */
import { Socket } from 'node:net';
import type { Blockable } from './socket-access.ts';

type Written = (error?: Error | null) => void;

/** Blocks its {@link Blockable} before anybody else writes to it, ends it or closes it. */
export class DirectSocket extends Socket {
  writer: Blockable | null = null;

  /** Makes one of a socket that Node has made, and that stays the same object: a second one would cost as much again. */
  static of(accepted: Socket): DirectSocket {
    return Object.assign(Object.setPrototypeOf(accepted, DirectSocket.prototype) as DirectSocket, {
      writer: null,
    });
  }

  override write(bytes: Uint8Array | string, done?: Written): boolean;
  override write(text: Uint8Array | string, encoding?: BufferEncoding, done?: Written): boolean;
  override write(...args: unknown[]): boolean {
    this.writer?.block();
    return super.write(...(args as Parameters<Socket['write']>));
  }

  /**
   * Every close of the socket, for whatever reason, calls this before the descriptor is free for another connection.
   */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.writer?.block();
    super._destroy(error, callback);
  }
}
