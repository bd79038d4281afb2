import type { Entry } from '../../state/entries.ts';
import { useLazyTools } from '../base/context.ts';
import { DownIcon } from '../base/lazy-icons.tsx';
import { FreshText } from '../base/fresh-text.tsx';
import { newsAfter } from './seen.ts';

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
