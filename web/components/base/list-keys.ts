/** Keys of a list whose rows have buttons: the list is one stop of Tab, however long it is. */
import type { RefObject, TargetedKeyboardEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Buttons of each row that has any. */
const rowsOf = (list: Element) =>
  [...list.children]
    .map((row) => [...row.querySelectorAll<HTMLElement>('button')])
    .filter((buttons) => buttons.length > 0);

/**
 * Properties of a list: ↑ and ↓ go from row to row, Home and End to the first and the last, ← and → from button to button of
 * a row. Tab comes to the button that had the focus last, else to the one that is current, else to the first.
 */
export function useListKeys(list: RefObject<HTMLElement | null>) {
  const last = useRef<Element | null>(null);
  const update = () => {
    const buttons = rowsOf(list.current!).flat();
    const stop =
      buttons.find((button) => button === last.current) ??
      buttons.find((button) => button.ariaCurrent) ??
      buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
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
      const next = nextOf(event.key, rowsOf(event.currentTarget));
      if (!next) return;
      event.preventDefault();
      next.focus();
    },
  };
}

/** The button that a key leads to from the one that has the focus. */
function nextOf(key: string, rows: readonly HTMLElement[][]): HTMLElement | undefined {
  const places = rows.map((buttons) => buttons.findIndex((button) => button === document.activeElement));
  const at = places.findIndex((place) => place >= 0);
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
