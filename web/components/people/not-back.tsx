/** Those who were here when the connection was lost, and have not been since. */
import { notBackAfter } from '../../selectors/not-back.ts';
import type { Online, State } from '../../state/state.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { useLazyTools } from '../base/lazy-tools.ts';
import { watched } from '../base/watched.ts';
import { useNames } from './use-names.ts';

/** Most names that are shown. */
const NAMED = 12;

const notBack = watched<Online>(new Map());

/** Follows who comes back, whether or not the list of people is shown. */
export function watchNotBack(store: {
  readonly state: State;
  readonly subscribe: (listener: (state: State) => void) => unknown;
}): void {
  let before = store.state;
  store.subscribe((now) => {
    const next = notBackAfter(notBack.value, before, now);
    before = now;
    if (next !== notBack.value) notBack.set(next);
  });
}

export function NotBack({ synced }: { synced: boolean }) {
  const { text } = useLazyTools();
  const names = useNames(NAMED);
  const gone = notBack.use((all) => all);
  if (!synced || gone.size === 0) return null;
  return (
    <p class="note">
      <FreshText>{text.people.notBack(names([...gone.values()]))}</FreshText>
    </p>
  );
}
