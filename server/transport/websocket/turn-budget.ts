/** Work that all connections together may do in one turn of the event loop. */

/** Frames a turn: a few milliseconds. */
const FRAMES = 4_096;
/** What each connection may do in any case, so that none stands still. */
const LEAST = 32;

/** Bounds the work of a turn, however many connections have some: whoever finds it spent yields to the next turn. */
export class TurnBudget {
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
