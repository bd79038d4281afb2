/**
 * A budget of memory that many streams share: bytes that they keep until the other side has them, or can take them. It only
 * counts; who is to keep less as it fills up is decided by each stream's {@link FlowWindow}.
 */

export class ByteBudget {
  readonly #total: number;
  readonly #onFull: (used: number) => void;
  #used = 0;
  /** True since `onFull` was called, until half of the budget is free again. */
  #isReported = false;

  /**
   * @param total bytes of all streams together
   * @param onFull called when they are used up; again only after half of them were free
   */
  constructor(total: number, onFull: (used: number) => void = () => {}) {
    this.#total = total;
    this.#onFull = onFull;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** True while half of it is free: only then may a stream use more than its own share. */
  get hasSpare(): boolean {
    return 2 * this.#used < this.#total;
  }

  get isFull(): boolean {
    return this.#used >= this.#total;
  }

  /** Takes so many bytes, or gives them back when negative. What is there is counted: nothing is refused here. */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.hasSpare) this.#isReported = false;
    if (!this.isFull || this.#isReported) return;
    this.#isReported = true;
    this.#onFull(this.#used);
  }
}
