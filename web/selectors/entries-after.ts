import type { Entry } from '../state/entries.ts';

/** The entries behind the one with this id, or where it was: no more is looked at than those. */
export function entriesAfter(id: number, entries: readonly Entry[]): readonly Entry[] {
  return entries.slice(entries.findLastIndex((entry) => entry.id <= id) + 1);
}
