/** Ignoring people, on this page only: nobody is told, nothing is lost, and all of it can be taken back; pure. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { Entry, IgnoredSaid, Said } from './entries.ts';
import { Log } from './log.ts';
import type { Private } from './private-state.ts';
import { isSelf, type Conversation, type State, type ConversationKey } from './state.ts';

/** True for a person who is ignored; logins that are the same (D8) are one person. */
export function isOnIgnoreList({ ignoreList }: Pick<State, 'ignoreList'>, login: string): boolean {
  return ignoreList.has(loginKey(login));
}

/** True while a person's request waits for our answer: that of one who is ignored does not. */
export function asksUs(
  { asked, login }: Pick<Private, 'asked' | 'login'>,
  state: Pick<State, 'ignoreList'>,
): boolean {
  return asked && !isOnIgnoreList(state, login);
}

/** Ignores a person from now on, and what they have said; nobody can ignore themselves. */
export function ignore(state: State, login: string): State {
  if (isSelf(state, login)) return state;
  return withIgnoreList(state, new Map(state.ignoreList).set(loginKey(login), login));
}

/** Stops ignoring a person: what they said meanwhile is shown, and is not news. */
export function unignore(state: State, login: string): State {
  const ignoreList = new Map(state.ignoreList);
  return ignoreList.delete(loginKey(login)) ? withIgnoreList(state, ignoreList) : state;
}

/** Ignores exactly these people, in what was said as well. */
export function withIgnoreList(state: State, ignoreList: State['ignoreList']): State {
  const [room, ...others] = state.conversations;
  const conversations: State['conversations'] = [
    marked(room, ignoreList),
    ...others.map((other) => marked(other, ignoreList)),
  ];
  return { ...state, ignoreList, conversations };
}

function marked<C extends Conversation>(conversation: C, ignoreList: State['ignoreList']): C {
  const { all } = conversation.log;
  const other = conversation.kind === 'room' ? '' : conversation.login;
  const entries = all.map((entry) => markedEntry(entry, ignoreList, other));
  const { unread, mentions } = unreadOf(conversation, ignoreList);
  const isSame = unread === conversation.unread && entries.every((entry, index) => entry === all[index]);
  return isSame ? conversation : { ...conversation, log: new Log(entries), unread, mentions };
}

/**
 * An entry as it is kept: what ignored people said is kept apart.
 * @param other who is at the other end of the conversation: raw data is theirs
 */
export function markedEntry(entry: Entry, ignoreList: State['ignoreList'], other: string): Entry {
  if (entry.kind === 'raw')
    return ignoreList.has(loginKey(other)) ? { ...entry, kind: 'ignored', login: other, mine: false } : entry;
  if (entry.kind !== 'said' && entry.kind !== 'ignored') return entry;
  const ignored = !entry.mine && ignoreList.has(loginKey(entry.login));
  if (ignored === (entry.kind === 'ignored')) return entry;
  if (entry.kind === 'said') return { ...entry, kind: 'ignored' };
  const { id, at, text, form, isUnfinished } = entry;
  if (form === undefined) return { ...entry, kind: 'said' };
  return { kind: 'raw', id, at, form, text, ...(isUnfinished && { isUnfinished }) };
}

type Unread = Pick<Conversation, 'unread' | 'mentions'>;

/** Counts what stays unread: nothing with someone who is ignored; in the room, the last that was news, but for theirs. */
function unreadOf(conversation: Conversation, ignoreList: State['ignoreList']): Unread {
  const { log, unread, mentions } = conversation;
  if (conversation.kind !== 'room')
    return ignoreList.has(loginKey(conversation.login)) ? { unread: 0, mentions: 0 } : { unread, mentions };
  const news = log.all.filter((entry) => entry.kind === 'notice' || (entry.kind === 'said' && !entry.mine));
  const gone = (unread > 0 ? news.slice(-unread) : []).filter(
    (entry): entry is Said => entry.kind === 'said' && ignoreList.has(loginKey(entry.login)),
  );
  const called = gone.filter(({ mention }) => mention);
  return { unread: unread - gone.length, mentions: Math.max(0, mentions - called.length) };
}

/** Messages of ignored people that follow one another, as one line tells of them. */
export function authorsOf(said: readonly IgnoredSaid[]): readonly string[] {
  return [...new Map(said.map(({ login }) => [loginKey(login), login])).values()];
}

/** Number of messages and requests of people who are ignored, or of one of them, in no conversation of the list. */
export function hiddenCount(state: State, login?: string): number {
  const hidden = hiddenIn(state, login).flatMap(({ log }) => log.all.filter(isHidden));
  return hidden.reduce((sum, entry) => sum + ((entry.kind === 'note' && entry.times) || 1), 0);
}

/** The first conversation that holds some of them. */
export function firstHidden(state: State, login: string): ConversationKey | undefined {
  return hiddenIn(state, login)[0]?.key;
}

/** Stops ignoring a person: conversations that their messages and requests did not bring into the list come into it. */
export function unignoreAndShow(state: State, login: string): State {
  const hidden = hiddenIn(state, login);
  const [room, ...others] = state.conversations;
  const shown = others.map((other) => (hidden.includes(other) ? { ...other, closed: false } : other));
  return unignore({ ...state, conversations: [room, ...shown] }, login);
}

function hiddenIn(state: State, login?: string): readonly Conversation[] {
  return state.conversations.filter(
    (one) =>
      one.kind !== 'room' &&
      one.closed &&
      isOnIgnoreList(state, one.login) &&
      (login === undefined || loginKey(one.login) === loginKey(login)) &&
      one.log.all.some(isHidden),
  );
}

function isHidden(entry: Entry): boolean {
  return entry.kind === 'ignored' || (entry.kind === 'note' && entry.note === 'asked');
}
