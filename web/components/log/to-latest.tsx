import { useEffect, useState } from 'preact/hooks';
import type { Entry } from '../../state/entries.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { DownIcon } from '../base/lazy-icons.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import type { Conversation } from '../../state/state.ts';
import { entriesAfter } from '../../selectors/entries-after.ts';
import { keptPlaces } from './kept-places.ts';

interface Props {
  entries: readonly Entry[];
  /** Id of the last entry that one has come down to. */
  seen: number;
  go: (to: null) => void;
}

/** Button of a log whose end is out of sight: goes there, and says how much is new below. */
export function ToLatest({ entries, seen, go }: Props) {
  const { log } = useLazyTools().text;
  const missed = newsAfter(seen, entries);
  return (
    <button type="button" class="to-latest" onClick={() => go(null)}>
      <DownIcon />
      <FreshText>{missed > 0 ? log.latestNew(missed) : log.latest}</FreshText>
    </button>
  );
}

/** Last entry of a log that one has come down to: those below it are counted by the button that goes there. */
export class Seen {
  /** Id of that entry. */
  id: number;
  /** True until the log is where it begins: its end, where it may be until then, is not seen. */
  #isBeginning: boolean;

  /**
   * @param kept the id as of the last visit, if one was not at the end
   * @param newFrom as in the conversation
   * @param last id of the last entry
   */
  constructor(kept: number | undefined, newFrom: number | null, last: number) {
    this.id = kept ?? (newFrom === null ? last : newFrom - 1);
    this.#isBeginning = kept !== undefined;
  }

  /** Notes, once a change is shown, whether the end is in sight. */
  note(isAtEnd: boolean, last: number): void {
    if (isAtEnd && !this.#isBeginning) this.id = last;
    this.#isBeginning = false;
  }
}

/** @param place of the log; its anchor is null at the end */
export function useSeen(
  { key, log, newFrom }: Conversation,
  place: { readonly anchor: unknown },
): { readonly id: number } {
  const last = log.all.at(-1)?.id ?? 0;
  const [seen] = useState(() => new Seen(keptPlaces.get(key)?.seen, newFrom, last));
  useEffect(() => seen.note(!place.anchor, last));
  return seen;
}

/** Number of messages of others, and of notices, after an entry. */
export function newsAfter(id: number, entries: readonly Entry[]): number {
  return entriesAfter(id, entries).filter(
    (entry) => (entry.kind === 'said' && !entry.mine) || entry.kind === 'notice',
  ).length;
}
