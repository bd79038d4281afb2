/** The queue for bytes that wait, whatever they wait for. */

/** Bytes up to which small pieces are put together. */
const BLOCK = 16 * 1024;
/** Size of a block when it begins; it grows as it is needed. */
const FIRST_BLOCK = 64;
/** Shared pieces of fewer bytes are copied too, once there are many. */
const SMALL = 4 * 1024;
const MANY = 256;
const NOTHING = new Uint8Array(0);

/**
 * A queue of bytes whose memory and whose work follow from its bytes, not from the pieces they came in: small pieces
 * are coalesced into blocks, so that n bytes take about n bytes of memory, lie in a few pieces for each 16 KiB and some
 * hundred shared ones at most, and are handed out in as many steps. Who pushes limits the bytes, by holding the writer.
 *
 * It can be read ahead: `take` hands out what comes next and keeps it, until `drop` says that it is not needed any more,
 * or `rewind` that all of it is to be handed out again. `shift` does both at once.
 */
export class PieceQueue {
  #pieces: Uint8Array[] = [];
  /** Beginning of the kept bytes: a piece, and how many bytes of it are dropped. */
  #first = 0;
  #dropped = 0;
  /** Beginning of the bytes not taken: a piece, and how many bytes of it are taken. */
  #next = 0;
  #offset = 0;
  #length = 0;
  #taken = 0;
  #copied = 0;
  /** The memory of the last piece, and how far it is filled; at least a block when nothing can be added to that. */
  #block = NOTHING;
  #filled = BLOCK;

  /** Bytes that were not dropped. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of `length` that were copied, and so are memory of this queue alone; at most, where shared ones were dropped. */
  get copied(): number {
    return this.#copied;
  }

  /** Bytes of `length` that were not taken. */
  get pending(): number {
    return this.#length - this.#taken;
  }

  /**
   * Adds bytes.
   * @param shared whether they never change, so that they need not be copied; the same object is then handed out again
   */
  push(bytes: Uint8Array, shared = false): void {
    this.#length += bytes.length;
    if (shared && (bytes.length >= SMALL || this.#pieces.length - this.#first < MANY)) {
      this.#pieces.push(bytes);
      this.#filled = BLOCK;
      return;
    }
    this.#copied += bytes.length;
    // A block that is nearly full is left at that; a smaller one moves into more memory.
    const before = this.#filled < BLOCK ? this.#pieces.pop()! : NOTHING;
    this.#filled = before.length + bytes.length;
    if (before === NOTHING || this.#filled > this.#block.length) {
      this.#block = new Uint8Array(Math.max(this.#filled, Math.min(2 * before.length || FIRST_BLOCK, BLOCK)));
      this.#block.set(before);
    }
    this.#block.set(bytes, before.length);
    // A new view of the block, and longer: one that was handed out stays as it is.
    this.#pieces.push(this.#block.subarray(0, this.#filled));
  }

  /** The next bytes that were not taken; null when there are none. */
  take(): Uint8Array | null {
    if (this.pending === 0) return null;
    // Not before it is needed: the last piece may have grown since its end was taken.
    while (this.#offset === this.#pieces[this.#next]!.length) {
      this.#next++;
      this.#offset = 0;
    }
    const piece = this.#pieces[this.#next]!;
    const bytes = this.#offset > 0 ? piece.subarray(this.#offset) : piece;
    this.#offset = piece.length;
    this.#taken += bytes.length;
    return bytes;
  }

  /** Takes and drops; what it returns never changes, and may be kept. Nothing may be taken and not dropped. */
  shift(): Uint8Array | null {
    const bytes = this.take();
    if (bytes) this.drop(bytes.length);
    return bytes;
  }

  /** Forgets the first bytes, taken or not; no more than there are. */
  drop(count: number): void {
    this.#length -= count;
    this.#copied = Math.min(this.#copied, this.#length);
    this.#taken = Math.max(0, this.#taken - count);
    this.#dropped += count;
    if (this.#length === 0) return this.clear();
    for (let size = 0; this.#dropped >= (size = this.#pieces[this.#first]!.length);) {
      this.#dropped -= size;
      this.#pieces[this.#first++] = NOTHING;
    }
    if (this.#taken === 0) this.rewind();
    // Now and then, so that to forget a piece costs the same however many there are.
    if (this.#first > MANY && 2 * this.#first > this.#pieces.length) {
      this.#pieces.splice(0, this.#first);
      this.#next -= this.#first;
      this.#first = 0;
    }
  }

  /** All that is kept is to be taken anew. */
  rewind(): void {
    this.#next = this.#first;
    this.#offset = this.#dropped;
    this.#taken = 0;
  }

  /** Forgets everything, and the memory with it. */
  clear(): void {
    this.#pieces = [];
    this.#block = NOTHING;
    this.#filled = BLOCK;
    this.#length = this.#copied = this.#first = this.#dropped = 0;
    this.rewind();
  }
}
