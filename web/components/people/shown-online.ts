/** People who are here as every view shows them: numbers and names that are in sight together never differ. */
import type { Online, State } from '../../state/state.ts';
import { Coalesced } from '../base/throttle.ts';
import { watched } from '../base/watched.ts';

/** Empty as long as nobody knows. */
export const shownOnline = watched<Online>(new Map());

/** Follows who is here. A list that is still coming in parts is not shown: what is known of before is. */
export function watchOnline(store: {
  readonly state: Pick<State, 'online' | 'synced'>;
  readonly subscribe: (listener: (state: Pick<State, 'online' | 'synced'>) => void) => unknown;
}): void {
  let newest = shownOnline.value;
  const coalesced = new Coalesced(newest);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    clearTimeout(timer);
    const [shown, wait] = coalesced.take(newest, performance.now());
    if (shown !== shownOnline.value) shownOnline.set(shown);
    if (wait > 0) timer = setTimeout(show, wait);
  };
  const follow = ({ online, synced }: Pick<State, 'online' | 'synced'>) => {
    if (online === newest || (!synced && online.size > 0)) return;
    newest = online;
    show();
  };
  store.subscribe(follow);
  follow(store.state);
}

/** Those people, for a view. */
export const useShownOnline = (): Online => shownOnline.use((all) => all);
