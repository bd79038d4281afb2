/** Rate limit for the messages of a WebSocket that are no data: pings, pongs and text. */
import type { LivenessLimits } from '../socket/liveness.ts';

/**
 * A token bucket that is refilled once a second: as many a second, and at once, as commands that cost one. No more
 * than a number and two marks, since every WebSocket that answers a ping has one.
 */
export class ControlRateLimiter {
  #used = 0;
  isOver = false;
  /** True while the rest of a read is handled, uncounted: it is bounded, and its sender may be gone (D9). */
  #isWorkingOff = false;

  /** Counts one; true when that is one too many, and nothing may be read until `refill` says so. */
  count({ commandBurst }: LivenessLimits): boolean {
    if (this.#isWorkingOff) return false;
    this.#used++;
    if (this.isOver || this.#used <= commandBurst) return false;
    this.isOver = true;
    return true;
  }

  /** Refills the bucket, once a second; true when the throttling is over. */
  refill({ commandRate, commandBurst }: LivenessLimits): boolean {
    this.#used = Math.max(0, this.#used - commandRate);
    if (!this.isOver || this.#used > Math.max(0, commandBurst - commandRate)) return false;
    this.isOver = false;
    this.#isWorkingOff = true;
    return true;
  }

  /** Counts again: the rest of the read is handled. */
  workedOff(): void {
    this.#isWorkingOff = false;
  }
}
