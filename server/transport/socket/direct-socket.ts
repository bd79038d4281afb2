/** A socket that bytes may be written past, since it says when that has to stop. */
import { Socket } from 'node:net';
import type { Blockable } from './socket-access.ts';

type Written = (error?: Error | null) => void;

/** Blocks its {@link Blockable} before anybody else writes to it, ends it or closes it. */
export class DirectSocket extends Socket {
  writer: Blockable | null = null;

  override write(bytes: Uint8Array | string, done?: Written): boolean;
  override write(text: Uint8Array | string, encoding?: BufferEncoding, done?: Written): boolean;
  override write(...args: unknown[]): boolean {
    this.writer?.block();
    return super.write(...(args as Parameters<Socket['write']>));
  }

  /** Whoever closes the socket, and whyever, comes by here before the descriptor is given back. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.writer?.block();
    super._destroy(error, callback);
  }
}
