/** Writes past the socket, by its descriptor: done with the bytes on return, at half the cost of Node's own. */
import type { Socket } from 'node:net';
import type { DirectWriter } from '../../../shared/stream/byte-stream.ts';
import { PieceQueue } from '../../../shared/stream/piece-queue.ts';
import type { Blockable } from './socket-access.ts';
import { sockets } from './sockets.ts';

/** The pieces that were joined last: at a fan-out many connections get the very same. Kept joined from the second on. */
let lastPieces: readonly Uint8Array[] = [];
let lastJoined: Uint8Array | null = null;

/** Buffer in which pieces for one connection are joined: else each page's list of who is online would allocate one. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Joins pieces that never change. What it returns may be the scratch buffer, valid until the next call. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const isSame = pieces.length === lastPieces.length && pieces.every((piece, i) => piece === lastPieces[i]);
  if (isSame) return (lastJoined ??= Buffer.concat(pieces));
  lastPieces = pieces;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length > scratch.length) return (lastJoined = Buffer.concat(pieces));
  lastJoined = null;
  let at = 0;
  for (const piece of pieces) {
    scratch.set(piece, at);
    at += piece.length;
  }
  return scratch.subarray(0, length);
}

/** The stream that writes. */
export interface SocketWriterOwner {
  /** Called when everything queued is taken, after a write that returned false: backpressure is over. */
  onWritable(): void;
}

/**
 * Writes to a connection: as many bytes as the operating system takes at once by the descriptor, if there is one and
 * nothing is queued before them, and the rest through the socket. It is small and remembers by itself whether direct
 * writes are possible: at a fan-out to a thousand connections each object that has to be asked comes from main memory,
 * and a socket consists of several.
 *
 * Bytes that have to wait while the socket is busy are coalesced here: a socket would keep a few hundred bytes of
 * objects for each piece, however small.
 */
export class SocketWriter implements DirectWriter, Blockable {
  /** Nothing is queued and the descriptor is still this connection's: checked once, and true until `block`. */
  #canWriteDirectly = false;
  #hasStopped = false;
  /** Descriptor; -1 where only the socket may write: over TLS bytes are not sent as they are. */
  readonly #descriptor: number;
  readonly #socket: Socket;
  readonly #owner: SocketWriterOwner;
  /** Bytes that wait behind the writes in flight; null while none do. */
  #queue: PieceQueue | null = null;
  /** Writes that the socket was given and has not completed. */
  #inFlight = 0;
  /** Pieces that are to go out in one write; null while it is not corked. */
  #corked: Uint8Array[] | null = null;
  #owesWritable = false;
  /** Callback of writes, made when the operating system does not take everything at once for the first time. */
  #onWritten: ((error?: Error | null) => void) | null = null;

  constructor(socket: Socket, owner: SocketWriterOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#descriptor = sockets.openDescriptor(socket, this);
  }

  get canWriteDirectly(): boolean {
    return this.#canWriteDirectly;
  }

  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  /** True when no write has returned false since everything was taken last. */
  get hasRoom(): boolean {
    return !this.#owesWritable;
  }

  /** Bytes that wait for the operating system to take them. */
  get buffered(): number {
    return this.#canWriteDirectly ? 0 : this.#socket.writableLength + (this.#queue?.length ?? 0);
  }

  /**
   * Writes bytes, or ignores them once it has stopped. False is backpressure: stop until `onWritable`.
   * @param shared whether the bytes never change, and may be queued as they are; others are copied then
   */
  write(bytes: Uint8Array, shared: boolean): boolean {
    if (!this.#canWriteDirectly) {
      if (this.#hasStopped) return true;
      if (this.#corked) return this.#gather(this.#corked, shared ? bytes : Buffer.from(bytes));
      this.#canWriteDirectly = this.#updateCanWrite();
    }
    const rest = this.#canWriteDirectly ? sockets.writeNow(this.#descriptor, bytes) : bytes;
    return rest === null || this.enqueue(rest, shared);
  }

  /** Gathers what is written until {@link uncork}, in the same turn, for one write: each costs a call of the system. */
  cork(): void {
    this.#corked ??= [];
    // Seen by `write` without another look at this object.
    this.block();
  }

  /** Writes what was gathered. */
  uncork(): void {
    const pieces = this.#corked;
    this.#corked = null;
    if (!pieces || pieces.length === 0) return;
    // Not by `write`: a writer of frames has made frames of the pieces already.
    const bytes = joined(pieces);
    this.#canWriteDirectly = this.#updateCanWrite();
    const rest = this.#canWriteDirectly ? sockets.writeNow(this.#descriptor, bytes) : bytes;
    if (rest !== null) this.enqueue(rest, rest.buffer !== scratch.buffer);
  }

  #gather(pieces: Uint8Array[], bytes: Uint8Array): boolean {
    pieces.push(bytes);
    return this.hasRoom;
  }

  /** Forbids direct writes: something is about to be queued in the socket, or it is about to be closed. */
  block(): void {
    this.#canWriteDirectly = false;
  }

  /** Ignores every write from now on. */
  stopWriting(): void {
    this.uncork();
    this.#canWriteDirectly = false;
    this.#hasStopped = true;
  }

  /** Gives the socket everything queued, so that its owner can end it behind that. */
  flush(): void {
    const queue = this.#queue;
    this.#queue = null;
    for (let piece = queue?.shift(); piece; piece = queue?.shift()) this.writeToSocket(piece);
  }

  /**
   * Ends the connection behind everything queued, since its other side has ended it. Where nothing is queued a close is all
   * that it needs: half the work, when a whole room leaves.
   */
  endBothSides(): void {
    if (this.#descriptor >= 0 && this.buffered === 0) this.#socket.destroy();
    else {
      this.flush();
      this.#socket.end();
    }
  }

  /** Writes behind everything queued, even once it has stopped; answers like `write`. */
  protected enqueue(bytes: Uint8Array, shared: boolean): boolean {
    this.uncork();
    // The socket may have completed its writes and not have said so yet: direct writes were possible, and are not
    // behind these.
    this.block();
    if (this.#inFlight === 0)
      this.writeToSocket(shared || sockets.copiesWrites(this.#socket) ? bytes : Buffer.from(bytes));
    else (this.#queue ??= new PieceQueue()).push(bytes, shared);
    const room = this.buffered < this.#socket.writableHighWaterMark;
    this.#owesWritable ||= !room;
    return room;
  }

  /** Gives the socket bytes; `taken` is called when the operating system has them, or cannot take them. */
  protected writeToSocket(bytes: Uint8Array, taken?: (error?: Error | null) => void): void {
    this.#inFlight++;
    const onGiven = (this.#onWritten ??= (error) => this.#feedSocket(error));
    const done = taken
      ? (error?: Error | null) => {
          taken(error);
          onGiven(error);
        }
      : onGiven;
    this.#socket.write(bytes, done);
  }

  /** Gives the socket more of the queue when it has completed a write; direct writes are possible again once that is empty. */
  #feedSocket(error?: Error | null): void {
    this.#inFlight--;
    if (error) {
      this.#queue = null;
      return;
    }
    // The socket is filled up to its high-water mark, so that it never runs dry.
    while (this.#queue && this.#socket.writableLength < this.#socket.writableHighWaterMark) {
      const piece = this.#queue.shift();
      if (piece) this.writeToSocket(piece);
      else this.#queue = null;
    }
    if (!this.#owesWritable || this.buffered > 0) return;
    this.#owesWritable = false;
    this.#owner.onWritable();
  }

  #updateCanWrite(): boolean {
    return this.#descriptor >= 0 && this.buffered === 0 && sockets.isOpen(this.#socket);
  }
}
