/**
 * The retransmit buffer of a resumable stream: what one side has written and the other is not known to have. Places in
 * the stream are counted in bytes from its beginning, the end of writing counting one.
 */
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
   * The next bytes to send; null when there are none, or `window` bytes are sent and not acknowledged.
   * @param added bytes that were just added: they may be returned as they are, when there are no others
   */
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
