/** Input of a windowed stream that waits for a handler that holds. */
import { PieceQueue } from './piece-queue.ts';

export class HeldInput {
  readonly #bytes = new PieceQueue();
  #isEnded = false;

  /** True when something waits. */
  get any(): boolean {
    return this.#isEnded || this.#bytes.length > 0;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Adds bytes, which are copied, or the end of writing behind all bytes: null. */
  push(bytes: Uint8Array | null): void {
    if (bytes) this.#bytes.push(bytes);
    else this.#isEnded = true;
  }

  /** Takes the next block, or the end of writing: null. To be called only while there is one. */
  shift(): Uint8Array | null {
    const bytes = this.#bytes.shift();
    if (!bytes) this.#isEnded = false;
    return bytes;
  }

  /** Forgets everything. */
  clear(): void {
    this.#bytes.clear();
    this.#isEnded = false;
  }
}
