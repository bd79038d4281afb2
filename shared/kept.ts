/**
 * What one side of a resumable stream has written and the other is not known to have. Places in the stream are counted
 * in bytes from its beginning, the end of writing counting one.
 */
export class Kept {
  /** Pieces, the first from `base` on. Those before `#next` were handed on. */
  #pieces: Uint8Array[] = [];
  #next = 0;
  #base = 0;
  #flown = 0;
  #written = 0;

  /** What comes before this is not kept any more. */
  get base(): number {
    return this.#base;
  }

  /** What comes before this was handed on. */
  get flown(): number {
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
  pass(length: number): void {
    this.#written += length;
    this.#base = this.#flown = this.#written;
  }

  add(bytes: Uint8Array): void {
    this.#written += bytes.length;
    this.#pieces.push(bytes);
  }

  /** Writing has ended. */
  addEnd(): void {
    this.#written++;
  }

  get hasNext(): boolean {
    return this.#next < this.#pieces.length;
  }

  /** The next piece, which is to be handed on; null when there is none, or `window` bytes are under way already. */
  next(window: number): Uint8Array | null {
    if (!this.hasNext || this.#flown - this.#base >= window) return null;
    const bytes = this.#pieces[this.#next++]!;
    this.#flown += bytes.length;
    return bytes;
  }

  /** The end of writing, behind all pieces, was handed on. */
  endFlown(): void {
    this.#flown = this.#written;
  }

  /** What comes before this place is not needed any more. */
  letGo(place: number): void {
    let done = 0;
    for (const bytes of this.#pieces) {
      if (this.#base + bytes.length > place) break;
      this.#base += bytes.length;
      done++;
    }
    if (done > 0) this.#pieces.splice(0, done);
    this.#next = Math.max(0, this.#next - done);
    const rest = place - this.#base;
    if (rest <= 0) return;
    // The end of writing, or the middle of a piece.
    if (this.#pieces[0]) this.#pieces[0] = this.#pieces[0].subarray(rest);
    this.#base = place;
  }

  /** All that is kept is to be handed on anew. */
  rewind(): void {
    this.#next = 0;
    this.#flown = this.#base;
  }

  /** Nothing is needed any more. */
  clear(): void {
    this.#pieces = [];
    this.#next = 0;
  }
}
