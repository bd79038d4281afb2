/** Everything that a working room does without, as one file: puts the lazy parts of each folder where its views find them. */
import type { LazyActions } from '../components/base/context.ts';
import * as composer from '../components/composer/lazy.ts';
import { composerParts } from '../components/composer/parts.ts';
import * as log from '../components/log/lazy.ts';
import { warmUp } from '../components/log/warm-up.ts';
import { logParts } from '../components/log/parts.ts';
import * as people from '../components/people/lazy.ts';
import { watchNotBack } from '../components/people/not-back.tsx';
import { peopleParts } from '../components/people/parts.ts';
import { watchOnline } from '../components/people/shown-online.ts';
import * as privateConnections from '../components/private/lazy.ts';
import { privateParts } from '../components/private/parts.ts';
import * as rail from '../components/rail/lazy.ts';
import { railParts } from '../components/rail/parts.ts';
import { preferredLanguages } from '../i18n/catalogue.ts';
import { regionOf } from '../i18n/time.ts';
import { watchAttention } from '../platform/attention.ts';
import { watchChoices } from '../platform/choices.ts';
import { watchDrops } from '../platform/drops.ts';
import { registerServiceWorker } from '../platform/service-worker.ts';
import { focusClicked } from '../platform/focus-clicked.ts';
import { mediaQuery, NARROW } from '../platform/media.ts';
import { watchLiveness } from '../net/liveness.ts';
import { watchSleep } from '../net/sleep.ts';
import { onWake } from '../net/wake.ts';
import type { Connection } from '../net/connection.ts';
import type { Actions } from '../state/actions.ts';
import * as shell from '../components/shell/lazy.ts';
import { watchNotices } from '../components/shell/notice-banner.tsx';
import { shellParts } from '../components/shell/parts.ts';
import { createTryNow } from '../state/link-note.ts';
import { createListActions } from '../state/list-actions.ts';
import { linkPrivates } from '../state/private/actions.ts';
import type { Drafts } from '../state/drafts.ts';
import type { PrivateEventQueue } from '../state/private/event-queue.ts';
import { OpenPanels, showPanel } from './open-panels.tsx';
import styles from '../styles/lazy.css?inline';

// They came with the code that needs them: one cannot be there without the other, and the Content-Security-Policy allows no
// inline style sheet. Their rules are in the layers of styles/main.css.
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);
document.adoptedStyleSheets.push(sheet);

composerParts.loaded = composer;
logParts.loaded = log;
peopleParts.loaded = people;
privateParts.loaded = privateConnections;
railParts.loaded = rail;
shellParts.loaded = shell;

watchLiveness();
watchDrops();
registerServiceWorker();

type Link = Parameters<typeof linkPrivates>;

/** Starts the lazy parts that run by themselves, and puts the actions of the others together. */
export async function startLazy(
  store: Link[0],
  connection: Connection,
  open: Link[2],
  privates: PrivateEventQueue,
  actions: Actions,
  drafts: Drafts,
): Promise<LazyActions> {
  const link = linkPrivates(store, connection, open);
  privates.attach(link);
  const lookAway = watchAttention(store, actions.open);
  watchChoices(store);
  watchOnline(store);
  watchNotBack(store);
  watchNotices(store);
  const retryNow = () => connection.retryNow();
  onWake(retryNow, () => store.state.lostAt);
  watchSleep(store, lookAway);
  focusClicked();
  // The task that shows the parts shows them all.
  await warmUp(regionOf(store.state.locale, preferredLanguages()));
  return {
    privates: link.actions,
    list: createListActions(store, drafts, () => mediaQuery(NARROW)?.matches ?? false),
    tryNow: createTryNow(store, retryNow),
    show: (panel) => void showPanel(panel),
    Panels: OpenPanels,
    states: store,
  };
}
