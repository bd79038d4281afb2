/** Notice of the operator, above any conversation: in a room that talks, its line is gone from sight within a second. */
import { tabItem } from '../../platform/scope.ts';
import { entriesAfter } from '../../selectors/entries-after.ts';
import type { OperatorNotice } from '../../state/entries.ts';
import { EMPTY, type State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { watched } from '../base/watched.ts';

/** Time, in ms, that it stays, unless somebody has read it. */
const SHOWN_MS = 60_000;
/** Most of it that is shown, in UTF-16 units: the room has all. */
const UNITS = 200;

/** Time of the last one that was put away here, in ms since 1970, which names it: a reload does not show it again. */
const readItem = tabItem('notice');

const shown = watched<OperatorNotice | null>(null);

/** Follows what the operator says, whichever conversation is open. */
export function watchNotices(store: {
  readonly state: State;
  readonly subscribe: (listener: (state: State) => void) => unknown;
}): void {
  let log = EMPTY.log;
  const follow = ({ conversations: [room] }: State) => {
    if (room.log === log) return;
    const last = log.all.at(-1)?.id ?? 0;
    log = room.log;
    // Whoever comes after a visit that is over has not been told.
    if (log.all.length === 0) shown.set(null);
    const notice = entriesAfter(last, log.all).findLast(({ kind }) => kind === 'notice');
    if (notice?.kind !== 'notice') return;
    // One out of the storage of this device may have been said long ago.
    const rest = notice.at + SHOWN_MS - Date.now();
    if (rest <= 0 || readItem.get() === `${notice.at}`) return;
    shown.set(notice);
    setTimeout(() => shown.value === notice && shown.set(null), Math.min(rest, SHOWN_MS));
  };
  follow(store.state);
  store.subscribe(follow);
}

export function NoticeBanner() {
  const { text } = useLazyTools();
  const notice = shown.use((one) => one);
  if (!notice) return null;
  const read = () => {
    readItem.set(`${notice.at}`);
    shown.set(null);
  };
  const words = notice.text.length > UNITS ? `${notice.text.slice(0, UNITS).toWellFormed()}…` : notice.text;
  return (
    <div class="link-banner link-notice">
      {/* The announcer has said it. */}
      <p>
        {text.log.notice} <bdi>{words}</bdi>
      </p>
      <button type="button" onClick={read}>
        {text.unsaved.read}
      </button>
    </div>
  );
}
