/** The queue of a retransmit buffer in a window: all that it keeps is copied, and its memory is used again. */

/** Bytes of a block. */
const BLOCK = 32 * 1024;
/** Blocks that are kept for the next queue that needs one: 8 MiB. A new one is filled with zeros, and collected one day. */
const MOST_FREE = 256;

/** Blocks that no queue uses. */
const free: Uint8Array[] = [];

/**
 * Bytes in blocks of one size. It has the part of a `PieceQueue` that a retransmit buffer needs; bytes that `take` hands
 * out are valid until they are dropped, and no longer.
 */
export class BlockQueue {
  readonly #blocks: Uint8Array[] = [];
  /** Offset in the first block at which the kept bytes begin. */
  #start = 0;
  #length = 0;
  #taken = 0;

  /** Bytes that were not dropped. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of the blocks in use. */
  get copied(): number {
    return this.#blocks.length * BLOCK;
  }

  /** Bytes that were not taken. */
  get pending(): number {
    return this.#length - this.#taken;
  }

  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const end = (this.#start + this.#length) % BLOCK;
      if (end === 0) this.#blocks.push(free.pop() ?? new Uint8Array(BLOCK));
      // No `subarray`, which makes a `Buffer` of a part of one, at more than it costs to copy it.
      const part = new Uint8Array(
        bytes.buffer,
        bytes.byteOffset + from,
        Math.min(BLOCK - end, bytes.length - from),
      );
      this.#blocks.at(-1)!.set(part, end);
      this.#length += part.length;
      from += part.length;
    }
  }

  /**
   * The next bytes that were not taken; null when there are none.
   * @param all bytes that were just added: when they are all that was not taken, they themselves are taken
   */
  take(all?: Uint8Array): Uint8Array | null {
    const { pending } = this;
    if (pending === 0) return null;
    if (pending === all?.length) {
      this.#taken = this.#length;
      return all;
    }
    const at = this.#start + this.#taken;
    const from = at % BLOCK;
    const bytes = this.#blocks[Math.floor(at / BLOCK)]!.subarray(from, from + pending);
    this.#taken += bytes.length;
    return bytes;
  }

  /** Forgets the first bytes, taken or not; no more than there are. */
  drop(count: number): void {
    this.#length -= count;
    this.#taken = Math.max(0, this.#taken - count);
    this.#start += count;
    const unused = this.#length === 0 ? this.#blocks.length : Math.floor(this.#start / BLOCK);
    this.#start = this.#length === 0 ? 0 : this.#start % BLOCK;
    for (const block of this.#blocks.splice(0, unused)) if (free.length < MOST_FREE) free.push(block);
  }

  /** All that is kept is to be taken anew. */
  rewind(): void {
    this.#taken = 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.drop(this.#length);
  }
}
