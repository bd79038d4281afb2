/**
 * The retransmit buffer of a resumable stream: what one side has written and the other is not known to have. Places in
 * the stream are counted in bytes from its beginning, the end of writing counting one.
 */
import type { ByteStream } from './byte-stream.ts';
import { PieceQueue } from './piece-queue.ts';

/** The part of a `PieceQueue` that is needed here. */
export interface ByteQueue extends Omit<PieceQueue, 'shift' | 'take'> {
  /** @param added bytes that were just added: it may return them, when there are no others */
  take(added?: Uint8Array): Uint8Array | null;
}

export class RetransmitBuffer {
  /** The bytes; those that were sent are taken from it. It may be replaced while it is empty. */
  queue: ByteQueue = new PieceQueue();
  #base = 0;
  #sent = 0;
  #written = 0;

  /** Everything before this place was acknowledged, and is not kept. */
  get base(): number {
    return this.#base;
  }

  /** Everything before this place was sent. */
  get sent(): number {
    return this.#sent;
  }

  /** The end of what was written. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that are not sent. */
  get unsent(): number {
    return this.#written - this.#sent;
  }

  /** Bytes that are not acknowledged. */
  get waiting(): number {
    return this.#written - this.#base;
  }

  /** Counts bytes that are sent without being kept; nothing may be kept at the time. */
  skip(length: number): void {
    this.#written += length;
    this.#base = this.#sent = this.#written;
  }

  /** @param shared whether the bytes never change; else they are copied */
  add(bytes: Uint8Array, shared?: boolean): void {
    this.#written += bytes.length;
    this.queue.push(bytes, shared);
  }

  /** Adds the end of writing, which counts one. */
  addEnd(): void {
    this.#written++;
  }

  /**
   * Sends what was not sent yet, until `window` bytes are sent and not acknowledged. False when the transport has no room
   * for more.
   * @param added bytes that were just added: with nothing before them they are sent as they came, since a transport may
   *   need no copy of them
   */
  sendTo(
    transport: Pick<ByteStream, 'write'>,
    window: number,
    added?: Uint8Array,
    shared?: boolean,
  ): boolean {
    let hasRoom = true;
    for (let bytes = this.next(window, added); bytes; bytes = this.next(window))
      if (!transport.write(bytes, bytes === added && shared)) hasRoom = false;
    return hasRoom;
  }

  /** Takes the next bytes to send; null when there are none, or the window is full. `added`: see {@link sendTo}. */
  next(window: number, added?: Uint8Array): Uint8Array | null {
    if (this.#sent - this.#base >= window) return null;
    const bytes = this.queue.take(added);
    if (bytes) this.#sent += bytes.length;
    return bytes;
  }

  /** Notes that the end of writing, behind all bytes, was sent. */
  endSent(): void {
    this.#sent = this.#written;
  }

  /** Acknowledges everything before this place: it is not needed any more. */
  acknowledge(place: number): void {
    if (place <= this.#base) return;
    this.queue.drop(Math.min(place - this.#base, this.queue.length));
    this.#base = place;
    this.#sent = Math.max(this.#sent, place);
  }

  /** Begins to retransmit: all that is kept is to be sent anew. */
  rewind(): void {
    this.queue.rewind();
    this.#sent = this.#base;
  }

  /** Forgets everything. */
  clear(): void {
    this.queue.clear();
  }
}
