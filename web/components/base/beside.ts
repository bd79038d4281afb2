/** The place beside the log: where it has room for one of both, the list of people is hidden while the inspector is open. */
import { useLayoutEffect } from 'preact/hooks';
import { useOneBeside } from './use-media.ts';
import { watched } from './watched.ts';

/** Closes the inspector that has the place of the list of people; null while none has. The style sheet hides the list. */
const taken = watched<(() => void) | null>(null);

/** @param onClose closes the inspector, whose view calls this */
export function useTakePlace(onClose: () => void): void {
  const isOne = useOneBeside();
  useLayoutEffect(() => {
    if (!isOne) return;
    taken.set(onClose);
    return () => taken.set(null);
  }, [isOne]);
}

export const usePlaceTaken = (): (() => void) | null => taken.use((close) => close);
