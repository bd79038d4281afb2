/** The clock of the log: time as the entries tell it, so that it is the same at every node at the same position. */
import type { Clock } from '../chat/environment/clock.ts';

interface Timer {
  readonly at: number;
  run: (() => void) | null;
}

export class LogClock implements Omit<Clock, 'every'> {
  #now = 0;
  /** Timers by their time; those of one time in the order in which they were set. */
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  awake(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + ms, run };
    let index = this.#timers.length;
    // Most are set for the same time ahead, and so come last.
    while (index > 0 && this.#timers[index - 1]!.at > timer.at) index--;
    this.#timers.splice(index, 0, timer);
    return () => (timer.run = null);
  }

  /** Advances the time, and runs what becomes due, each at its own time. */
  advance(ms: number): void {
    const until = this.#now + ms;
    let due = 0;
    for (let timer = this.#timers[0]; timer && timer.at <= until; timer = this.#timers[++due]) {
      this.#now = Math.max(this.#now, timer.at);
      const { run } = timer;
      timer.run = null;
      run?.();
    }
    if (due > 0) this.#timers.splice(0, due);
    this.#now = until;
  }

  /** Begins anew at a time, with no timer set. */
  reset(now: number): void {
    this.#now = now;
    this.#timers = [];
  }
}
