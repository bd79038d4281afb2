/** A text of a live region that the next may follow at once: only the one that stays is read out. */
import { useRef, useState } from 'preact/hooks';
import { useTimer } from './use-timer.ts';

/** Time, in ms, that a passing value is withheld: what follows it within a round trip takes its place. */
const SETTLE_MS = 500;

/** Gives the first value and each lasting one at once, and a passing one only when it has lasted for a while. */
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
