/** Printing a log, of which only a part is laid out. */
import { useEffect, useRef } from 'preact/hooks';
import type { Chunk } from '../../selectors/chunks.ts';

/** Lays out all of the log while it is printed; print.css leaves the rest of the page out. */
export function usePrinting(chunks: readonly Chunk[], hold: (chunks: readonly number[]) => void): void {
  const latest = useRef(chunks);
  latest.current = chunks;
  useEffect(() => {
    // The change is laid out by the end of the event, and so before the browser takes its picture.
    const begin = () => hold(latest.current.map(({ id }) => id));
    const end = () => hold([]);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
}
