/** The page: puts the connection, the state and the views together. */
import { render } from 'preact';
import { chooseLocale, LOCALES, type Locale } from './i18n/catalogue.ts';
import { Connection } from './net/connection.ts';
import { onWake } from './net/wake.ts';
import { openWebSocketStream } from './net/websocket-stream.ts';
import { createActions } from './store/actions.ts';
import { reduce } from './store/reduce.ts';
import { initialState, totalUnread, type State } from './store/state.ts';
import { createStore } from './store/store.ts';
import { App } from './views/app.tsx';
import './styles/main.css';

const LOCALE_ITEM = 'chaton.locale';

function socketUrl(): string {
  const url = new URL('ws', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Storage can be forbidden; the page works without. */
function rememberedLocale(): Locale | undefined {
  try {
    return LOCALES.find((locale) => locale === localStorage.getItem(LOCALE_ITEM));
  } catch {
    return undefined;
  }
}

function rememberLocale(locale: Locale): void {
  try {
    localStorage.setItem(LOCALE_ITEM, locale);
  } catch {
    // Forgotten at the next visit: nothing else is lost.
  }
}

/** What lies outside the body: the language and the title. */
function dressDocument(state: State): void {
  const unread = totalUnread(state);
  document.documentElement.lang = state.locale;
  document.title = unread > 0 ? `(${unread}) Chaton` : 'Chaton';
}

const store = createStore(reduce, initialState(rememberedLocale() ?? chooseLocale(navigator.languages)));
const connection = new Connection({
  open: () => openWebSocketStream(socketUrl()),
  report: (event) => store.dispatch({ ...event, at: Date.now() }),
});

onWake(() => connection.retryNow());
document.addEventListener('visibilitychange', () =>
  store.dispatch({ type: 'visible', visible: document.visibilityState === 'visible' }),
);
store.subscribe((state) => {
  dressDocument(state);
  if (state.locale !== rememberedLocale()) rememberLocale(state.locale);
});
dressDocument(store.state);
render(<App store={store} actions={createActions(store, connection)} />, document.body);
