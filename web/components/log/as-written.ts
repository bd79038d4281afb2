/** Messages that someone wants to see as they were written, by id. */
import { watched } from '../base/watched.ts';

const shown = watched<ReadonlySet<number>>(new Set());

export function isAsWritten(id: number): boolean {
  return shown.value.has(id);
}

/** Shows a message as it was written, or formatted again. */
export function toggleAsWritten(id: number): void {
  const next = new Set(shown.value);
  if (!next.delete(id)) next.add(id);
  shown.set(next);
}

/** Like {@link isAsWritten}, for a view that is shown anew when that changes. */
export function useAsWritten(id: number): boolean {
  return shown.use((all) => all.has(id));
}
