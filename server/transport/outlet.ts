/** Writes that are done with what they are given when they return, at half the cost of Node's own. */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Outlet } from '../../shared/byte-stream.ts';
import { handleOf } from './handle.ts';

/**
 * The way out of a connection: as many bytes as the operating system takes at once go by the descriptor, where there is
 * one and nothing is queued before them, and the rest through the socket. It is small and knows by itself whether the
 * way is free: of a thousand connections that get the same bytes, each object that has to be asked comes from main
 * memory, and a socket consists of several.
 */
export class SocketOutlet implements Outlet {
  /** Nothing is queued, and the descriptor is still this connection's: since it was looked at, nobody said otherwise. */
  #isFree = false;
  #isShut = false;
  /** -1 where the way is always the socket's: only plain TCP sends bytes as they are. */
  readonly #descriptor: number;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#descriptor = socket instanceof OutletSocket ? (handleOf(socket)?.fd ?? -1) : -1;
    if (this.#descriptor >= 0) (socket as OutletSocket).outlet = this;
  }

  get isFree(): boolean {
    return this.#isFree;
  }

  get isShut(): boolean {
    return this.#isShut;
  }

  /** Bytes that wait for the operating system to take them. */
  get buffered(): number {
    return this.#isFree ? 0 : this.#socket.writableLength;
  }

  /**
   * Writes bytes, or ignores them once it is shut. False asks to hold back until the socket drains.
   * @param shared whether the bytes never change, and may be queued as they are; others are copied then
   */
  write(bytes: Uint8Array, shared: boolean): boolean {
    if (!this.#isFree) {
      if (this.#isShut) return true;
      this.#isFree = this.#mayBeFree();
    }
    const rest = this.#isFree ? writeNow(this.#descriptor, bytes) : bytes;
    return rest === null || this.#socket.write(shared ? rest : Buffer.from(rest));
  }

  /** Something is about to be queued, or the connection to be closed. */
  block(): void {
    this.#isFree = false;
  }

  /** Nothing may follow. */
  shut(): void {
    this.#isFree = false;
    this.#isShut = true;
  }

  #mayBeFree(): boolean {
    return this.#descriptor >= 0 && this.#socket.writableLength === 0 && handleOf(this.#socket) !== null;
  }
}

type Written = (error?: Error | null) => void;

/** A socket that has a {@link SocketOutlet}, and tells it of all that others do to it. */
export class OutletSocket extends Socket {
  outlet: SocketOutlet | null = null;

  override write(bytes: Uint8Array | string, done?: Written): boolean;
  override write(text: Uint8Array | string, encoding?: BufferEncoding, done?: Written): boolean;
  override write(...args: unknown[]): boolean {
    this.outlet?.block();
    return super.write(...(args as Parameters<Socket['write']>));
  }

  /** Whoever closes the socket, and whyever, comes by here before the descriptor is given back. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.outlet?.block();
    super._destroy(error, callback);
  }
}

/** The rest; null when there is none. */
function writeNow(descriptor: number, bytes: Uint8Array): Uint8Array | null {
  try {
    const taken = writeSync(descriptor, bytes);
    return taken === bytes.length ? null : bytes.subarray(taken);
  } catch {
    // It takes nothing now, or never again; the socket finds out which.
    return bytes;
  }
}
