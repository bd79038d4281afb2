/** Alerts for someone who is looking elsewhere: the title, the icons, and if they want, a notification and a sound. */
import { CATALOGUES, loadLazyCatalogue, type Catalogue, type LazyCatalogue } from '../i18n/catalogue.ts';
import type { Store } from '../state/store.ts';
import type { Event } from '../state/reduce.ts';
import { HEAD } from './cat-head.ts';
import { lookAlikesIn, lookAlikesInWords } from '../selectors/look-alikes.ts';
import type { Phrases } from '../selectors/announcements.ts';
import { shorten } from '../selectors/read-out.ts';
import { isSilenced, callsOf, totalUnread } from '../selectors/unread.ts';
import { findConversation, type Conversation, type ConversationKey, type State } from '../state/state.ts';
import { dismiss, notify, onNotificationClick, type Notice } from './notification.ts';

/** Interval, in ms, within which more from one conversation changes its notification, and alerts nobody again. */
const BURST_MS = 10_000;
/** Time, in ms, in which a page that has slept gets what came meanwhile. */
const WAKING_MS = 5_000;

/**
 * Shows on the tab what is unread, and tells a person who is called. `open` shows a conversation. Returns a function by which
 * the page has slept in sight: what comes in the next moments has come meanwhile, and nobody has seen it.
 */
export function watchAttention(store: Store<State, Event>, open: (key: ConversationKey) => void): () => void {
  let before = store.state;
  const alerted = new Map<ConversationKey, number>();
  // One after the other, as it happened: what is taken back has been shown by then.
  let last = Promise.resolve();
  const takeBack = (keys: readonly ConversationKey[]) => {
    for (const key of keys) alerted.delete(key);
    if (keys.length > 0) last = last.then(() => dismiss(keys));
  };
  const show = (called: Conversation, state: State) => {
    const { key } = called;
    const { locale } = state;
    const isAlert = isAlertDue(alerted, key, performance.now());
    const alike = lookAlikesIn(state);
    last = last.then(async () => {
      const lazy = await loadLazyCatalogue(locale);
      return notify(noticeOf(called, { text: CATALOGUES[locale], lazy, alike }, isAlert), () => open(key));
    });
  };
  onNotificationClick(open);
  let waking: ReturnType<typeof setTimeout> | undefined;
  const watch = () => store.dispatch({ type: 'chosen', choices: { visible: !waking && isWatched() } });
  document.addEventListener('visibilitychange', watch);
  addEventListener('focus', watch);
  addEventListener('blur', watch);
  watch();
  store.subscribe((state) => {
    dressTab(state);
    // Messages that come back from an earlier visit call nobody.
    const called = state.synced && (state.sound || state.notifications) && callSince(before, state);
    if (state.notifications) takeBack(answeredSince(before, state));
    if (called && state.sound) chime();
    if (called && state.notifications && !state.visible) show(called, state);
    before = state;
  });
  dressTab(store.state);
  followPlace(store, open);
  const lookAway = () => {
    clearTimeout(waking);
    waking = setTimeout(() => {
      waking = undefined;
      watch();
    }, WAKING_MS);
    watch();
  };
  // A page that the system has ended could not take back what it had shown of a request that ended with it.
  if (store.state.notifications) takeBack(answeredSince({ conversations: [] }, store.state));
  return lookAway;
}

/**
 * Opens, once the person is in, the conversation that a clicked notification has named in the address (`#at=`), if it has
 * come back from an earlier visit and the person has not turned to another by then. A direct one (`#to=`) is there at once.
 */
function followPlace(store: Store<State, Event>, open: (key: ConversationKey) => void): void {
  const place = new URLSearchParams(location.hash.slice(1)).get('at');
  if (place === null) return;
  const follow = (state: State) => {
    if (state.phase.kind !== 'inside') return;
    const there = findConversation(state, place);
    // A conversation that has not come back by then may begin anew, and nobody is to be led away by that.
    if (!there && state.openings === 0 && !state.synced) return;
    stop();
    // A page that is loaded again comes back to where it was.
    history.replaceState(history.state, '', '#');
    if (there && state.openings === 0) open(there.key);
  };
  const stop = store.subscribe(follow);
  follow(store.state);
}

/** True while somebody looks at this page: a window beside the one that is worked in is not looked at. */
function isWatched(): boolean {
  return !document.hidden && document.hasFocus();
}

/** Title of the tab: the number of what calls this person, or a dot for what is unread and does not. */
export function titleOf(unread: number, calls: number): string {
  if (calls > 0) return `(${calls}) Chaton`;
  return unread > 0 ? '• Chaton' : 'Chaton';
}

/** The icon of the tab, with the number of what calls this person, or a dot. */
export function iconOf(unread: number, calls: number): string {
  if (unread === 0) return './cat.svg';
  const [text, colour] = calls > 0 ? [calls > 99 ? '∞' : String(calls), '#d3261a'] : ['•', '#3d4a52'];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><path fill="#ee8434" d="${HEAD}"/><circle cx="33" cy="33" r="15" fill="${colour}"/><text x="33" y="40" font-family="sans-serif" font-weight="700" font-size="20" text-anchor="middle" fill="#fff">${text}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Shows on the tab how much is unread, and on the icon of an installed page how much of it calls this person. */
function dressTab(state: State): void {
  const unread = totalUnread(state);
  const calls = state.conversations.reduce((sum, conversation) => sum + callsOf(conversation), 0);
  setBadge(calls);
  const title = titleOf(unread, calls);
  if (document.title === title) return;
  document.title = title;
  document.querySelector('link[rel=icon]')?.setAttribute('href', iconOf(unread, calls));
}

let badge = 0;

/** Sets the number on the icon of the installed page, where the system shows one. */
function setBadge(count: number): void {
  if (count === badge || !('setAppBadge' in navigator)) return;
  badge = count;
  // Some systems refuse it while the page is not installed: the tab has the number as well.
  navigator.setAppBadge(count).catch(() => {});
}

/** The first conversation in which this person has been called since, and was not looking. */
export function callSince(before: State, state: State): Conversation | undefined {
  if (before.conversations === state.conversations) return undefined;
  const earlier = new Map(before.conversations.map((conversation) => [conversation.key, conversation]));
  return state.conversations.find((conversation) => {
    const then = earlier.get(conversation.key);
    if (then === conversation || callsOf(conversation) <= (then ? callsOf(then) : 0)) return false;
    const last = conversation.log.all.findLast((entry) => entry.kind === 'said');
    return !(last && isSilenced(state, conversation, last.login));
  });
}

type Conversations = { readonly conversations: readonly Conversation[] };

/**
 * The conversations whose notification says nothing any more: they called this person, and have been read or closed; or
 * somebody asked in them, and has been answered, wherever that was, or the request has lapsed.
 */
export function answeredSince(before: Conversations, state: Conversations): ConversationKey[] {
  if (before.conversations === state.conversations) return [];
  const callsThem = (conversation: Conversation) => callsOf(conversation) > 0;
  const calling = new Set(state.conversations.filter(callsThem).map(({ key }) => key));
  const read = before.conversations.filter((one) => callsThem(one) && !calling.has(one.key));
  const earlier = new Map(before.conversations.map((one) => [one.key, one]));
  const over = state.conversations.filter((one) => {
    const then = earlier.get(one.key);
    return one.kind === 'private' && !one.asked && (then?.kind !== 'private' || then.asked);
  });
  return [...new Set([...read, ...over].map(({ key }) => key))];
}

/**
 * Notes an alert about a conversation; false when there was one just before, which does for both.
 * @param alerted times of the alerts, in ms
 */
export function isAlertDue(
  alerted: Map<ConversationKey, number>,
  key: ConversationKey,
  now: number,
): boolean {
  const isDue = now - (alerted.get(key) ?? -Infinity) >= BURST_MS;
  if (isDue) alerted.set(key, now);
  return isDue;
}

/**
 * Makes the one notification of a conversation: a newer one takes the place of the one before, and says how much there is. The
 * mark of somebody who can be taken for another comes first: what is too long is cut.
 * @param isAlert false to do so in silence
 */
export function noticeOf(
  conversation: Conversation,
  phrases: Omit<Phrases, 'list'>,
  isAlert: boolean,
): Notice {
  const { text, lazy, alike } = phrases;
  const { key } = conversation;
  const name = conversation.kind === 'room' ? text.list.room : conversation.login;
  const calls = callsOf(conversation);
  const last = conversation.log.all.findLast(({ kind }) => kind === 'said');
  const named = conversation.kind !== 'room' ? conversation.login : last && 'login' in last ? last.login : '';
  const marks = lookAlikesInWords([named], alike, lazy);
  const place = conversation.kind === 'direct' ? { to: conversation.login } : { at: key };
  return {
    title: calls > 1 ? `${name} (${calls})` : name,
    body: shorten([...marks, bodyOf(conversation, text, lazy)].join('\n')),
    tag: key,
    place: `#${new URLSearchParams(place)}`,
    renotify: isAlert,
  };
}

/** Returns the text of a notification: the last message, or what became of a private connection: a request is no old message. */
export function bodyOf({ log }: Conversation, { list }: Catalogue, lazy: LazyCatalogue): string {
  const last = log.all.findLast(({ kind }) => kind === 'said' || kind === 'note' || kind === 'raw');
  if (last?.kind === 'said') return list.last(last.login, last.text);
  if (last?.kind === 'raw') return last.form === 'text' ? last.text : lazy.private.bytes;
  if (last?.kind !== 'note') return '';
  const words = lazy.private[last.note];
  return typeof words === 'string' ? words : words(last.login);
}

/** Asks the browser to allow notifications; false when it does not. */
export async function allowNotifications(): Promise<boolean> {
  try {
    return (await Notification.requestPermission()) === 'granted';
  } catch {
    // There are no notifications, or nothing may ask for them here.
    return false;
  }
}

let audio: AudioContext | undefined;

/** Two soft notes, made here: there is no file to load. */
export function chime(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
    const start = audio.currentTime;
    note(audio, 660, start);
    note(audio, 880, start + 0.12);
  } catch {
    // The device has no sound.
  }
}

/** Plays one note. @param at time it begins, in seconds of the audio clock */
function note(context: AudioContext, hertz: number, at: number): void {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.4);
}
