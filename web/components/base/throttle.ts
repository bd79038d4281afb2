/** Throttles values that change faster than they can be read, or read out. */
import { useRef, useState } from 'preact/hooks';
import { useTimer } from './use-timer.ts';

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
