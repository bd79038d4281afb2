/** Messages that someone wants to see as they were written, by id. */
import { useEffect, useState } from 'preact/hooks';

const shown = new Set<number>();
const listeners = new Set<() => void>();

export function isAsWritten(id: number): boolean {
  return shown.has(id);
}

/** Shows a message as it was written, or formatted again. */
export function toggleAsWritten(id: number): void {
  if (!shown.delete(id)) shown.add(id);
  for (const listener of listeners) listener();
}

/** Like {@link isAsWritten}, for a view that is shown anew when that changes. */
export function useAsWritten(id: number): boolean {
  const [is, set] = useState(shown.has(id));
  useEffect(() => {
    const update = () => set(shown.has(id));
    update();
    listeners.add(update);
    return () => void listeners.delete(update);
  }, [id]);
  return is;
}
