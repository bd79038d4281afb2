/** The one queue for bytes that wait, whatever they wait for. */

/** Size in bytes up to which small pieces are put together, in the queue and on the way out. */
const BLOCK = 16 * 1024;
/** Size of a queue's first block; each further one is twice as large, up to {@link BLOCK}. */
const FIRST_BLOCK = 64;
/** Pieces of at least so many bytes are handed out as they are. */
const LARGE = 4 * 1024;
/** Shared pieces that are kept as they are, however small. */
const MANY = 1024;
const NOTHING = new Uint8Array(0);

/**
 * A queue of bytes whose memory and whose work follow from its bytes, not from the pieces they came in: small pieces
 * are coalesced into blocks, so that a queue of n bytes takes about n bytes of memory, has at most a few pieces for each
 * 16 KiB, and is emptied in as many steps. It is the one who pushes who limits the bytes, by holding the writer back.
 *
 * It can be read ahead: `take` hands out what comes next and keeps it, until `drop` says that it is not needed any more,
 * or `rewind` that all of it is to be handed out again. `shift` does both at once.
 */
export class PieceQueue {
  #pieces: Uint8Array[] = [];
  /** Where what is kept begins: a piece, and how many bytes of it are dropped. */
  #first = 0;
  #dropped = 0;
  /** Where what was not taken begins: a piece, and how many bytes of it are taken. */
  #next = 0;
  #offset = 0;
  #length = 0;
  #taken = 0;
  /** The last block, how far it is filled, and where in it the last piece begins; -1 when that lies elsewhere. */
  #block = NOTHING;
  #filled = 0;
  #from = -1;

  /** Bytes that were not dropped. */
  get length(): number {
    return this.#length;
  }

  /** Of those, bytes that were not taken. */
  get untaken(): number {
    return this.#length - this.#taken;
  }

  /** Pieces that the bytes lie in. */
  get pieces(): number {
    return this.#pieces.length - this.#first;
  }

  /**
   * Adds bytes.
   * @param shared whether they never change, so that they need not be copied; the same object is then handed out again
   */
  push(bytes: Uint8Array, shared = false): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    if (shared && (bytes.length >= LARGE || this.pieces < MANY)) {
      this.#pieces.push(bytes);
      this.#from = -1;
    } else this.#copy(bytes);
  }

  /** The next bytes that were not taken, at most `max`: many small pieces as one. Null when there are none. */
  take(max = Infinity): Uint8Array | null {
    if (this.untaken === 0 || max <= 0) return null;
    const piece = this.#here();
    const left = piece.length - this.#offset;
    const isAll = left === this.untaken;
    const length = Math.min(max, left < LARGE && !isAll ? BLOCK : left, this.untaken);
    if (length > left) return this.#gather(length);
    const bytes = length === piece.length ? piece : piece.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    this.#taken += length;
    return bytes;
  }

  /** Takes and drops; what it returns never changes, and may be kept. Nothing may be taken and not dropped. */
  shift(max?: number): Uint8Array | null {
    const bytes = this.take(max);
    if (bytes) this.drop(bytes.length);
    return bytes;
  }

  /** Forgets the first bytes, taken or not; no more than there are. */
  drop(count: number): void {
    this.#length -= count;
    if (this.#length === 0) return this.clear();
    this.#taken = Math.max(0, this.#taken - count);
    for (let left = count; left > 0;) {
      const size = this.#pieces[this.#first]!.length - this.#dropped;
      if (left < size) {
        this.#dropped += left;
        break;
      }
      left -= size;
      this.#pieces[this.#first++] = NOTHING;
      this.#dropped = 0;
    }
    if (this.#taken === 0) this.rewind();
    this.#compact();
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
    this.#from = -1;
    this.#length = this.#first = this.#dropped = this.#filled = 0;
    this.rewind();
  }

  /** The piece that the next byte is in. */
  #here(): Uint8Array {
    // Not before it is needed: the last piece may have grown since its end was taken.
    while (this.#offset === this.#pieces[this.#next]!.length) {
      this.#next++;
      this.#offset = 0;
    }
    return this.#pieces[this.#next]!;
  }

  #gather(length: number): Uint8Array {
    const all = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const bytes = this.#here().subarray(this.#offset, this.#offset + length - at);
      all.set(bytes, at);
      at += bytes.length;
      this.#offset += bytes.length;
    }
    this.#taken += length;
    return all;
  }

  #copy(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === this.#block.length && bytes.length - at >= BLOCK) {
        this.#pieces.push(new Uint8Array(bytes.subarray(at)));
        this.#from = -1;
        return;
      }
      if (this.#filled === this.#block.length) this.#addBlock();
      const part = bytes.subarray(at, at + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      at += part.length;
      if (this.#from < 0) {
        this.#from = this.#filled;
        this.#pieces.push(NOTHING);
      }
      this.#filled += part.length;
      // A new view of a longer part of the block; what was handed out of it stays as it is.
      this.#pieces[this.#pieces.length - 1] = this.#block.subarray(this.#from, this.#filled);
    }
  }

  #addBlock(): void {
    this.#block = new Uint8Array(Math.min(BLOCK, Math.max(FIRST_BLOCK, 2 * this.#block.length)));
    this.#filled = 0;
    this.#from = -1;
  }

  /** Now and then, so that to forget a piece costs the same however many there are. */
  #compact(): void {
    if (this.#first < 64 || 2 * this.#first < this.#pieces.length) return;
    this.#pieces = this.#pieces.slice(this.#first);
    this.#next -= this.#first;
    this.#first = 0;
  }
}
