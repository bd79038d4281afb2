/**
 * The retransmit buffer of a resumable stream: what one side has written and the other is not known to have. Places in
 * the stream are counted in bytes from its beginning, the end of writing counting one.
 */
import { PieceQueue } from './piece-queue.ts';

export class RetransmitBuffer {
  /** What was handed on is taken from it. */
  readonly #bytes = new PieceQueue();
  #base = 0;
  #flown = 0;
  #written = 0;

  /** What comes before this is not kept any more. */
  get base(): number {
    return this.#base;
  }

  /** What comes before this was handed on. */
  get sent(): number {
    return this.#flown;
  }

  /** The end of what was written. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that the other side is not known to have. */
  get waiting(): number {
    return this.#written - this.#base;
  }

  /** Counts bytes that are handed on without being kept; nothing may be kept at the time. */
  skip(length: number): void {
    this.#written += length;
    this.#base = this.#flown = this.#written;
  }

  /** @param shared whether the bytes never change; else they are copied */
  add(bytes: Uint8Array, shared?: boolean): void {
    this.#written += bytes.length;
    this.#bytes.push(bytes, shared);
  }

  /** Writing has ended. */
  addEnd(): void {
    this.#written++;
  }

  get hasNext(): boolean {
    return this.#bytes.pending > 0;
  }

  /** The next bytes, which are to be handed on; null when there are none, or `window` bytes are under way already. */
  next(window: number): Uint8Array | null {
    if (this.#flown - this.#base >= window) return null;
    const bytes = this.#bytes.take();
    if (bytes) this.#flown += bytes.length;
    return bytes;
  }

  /** The end of writing, behind all bytes, was handed on. */
  endSent(): void {
    this.#flown = this.#written;
  }

  /** What comes before this place is not needed any more. */
  acknowledge(place: number): void {
    if (place <= this.#base) return;
    this.#bytes.drop(Math.min(place - this.#base, this.#bytes.length));
    this.#base = place;
    this.#flown = Math.max(this.#flown, place);
  }

  /** All that is kept is to be handed on anew. */
  rewind(): void {
    this.#bytes.rewind();
    this.#flown = this.#base;
  }

  /** Nothing is needed any more. */
  clear(): void {
    this.#bytes.clear();
  }
}
