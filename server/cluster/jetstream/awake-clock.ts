/** Time during which the process ran: a machine that slept must not believe that nothing came for so long. */
import type { Clock } from '../../chat/environment/clock.ts';

/** Longest step, in ms, that counts. */
const MOST = 1_000;

/** Clock that stands still while the process does; it moves only as long as `tick` is called. */
export class AwakeClock {
  readonly #clock: Pick<Clock, 'now'>;
  #awake = 0;
  #at: number;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Milliseconds so far. */
  now(): number {
    return this.#awake + Math.min(this.#clock.now() - this.#at, MOST);
  }

  /** Moves on; to be called several times a second. */
  tick(): void {
    this.#awake = this.now();
    this.#at = this.#clock.now();
  }
}
