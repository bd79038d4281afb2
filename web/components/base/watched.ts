/** A value beside the state of the page, for views of lazy parts. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Watched<T> {
  readonly value: T;
  readonly set: (value: T) => void;
  /** A part of the value, for a view that is shown anew when that part changes. */
  readonly use: <P>(part: (value: T) => P) => P;
}

export function watched<T>(initial: T): Watched<T> {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const listener of listeners) listener();
    },
    use(part) {
      const [, redraw] = useState(0);
      const now = part(value);
      // Compares what is shown with what would be, by the part as it was last asked for.
      const shown = useRef({ part, now });
      shown.current = { part, now };
      useLayoutEffect(() => {
        const update = () => {
          if (shown.current.part(value) !== shown.current.now) redraw((count) => count + 1);
        };
        update();
        listeners.add(update);
        return () => void listeners.delete(update);
      }, []);
      return now;
    },
  };
}
