/** Everything that a working room does without, as one file: puts the lazy parts of each folder where its views find them. */
import * as composer from '../components/composer/lazy.ts';
import { composerParts } from '../components/composer/parts.ts';
import * as log from '../components/log/lazy.ts';
import { logParts } from '../components/log/parts.ts';
import * as people from '../components/people/lazy.ts';
import { peopleParts } from '../components/people/parts.ts';
import * as privateConnections from '../components/private/lazy.ts';
import { privateParts } from '../components/private/parts.ts';
import * as rail from '../components/rail/lazy.ts';
import { railParts } from '../components/rail/parts.ts';
import { adoptStyles } from '../platform/styles.ts';
import { watchAttention } from '../platform/attention.ts';
import { watchChoices } from '../platform/choices.ts';
import { watchDrops } from '../platform/drops.ts';
import { watchLiveness } from '../net/liveness.ts';
import { watchSleep } from '../net/sleep.ts';
import { onWake } from '../net/wake.ts';
import type { Actions } from '../state/actions.ts';
import type { Event } from '../state/reduce.ts';
import type { State } from '../state/state.ts';
import type { Store } from '../state/store.ts';
import * as shell from '../components/shell/lazy.ts';
import { shellParts } from '../components/shell/parts.ts';
import styles from '../styles/lazy.css?inline';

export { createListActions } from '../state/list-actions.ts';
export { linkPrivates } from '../state/private/actions.ts';

adoptStyles(styles);

composerParts.loaded = composer;
logParts.loaded = log;
peopleParts.loaded = people;
privateParts.loaded = privateConnections;
railParts.loaded = rail;
shellParts.loaded = shell;

watchLiveness();
watchDrops();

/** Starts those that watch the state of the page. */
export function watchState(store: Store<State, Event>, { open, retryNow }: Actions): void {
  watchAttention(store, open);
  watchChoices(store);
  onWake(retryNow, () => store.state.lostAt);
  watchSleep(store);
}
