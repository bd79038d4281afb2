/** Keys of a list, or of several, whose rows have buttons: all is one stop of Tab, however long it is. */
import type { RefObject, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** The buttons of each row that has any. */
const rowsOf = (list: Element) =>
  [...list.querySelectorAll('li')]
    .map((row) => [...row.querySelectorAll<HTMLElement>('button')])
    .filter((buttons) => buttons.length > 0);

/**
 * Properties of a list, or of what holds several: ↑ and ↓ go from row to row, Home and End to the first and the last, ← and → from button to button of
 * a row. Tab comes to the button that is current, else to the one that had the focus last, else to the first.
 */
export function useListKeys(list: RefObject<HTMLElement | null>) {
  const last = useRef<Element | null>(null);
  const update = () => {
    // A row may have the focus given back, by what closes, while its own list goes.
    if (!list.current) return;
    const buttons = rowsOf(list.current).flat();
    const current = buttons.find((button) => button.ariaCurrent);
    const stops: readonly unknown[] = [document.activeElement, current, last.current];
    const stop = stops.find((one) => buttons.some((button) => button === one)) ?? buttons[0];
    for (const button of buttons) {
      const tabIndex = button === stop ? 0 : -1;
      if (button.tabIndex !== tabIndex) button.tabIndex = tabIndex;
    }
  };
  // Rows come and go with what is shown.
  useLayoutEffect(update);
  return {
    onFocusIn() {
      last.current = document.activeElement;
      update();
    },
    onKeyDown(event: TargetedKeyboardEvent<HTMLElement>) {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const next = nextOf(event.key, event.currentTarget);
      if (!next) return;
      event.preventDefault();
      next.focus();
    },
  };
}

/** The button that a key leads to from the one that has the focus. */
function nextOf(key: string, list: Element): HTMLElement | undefined {
  const rows = rowsOf(list);
  const places = rows.map((buttons) => buttons.findIndex((button) => button === document.activeElement));
  const at = places.findIndex((place) => place >= 0);
  // A heading between two lists has keys of its own.
  if (at < 0) return undefined;
  const place = places[at]!;
  if (key === 'ArrowLeft') return rows[at]?.[place - 1];
  if (key === 'ArrowRight') return rows[at]?.[place + 1];
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    Home: 0,
    End: rows.length - 1,
  };
  const row = rows[steps[key] ?? -1];
  // Not every row has as many.
  return row?.[place] ?? row?.at(-1);
}
