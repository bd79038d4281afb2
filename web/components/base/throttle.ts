/** Throttles and debounces values that change faster than they can be read, or read out. */
import { useRef, useState } from 'preact/hooks';
import { useTimer } from './use-timer.ts';

/** Time, in ms, that a passing value is withheld: what follows it within a round trip takes its place. */
const SETTLE_MS = 500;

/**
 * Debounces what passes, for a live region: the first value and each lasting one come at once, a passing one only when it
 * has lasted for a while.
 */
export class Settled<T> {
  #shown: T;
  #newest: T;
  #due = 0;

  constructor(first: T) {
    this.#shown = this.#newest = first;
  }

  /**
   * @param now time in ms, of a clock that only goes on
   * @returns what to show, and the time in ms until it is to be taken again; 0 when it is the newest
   */
  take(newest: T, isPassing: boolean, now: number): readonly [shown: T, wait: number] {
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#due = isPassing ? now + SETTLE_MS : now;
    }
    if (now >= this.#due) this.#shown = newest;
    return [this.#shown, Math.max(0, this.#due - now)];
  }
}

/** The value as it is to be shown now; the view is shown anew when that changes. */
export function useSettled<T>(newest: T, isPassing: boolean): T {
  const { current } = useRef(new Settled(newest));
  const [, redraw] = useState(0);
  const [shown, wait] = current.take(newest, isPassing, performance.now());
  useTimer(wait > 0, wait, () => redraw((count) => count + 1), [newest]);
  return shown;
}

/** Shortest time between two changes that are shown, in ms. */
const APART_MS = 500;

/** Throttles, as where many people come and go: gives the first change at once; of those that follow close to it only the newest, once the time has passed. */
export class Coalesced<T> {
  #shown: T;
  #until = -Infinity;

  constructor(first: T) {
    this.#shown = first;
  }

  /**
   * @param now time in ms, of a clock that only goes on
   * @returns what to show, and the time in ms until it is to be taken again; 0 when it is the newest
   */
  take(newest: T, now: number): readonly [shown: T, wait: number] {
    if (newest === this.#shown) return [newest, 0];
    if (now < this.#until) return [this.#shown, this.#until - now];
    this.#until = now + APART_MS;
    return [(this.#shown = newest), 0];
  }
}

/** The value as it is to be shown now; the view is shown anew when that changes. */
export function useCoalesced<T>(newest: T): T {
  const { current } = useRef(new Coalesced(newest));
  const [, redraw] = useState(0);
  const [shown, wait] = current.take(newest, performance.now());
  useTimer(wait > 0, wait, () => redraw((count) => count + 1), [shown]);
  return shown;
}
