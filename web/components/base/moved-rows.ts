/** Rows and buttons that take the place of others: whoever is about to press one cannot have seen it, nor has the second tap of two. */
import type { TargetedMouseEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isTouched } from '../../platform/media.ts';

/** Time, in ms, in which one who is about to press a button cannot have seen that it is another. */
export const UNSEEN_MS = 400;

/** Longest time, in ms, that a button is pressed down for a click. */
const LONGEST_PRESS_MS = 1_000;

let pressedAt = -Infinity;
// Where the units run there is no window.
if ('document' in globalThis) addEventListener('pointerdown', () => (pressedAt = performance.now()), true);

/** True for a click on what has been there since then, in ms, and cannot have been seen when it was pressed. */
export function isUnseenSince(since: number, now = performance.now(), pressed = pressedAt): boolean {
  // Some clicks have no press, like those of a screen reader.
  return (now - pressed < LONGEST_PRESS_MS ? pressed : now) - since < UNSEEN_MS;
}

/**
 * Returns a filter of clicks on things in a row that go when they are pressed: one on another than the last is let through
 * only when it can have been seen that this has come under the pointer, at whichever end the row is held.
 */
export function onePressEach(
  now = () => performance.now(),
): (thing: unknown, click: { detail: number }) => boolean {
  let last: { readonly thing: unknown; readonly at: number } | null = null;
  return (thing, { detail }) => {
    if (detail > 0 && last && last.thing !== thing && isUnseenSince(last.at, now())) return false;
    last = { thing, at: now() };
    return true;
  };
}

/** Time since when each place of a list has shown the row that it shows. */
export class MovedRows<Row> {
  /** Rows from the top to the bottom; behind them those that were there before the list became shorter. */
  #rows: readonly Row[] = [];
  #since: readonly number[] = [];

  /** Takes the rows as they are from `now` on, in ms. */
  show(rows: readonly Row[], now: number): void {
    const since = rows.map((row, index) => {
      if (index >= this.#rows.length) return -Infinity;
      return this.#rows[index] === row ? this.#since[index]! : now;
    });
    this.#rows = [...rows, ...this.#rows.slice(rows.length)];
    this.#since = [...since, ...this.#since.slice(rows.length)];
  }

  /** True as long as the row at a place may be taken for the one that was there. */
  isUnseen(index: number, now?: number): boolean {
    return isUnseenSince(this.#since[index] ?? -Infinity, now);
  }
}

/**
 * Properties of a list that stop a click on a row that has just come under the pointer. A click by the keyboard goes to the
 * row that has the focus, wherever that has moved.
 * @param own what the person changes the list by: after that its rows are others, and meant
 * @param selector of the rows, where they are not all that the list has: several lists below each other move together
 */
export function useMovedRows<List extends HTMLElement = HTMLUListElement>(
  own?: unknown,
  selector = ':scope > *',
) {
  const list = useRef<List>(null);
  const rowsOf = (all: Element | null) => [...(all?.querySelectorAll(selector) ?? [])];
  const moved = useRef({ rows: new MovedRows<Element>(), own });
  useLayoutEffect(() => {
    if (moved.current.own !== own) moved.current = { rows: new MovedRows(), own };
    moved.current.rows.show(rowsOf(list.current), performance.now());
  });
  const onClickCapture = (event: TargetedMouseEvent<List>) => {
    const at = rowsOf(event.currentTarget).findIndex((row) => row.contains(event.target as Node));
    if (event.detail > 0 && moved.current.rows.isUnseen(at)) event.stopPropagation();
  };
  return { ref: list, onClickCapture };
}

/** Thing in a place, since when it cannot have been seen, and whether it, or the one there before, was pressed. */
interface Shown {
  readonly shown: unknown;
  since: number;
  isPressed: boolean;
  readonly isOwn: boolean;
}

/**
 * Stops a click on what has just taken the place of something else: by itself, or by the click of which this is the second.
 * A mouse counts those; a phone may count each tap of a double tap as the first.
 * @param shown what is there; undefined for nothing, whose place what comes may take once it was seen to be empty. Not from
 * a finger: that hides what it is about to press, and what comes lies over something else
 */
export function useUnseen(shown: unknown): (event: MouseEvent) => void {
  const now = useRef<Shown>({ shown: undefined, since: -Infinity, isPressed: false, isOwn: false });
  if (now.current.shown !== shown) {
    const since = sinceOf(now.current, performance.now(), isTouched());
    now.current = { shown, since, isPressed: false, isOwn: now.current.isPressed };
  }
  // To show it may take long, on a slow phone: nobody has seen any of it until then.
  useLayoutEffect(() => {
    if (now.current.since > -Infinity) now.current.since = performance.now();
  }, [shown]);
  return (event) => {
    const { since, isOwn } = now.current;
    const isNew = isUnseenSince(since);
    const isFirst = isOwn && event.detail === 1 && (event as PointerEvent).pointerType === 'mouse';
    if (event.detail > 0 && isNew && !isFirst) {
      event.stopPropagation();
      // Nor does a link lead away, or a heading open.
      event.preventDefault();
    } else now.current.isPressed = true;
  };
}

/** Time, in ms, since when a click may be meant for what was there before: none where a mouse has seen nothing there. */
export function sinceOf(
  before: { readonly shown: unknown; readonly since: number },
  now: number,
  isFinger: boolean,
): number {
  return !isFinger && before.shown === undefined && now - before.since >= UNSEEN_MS ? -Infinity : now;
}
