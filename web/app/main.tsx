/** The page: puts the connection, the state and the views together. */
import { render } from 'preact';
import { validateLogin } from '../../shared/protocol/login.ts';
import { retryImport } from '../net/retry-import.ts';
import type { Persistence } from '../platform/persistence.ts';
import { insideItem } from '../platform/scope.ts';
import { recall, recallIgnored, recallOne, remember } from '../platform/settings.ts';
import { applyTheme, currentTheme } from '../platform/theme.ts';
import { chooseLocale, LOCALES, preferredLanguages } from '../i18n/catalogue.ts';
import { Connection } from '../net/connection.ts';
import { PageStream, type PageStreamOptions } from '../net/page-stream.ts';
import { isServerThere as ask } from '../net/reach.ts';
import { createActions } from '../state/actions.ts';
import { Drafts } from '../state/drafts.ts';
import { PrivateEventQueue } from '../state/private/event-queue.ts';
import { reduce } from '../state/reduce.ts';
import { initialState } from '../state/state.ts';
import { sendFromQueue } from '../state/send-queue.ts';
import { createStore } from '../state/store.ts';
import type { LazyActions } from '../components/base/context.ts';
import { isWide } from '../platform/media.ts';
import { onlineOf } from '../state/presence.ts';
import { App } from './app.tsx';
import '../styles/main.css';

applyTheme(currentTheme());
document.documentElement.dataset['density'] = recall('density') ?? '';

function socketUrl(): string {
  const url = new URL('ws', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

const open = (options: Omit<PageStreamOptions, 'url'>) =>
  new PageStream({ url: socketUrl(), ask, ...options });
const locale = recallOne('locale', LOCALES, chooseLocale(preferredLanguages()));
/** Reads the parameters of an invitation: `#name=` fills in a name, `#to=` opens a conversation with someone (as a notice does). */
const readInvitation = () => new URLSearchParams(location.hash.slice(1));
const store = createStore(reduce, {
  ...initialState(locale),
  ignoreList: onlineOf(recallIgnored()),
  people: isWide() && recall('people') !== 'hidden',
  showsPresence: recall('presence') !== 'hidden',
  sound: recall('sound') === 'on',
  notifications: recall('notices') === 'on',
  lastName: readInvitation().get('name') ?? recall('name') ?? '',
  visible: !document.hidden,
});
let persistence: Persistence | undefined;
const connection = new Connection({
  ask,
  open,
  report(event) {
    if (event.type === 'accepted') persistence?.accepted(event.login);
    const happening = { ...event, at: Date.now() };
    store.dispatch(happening);
    if (event.type === 'accepted') {
      remember('name', event.login);
      void loadPersistence();
    }
    privates.onEvent(happening);
  },
});
const drafts = new Drafts();
const privates = new PrivateEventQueue(() => void loadLazy());
const actions = createActions(store, connection, privates, drafts, findEarlier, () => persistence?.keep());

let loadingLazy: Promise<LazyActions> | undefined;

/** Loads the lazy parts, once, and starts those that run by themselves. */
function loadLazy(): Promise<LazyActions> {
  return (loadingLazy ??= retryImport(() => import('./lazy.ts')).then((parts) => {
    // A page that is open through a deploy has it by then.
    void loadPersistence();
    return parts.startLazy(store, connection, open, privates, actions, drafts);
  }));
}

/** Timeout of the wait for what was saved on this device, in ms: it may come later, or never. */
const PATIENCE_MS = 2_000;

/** Resolves once it is done, has failed, or takes too long: the page begins all the same. */
function atMost(work: Promise<void>): Promise<unknown> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS);
    work.then(resolve, resolve);
  });
}

let loadingPersistence: Promise<Persistence> | undefined;

/** Loads the persistence of the page on this device, once. */
function loadPersistence(): Promise<Persistence> {
  return (loadingPersistence ??= retryImport(() => import('../platform/persistence.ts')).then(
    (loaded) => (persistence = new loaded.Persistence(store, drafts, connection, actions.leave)),
  ));
}

/**
 * Looks for what an earlier visit under this name has left, or another tab that has it, before the name is proposed. Where
 * nobody was here before, nothing can be saved, and a room is shown without the persistence.
 */
function findEarlier(login: string): Promise<unknown> {
  if (recall('name') === null && !persistence) return Promise.resolve();
  return atMost(loadPersistence().then((loaded) => loaded.open(login)));
}

/** Opens the conversation with the person whom the address names, once. */
function followInvitation(): void {
  const invitation = readInvitation();
  const to = invitation.get('to');
  if (!to) return;
  invitation.delete('to');
  // A page that is loaded again comes back to where it was.
  history.replaceState(history.state, '', `#${invitation}`);
  if (validateLogin(to) === 'fine') store.dispatch({ type: 'direct-opened', login: to });
}

/**
 * Follows the invitation as soon as somebody is in, which is before their name is accepted when they come back without the
 * server. Later the page has entries of its own in the history: Back would come to the invitation, and open it again.
 */
function followInvitationInside(): void {
  let before = store.state.phase.kind;
  store.subscribe(({ phase }) => {
    const isNew = phase.kind === 'inside' && before !== 'inside';
    before = phase.kind;
    if (isNew) followInvitation();
  });
}

// A link that is followed to where the page is already changes the address only.
addEventListener('hashchange', () => {
  const { kind } = store.state.phase;
  if (kind === 'outside') location.reload();
  if (kind === 'inside') followInvitation();
});

async function start(): Promise<void> {
  followInvitationInside();
  // A page that was loaded again while someone was in comes back as it was.
  if (insideItem.get()) await atMost(loadPersistence().then((loaded) => loaded.bringBack()));
  sendFromQueue(store, connection);
  show(App);
}

function show(View: typeof App): void {
  render(<View store={store} actions={actions} drafts={drafts} loadLazy={loadLazy} />, document.body);
}

// While developing (npm run dev), a view that has changed is shown anew; connection and state stay as they are.
import.meta.hot?.accept('./app.tsx', (changed) => {
  show((changed as unknown as { App: typeof App }).App);
});

void start();
