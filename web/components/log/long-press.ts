/** A long press, by touch. Browsers have no event for it that all of them send. */

/** Duration of a press that is long, in ms. */
const LONG_MS = 500;
/** Way that a finger may move meanwhile, in pixels. */
const STILL_PX = 10;

/**
 * Calls `pressed` for each long press. When it returns true the press was for it: the browser neither opens a menu of its
 * own nor clicks.
 */
export function onLongPress(
  element: HTMLElement,
  signal: AbortSignal,
  pressed: (event: PointerEvent) => boolean,
): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start: PointerEvent | null = null;
  let isTaken = false;
  const end = () => {
    clearTimeout(timer);
    start = null;
  };
  const take = (event: Event) => {
    if (!isTaken) return;
    event.preventDefault();
    event.stopPropagation();
  };
  element.addEventListener(
    'pointerdown',
    (event) => {
      end();
      isTaken = false;
      if (event.pointerType === 'mouse' || !event.isPrimary) return;
      start = event;
      timer = setTimeout(() => {
        isTaken = pressed(event);
        end();
      }, LONG_MS);
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    ({ clientX, clientY }) => {
      if (start && Math.hypot(clientX - start.clientX, clientY - start.clientY) > STILL_PX) end();
    },
    { signal },
  );
  for (const type of ['pointerup', 'pointercancel'] as const) addEventListener(type, end, { signal });
  element.addEventListener('scroll', end, { signal, capture: true });
  signal.addEventListener('abort', end);
  for (const type of ['contextmenu', 'click'] as const)
    addEventListener(type, take, { signal, capture: true });
  // The click of the press that opened a menu is over with the next touch.
  addEventListener('pointerdown', () => (isTaken = false), { signal, capture: true });
}
