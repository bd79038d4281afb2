/** People who are here as every view shows them: numbers and names that are in sight together never differ. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Online, State } from '../../state/state.ts';
import { Coalesced } from '../base/throttle.ts';

/** The one value of all views, and who shows it. */
export class ShownOnline {
  readonly #coalesced: Coalesced<Online>;
  readonly #views = new Set<() => void>();
  #newest: Online;
  #shown: Online;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(first: Online) {
    this.#coalesced = new Coalesced(first);
    this.#newest = this.#shown = first;
  }

  /**
   * People to show now. A list that is still coming in parts is not shown: what is known of before is. The value changes
   * only with the state, or for all views together.
   */
  of({ online, synced }: Pick<State, 'online' | 'synced'>): Online {
    const newest = synced || online.size === 0 ? online : this.#newest;
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#take();
    }
    return this.#shown;
  }

  /** Calls `show` when another value is to be shown than with the last state; returns a function that ends it. */
  watch(show: () => void): () => void {
    this.#views.add(show);
    return () => void this.#views.delete(show);
  }

  #take(): void {
    clearTimeout(this.#timer);
    const [shown, wait] = this.#coalesced.take(this.#newest, performance.now());
    this.#shown = shown;
    if (wait === 0) return;
    this.#timer = setTimeout(() => {
      this.#take();
      for (const show of this.#views) show();
    }, wait);
  }
}

const shownOnline = new ShownOnline(new Map());

/** People who are here, for a view, which is shown anew when they change. Empty as long as nobody knows. */
export function useShownOnline(state: State): Online {
  const [, redraw] = useState(0);
  useLayoutEffect(() => shownOnline.watch(() => redraw((count) => count + 1)), []);
  return shownOnline.of(state);
}
