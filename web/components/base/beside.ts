/** The inspector, as what is beside it knows of it: where there is room for one of both, it has the place of the list of people. */
import { useLayoutEffect } from 'preact/hooks';
import { useOneBeside } from './layouts.ts';
import { watched } from './watched.ts';

/** The inspector that is open, and what closes it; null while none is. The style sheet hides the list. */
const inspector = watched<{ readonly close: () => void; readonly hasPlace: boolean } | null>(null);

/** @param onClose closes the inspector, whose view calls this */
export function useTakePlace(onClose: () => void): void {
  const isOne = useOneBeside();
  useLayoutEffect(() => {
    inspector.set({ close: onClose, hasPlace: isOne });
    return () => inspector.set(null);
  }, [isOne]);
}

/** Returns what closes the inspector that has the place of the list of people; null while none has. */
export const usePlaceTaken = (): (() => void) | null =>
  inspector.use((open) => (open?.hasPlace ? open.close : null));

export const useInspectorOpen = (): boolean => inspector.use((open) => open !== null);
