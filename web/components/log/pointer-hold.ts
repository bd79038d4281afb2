/** A log that follows its end waits for a finger that is on it, and for a mouse that moves over it: what that is about to press stays under it. */
import { useEffect } from 'preact/hooks';
import type { Anchor } from './anchor.ts';

/** Time, in ms, in which the click of a tap comes once the finger has gone, if it does: it goes to what is there then. */
const CLICK_MS = 300;
/** Time, in ms, that a mouse rests on its way to a button. */
const REST_MS = 2_000;
/** Time, in ms, that a mouse takes at most: one that never rests, as on a desk that shakes, is on its way nowhere. */
const WAY_MS = 10_000;

/** @param place of the log; this, `stay` and `go` are as in `useLogWindow` */
export function usePointerHold(
  place: { readonly anchor: Anchor | null; held: Anchor | null },
  stay: () => void,
  go: (to: null) => void,
): void {
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    let timer: ReturnType<typeof setTimeout> | undefined;
    /** Time of the first movement since the mouse last rested. */
    let began: number | null = null;
    const follow = () => {
      if (!place.held) return;
      place.held = null;
      if (!place.anchor) go(null);
    };
    const release = () => {
      clearTimeout(timer);
      began = null;
      follow();
    };
    const hold = () => {
      clearTimeout(timer);
      if (!place.held) stay();
    };
    const onEnd = ({ touches }: TouchEvent) => {
      clearTimeout(timer);
      if (place.held && touches.length === 0) timer = setTimeout(release, CLICK_MS);
    };
    const onMove = ({ pointerType, movementX, movementY, timeStamp }: PointerEvent) => {
      // A log that scrolls under a mouse that rests is no movement of the mouse.
      if (pointerType !== 'mouse' || (movementX === 0 && movementY === 0)) return;
      began ??= timeStamp;
      if (timeStamp - began <= WAY_MS) hold();
      else follow();
      clearTimeout(timer);
      timer = setTimeout(release, REST_MS);
    };
    const log = document.querySelector<HTMLElement>('.log');
    log?.addEventListener('touchstart', hold, { signal, passive: true });
    // The bar of a message is beside the log.
    log?.parentElement?.addEventListener('pointermove', onMove, { signal });
    for (const type of ['touchend', 'touchcancel'] as const) addEventListener(type, onEnd, { signal });
    addEventListener('click', release, { signal });
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, []);
}
