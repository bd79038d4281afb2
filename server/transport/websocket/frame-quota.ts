/** Bounds the frames that all connections together parse in one iteration of the event loop. */

/**
 * Frames per iteration: a millisecond or two of work. One read may bring forty thousand: without a bound one client would have
 * the process to itself for too long.
 */
const FRAMES = 1_024;
/** Frames that each connection may parse in any case, so that none starves. */
const LEAST = 32;

/** Quota shared by all connections: one that finds it spent continues in the next iteration. */
export class FrameQuota {
  #left = FRAMES;

  /** Frames that one connection may take now. */
  get share(): number {
    return Math.max(LEAST, this.#left);
  }

  spend(frames: number): void {
    if (frames === 0) return;
    if (this.#left === FRAMES) setImmediate(() => (this.#left = FRAMES));
    this.#left -= frames;
  }
}
