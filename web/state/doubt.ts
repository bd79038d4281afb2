/** Doubt: what a private connection that broke has perhaps not delivered; pure. */
import type { Entry } from './entries.ts';
import { Log } from './log.ts';

/**
 * Marks what we wrote last, and what nothing has followed from the other side, as perhaps not received: the connection
 * broke. What was written before they ended was marked, or not, by then.
 */
export function doubt({ all }: Log): Log {
  const from = all.findLastIndex((entry) => !(entry.kind === 'said' && entry.mine) && !isOwnEnd(entry));
  return new Log(
    all.map((entry, index) =>
      index > from && entry.kind === 'said' && entry.mine ? { ...entry, perhaps: true } : entry,
    ),
  );
}

function isOwnEnd(entry: Entry): boolean {
  return entry.kind === 'note' && entry.note === 'i-ended';
}
