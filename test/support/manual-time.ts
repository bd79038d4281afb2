/** Clock and turns of the event loop that advance only when the test says so. */
import type { Clock } from '../../server/chat/environment/clock.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export class ManualClock implements Clock {
  #now = 0;
  #asleep = 0;
  #timers: Array<{ at: number; readonly run: () => void }> = [];
  readonly #regular = new Set<{ at: number; readonly ms: number; readonly run: () => void }>();

  /** Number of timers that have neither run nor been cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  awake(): number {
    return this.#now - this.#asleep;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  every(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, ms, run };
    this.#regular.add(timer);
    return () => void this.#regular.delete(timer);
  }

  /** Advances the clock by `ms` milliseconds, and runs what becomes due, each at its own time. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers, ...this.#regular]
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.at;
      for (const regular of this.#regular) if (regular === due) regular.at += regular.ms;
      due.run();
    }
    this.#now = until;
  }

  /** Lets time pass while the process does not run: what is due is so much later. */
  standStill(ms: number): void {
    this.#now += ms;
    this.#asleep += ms;
    for (const timer of [...this.#timers, ...this.#regular]) timer.at += ms;
  }
}

export class ManualTurns {
  #atEnd: Array<() => void> = [];

  /** Schedules for the end of the turn; to be given as `atEndOfTurn`. */
  readonly atEndOfTurn = (run: () => void): void => {
    this.#atEnd.push(run);
  };

  /** Ends the turn. What is scheduled meanwhile waits for the end of the next one. */
  end(): void {
    const runs = this.#atEnd;
    this.#atEnd = [];
    for (const run of runs) run();
  }
}
