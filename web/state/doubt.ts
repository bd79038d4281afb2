/** Doubt about what was written on a private connection that broke; pure. */
import type { Entry } from './entries.ts';

/**
 * Marks what we wrote last, and what nothing has followed from the other side, as perhaps not received: the connection
 * broke. What was written before they ended was marked, or not, by then.
 */
export function doubt(entries: readonly Entry[]): readonly Entry[] {
  const from = entries.findLastIndex((entry) => !(entry.kind === 'said' && entry.mine) && !isOwnEnd(entry));
  return entries.map((entry, index) =>
    index > from && entry.kind === 'said' && entry.mine ? { ...entry, perhaps: true } : entry,
  );
}

function isOwnEnd(entry: Entry): boolean {
  return entry.kind === 'note' && entry.note === 'i-ended';
}
