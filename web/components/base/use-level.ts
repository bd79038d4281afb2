/** Levels of the page, for the views that are one. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Levels } from '../../platform/levels.ts';

/** From the bottom to the top; under all of them is the list of conversations, or what stands beside it. */
const RANKS = ['conversation', 'people', 'inspector', 'dialog'] as const;

const levels = new Levels(history);
addEventListener('popstate', ({ state }) => levels.onPop(state));

/** Makes a view a level while `isOpen`: Back calls `close`. */
export function useLevel(rank: (typeof RANKS)[number], isOpen: boolean, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useLayoutEffect(() => {
    if (!isOpen) return;
    return levels.open({ rank: RANKS.indexOf(rank), close: () => latest.current() });
  }, [isOpen]);
}
