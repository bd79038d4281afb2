import { useState } from 'preact/hooks';
import type { Entry } from '../../state/entries.ts';
import { useLazyTools } from '../base/context.ts';
import { DownIcon } from '../base/lazy-icons.tsx';
import { Live } from '../base/live.tsx';

/** Button of a log whose end is out of sight: goes there, and says how many messages of others and notices have come since then. */
export function ToLatest({ entries, go }: { entries: readonly Entry[]; go: (to: null) => void }) {
  const { log } = useLazyTools().text;
  const [seen] = useState(() => entries.at(-1)?.id ?? 0);
  const missed = entries
    .slice(entries.findLastIndex(({ id }) => id <= seen) + 1)
    .filter((entry) => (entry.kind === 'said' && !entry.mine) || entry.kind === 'notice').length;
  return (
    <button type="button" class="to-latest" onClick={() => go(null)}>
      <DownIcon />
      <Live>{missed > 0 ? log.latestNew(missed) : log.latest}</Live>
    </button>
  );
}
