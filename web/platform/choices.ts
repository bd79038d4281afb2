/** Choices that are remembered on this device and are made by lazy parts. */
import type { Event } from '../state/reduce.ts';
import { withIgnoreList } from '../state/ignore-list.ts';
import { onlineOf } from '../state/presence.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import { isWide, mediaQuery, WIDE } from './media.ts';
import { deviceItem } from './scope.ts';
import { recall, recallIgnored, remember } from './settings.ts';

/** Choices that are on or off, each with the setting that remembers it, and as what. */
const SWITCHES = [
  ['sound', 'sound', 'on', 'off'],
  ['notifications', 'notices', 'on', 'off'],
  ['showsPresence', 'presence', 'shown', 'hidden'],
] as const;

/** Remembers these choices from now on, and follows those that other tabs of this browser make. */
export function watchChoices(store: Store<State, Event>): void {
  let before = store.state;
  store.subscribe((state) => {
    for (const [choice, setting, on, off] of SWITCHES)
      if (state[choice] !== before[choice]) remember(setting, state[choice] ? on : off);
    // Where it lies over the conversation, it closes by itself: that is nobody's wish.
    if (state.people !== before.people && isWide()) remember('people', state.people ? 'shown' : 'hidden');
    if (state.ignoreList !== before.ignoreList) rememberIgnored(before.ignoreList, state.ignoreList);
    before = state;
  });
  mediaQuery(WIDE)?.addEventListener('change', ({ matches }) => {
    // Where the list would come to lie over the conversation it closes; where it gets a place, it is not taken away.
    if (matches && recall('people') === 'hidden') return;
    store.dispatch({ type: 'chosen', choices: { people: matches } });
  });
  addEventListener('storage', ({ key }) => {
    // Null stands for all items.
    if (key !== null && key !== deviceItem('ignored').name) return;
    const ignored = onlineOf(recallIgnored());
    store.dispatch({ type: 'changed', to: withIgnoreList(store.state, ignored) });
  });
}

/** Changes what is remembered by what has changed here: another tab may have changed it as well. */
function rememberIgnored(before: State['ignoreList'], now: State['ignoreList']): void {
  const all = new Map(onlineOf(recallIgnored()));
  for (const key of before.keys()) if (!now.has(key)) all.delete(key);
  for (const [key, login] of now) if (!before.has(key)) all.set(key, login);
  remember('ignored', [...all.values()].join('\n'));
}
