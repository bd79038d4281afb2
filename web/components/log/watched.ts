/** A value beside the state of the page, for views of lazy parts. */
import { useLayoutEffect, useState } from 'preact/hooks';

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
      const [, setSeen] = useState(part(value));
      const now = part(value);
      useLayoutEffect(() => {
        const update = () => setSeen(part(value));
        update();
        listeners.add(update);
        return () => void listeners.delete(update);
      }, [now]);
      return now;
    },
  };
}
