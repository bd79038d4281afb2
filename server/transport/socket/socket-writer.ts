/** Writes that are done with what they are given when they return, at half the cost of Node's own. */
import type { Socket } from 'node:net';
import type { DirectWriter } from '../../../shared/stream/byte-stream.ts';
import { PieceQueue } from '../../../shared/stream/piece-queue.ts';
import type { Blockable } from './socket-access.ts';
import { sockets } from './sockets.ts';

/** Whom to tell of room. */
export interface SocketWriterOwner {
  /** All that was queued is taken, after a write that answered false. */
  onWritable(): void;
}

/**
 * The way out of a connection: as many bytes as the operating system takes at once go by the descriptor, where there is
 * one and nothing is queued before them, and the rest through the socket. It is small and knows by itself whether the
 * way is free: of a thousand connections that get the same bytes, each object that has to be asked comes from main
 * memory, and a socket consists of several.
 *
 * What has to wait while the socket is busy is coalesced here: a socket would keep a few hundred bytes of objects for
 * each piece, however small.
 */
export class SocketWriter implements DirectWriter, Blockable {
  /** Nothing is queued, and the descriptor is still this connection's: since it was looked at, nobody said otherwise. */
  #canWriteDirectly = false;
  #isClosed = false;
  /** -1 where the way is always the socket's: only plain TCP sends bytes as they are. */
  readonly #descriptor: number;
  readonly #socket: Socket;
  readonly #owner: SocketWriterOwner;
  /** What waits behind what the socket was given; null while nothing does. */
  #queue: PieceQueue | null = null;
  /** Writes that the socket was given and is not done with. */
  #given = 0;
  #owesDrain = false;
  /** Made when the operating system does not take everything at once for the first time. */
  #onGiven: ((error?: Error | null) => void) | null = null;

  constructor(socket: Socket, owner: SocketWriterOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#descriptor = sockets.openDescriptor(socket, this);
  }

  get canWriteDirectly(): boolean {
    return this.#canWriteDirectly;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether no write asked to hold back since there was room last. */
  get hasRoom(): boolean {
    return !this.#owesDrain;
  }

  /** Bytes that wait for the operating system to take them. */
  get buffered(): number {
    return this.#canWriteDirectly ? 0 : this.#socket.writableLength + (this.#queue?.length ?? 0);
  }

  /**
   * Writes bytes, or ignores them once it is shut. False asks to hold back until the owner is told of room.
   * @param shared whether the bytes never change, and may be queued as they are; others are copied then
   */
  write(bytes: Uint8Array, shared: boolean): boolean {
    if (!this.#canWriteDirectly) {
      if (this.#isClosed) return true;
      this.#canWriteDirectly = this.#updateCanWrite();
    }
    const rest = this.#canWriteDirectly ? sockets.writeNow(this.#descriptor, bytes) : bytes;
    return rest === null || this.enqueue(rest, shared);
  }

  /** Something is about to be queued, or the connection to be closed. */
  block(): void {
    this.#canWriteDirectly = false;
  }

  /** Nothing may follow. */
  close(): void {
    this.#canWriteDirectly = false;
    this.#isClosed = true;
  }

  /** Gives the socket all that waits, so that whoever owns it can end it behind that. */
  flush(): void {
    const queue = this.#queue;
    this.#queue = null;
    for (let piece = queue?.shift(); piece; piece = queue?.shift()) this.give(piece);
  }

  /** Writes behind all that waits, even when it is shut; answers like `write`. */
  protected enqueue(bytes: Uint8Array, shared: boolean): boolean {
    // The socket may be done with all bytes and have yet to say so: then the way was free, and is not behind these.
    this.block();
    if (this.#given === 0) this.give(shared ? bytes : Buffer.from(bytes));
    else (this.#queue ??= new PieceQueue()).push(bytes, shared);
    const room = this.buffered < this.#socket.writableHighWaterMark;
    this.#owesDrain ||= !room;
    return room;
  }

  /** Gives the socket bytes; `taken` is told when the operating system has them, or cannot. */
  protected give(bytes: Uint8Array, taken?: (error?: Error | null) => void): void {
    this.#given++;
    const onGiven = (this.#onGiven ??= (error) => this.#resumeDirectWrites(error));
    const done = taken
      ? (error?: Error | null) => {
          taken(error);
          onGiven(error);
        }
      : onGiven;
    this.#socket.write(bytes, done);
  }

  /** The socket is done with a write. */
  #resumeDirectWrites(error?: Error | null): void {
    this.#given--;
    if (error) {
      this.#queue = null;
      return;
    }
    // As much as a socket wants to have queued, so that it never runs dry.
    while (this.#queue && this.#socket.writableLength < this.#socket.writableHighWaterMark) {
      const piece = this.#queue.shift();
      if (piece) this.give(piece);
      else this.#queue = null;
    }
    if (!this.#owesDrain || this.buffered > 0) return;
    this.#owesDrain = false;
    this.#owner.onWritable();
  }

  #updateCanWrite(): boolean {
    return this.#descriptor >= 0 && this.buffered === 0 && sockets.isOpen(this.#socket);
  }
}
