/** People who are here (D28); pure. */
import { loginKey } from '../../shared/protocol/login.ts';
import { addEntry, patch } from './conversations.ts';
import { hasContent, type PresenceChange } from './entries.ts';
import { Log } from './log.ts';
import type { Private } from './private-state.ts';
import { findConversation, type ConversationKey, type Direct, type Online, type State } from './state.ts';

/** Interval within which comings and goings are told together, in ms. */
const TOGETHER_MS = 5 * 60_000;

export function onlineOf(logins: readonly string[]): Online {
  return new Map(logins.map((login) => [loginKey(login), login]));
}

/** False for someone who is known not to be here. */
export function isHere({ online, synced }: State, login: string): boolean {
  return !synced || online.has(loginKey(login));
}

/** Catches up with everyone who is here now, when some may have left and joined unheard. */
export function catchUp(state: State, logins: readonly string[], at: number): State {
  const now = onlineOf(logins);
  const missingIn = (one: Online, other: Online) =>
    [...one].flatMap(([key, login]) => (other.has(key) ? [] : [login]));
  const left = missingIn(state.online, now);
  const joined = missingIn(now, state.online);
  return left.length + joined.length > 0 ? comeAndGo(state, left, joined, at) : state;
}

/**
 * Takes in who left and who joined: the room says so, in one line for what happens close together; and so does, from when
 * the other leaves, what was said between two: whoever comes next may only have the name, and is not at the other end of a
 * private connection that goes on (D22).
 */
export function comeAndGo(
  state: State,
  told: readonly string[],
  joined: readonly string[],
  at: number,
): State {
  const online = new Map(state.online);
  // After an interruption it is told of all who left, among them some who came meanwhile.
  const left = told.filter((login) => online.delete(loginKey(login)));
  // The page's own login is in its list, and may be told besides.
  const news = joined.filter((login) => online.get(loginKey(login)) !== login);
  if (left.length + news.length === 0) return state;
  for (const login of news) online.set(loginKey(login), login);
  const [gone, came] = [onlineOf(left), onlineOf(news)];
  const next = addChange({ ...state, online }, 'room', left, news, at);
  return next.conversations.reduce((before, one) => {
    if (one.kind === 'room') return before;
    const other = loginKey(one.login);
    const isGone = gone.has(other);
    if (!isGone && !came.has(other)) return before;
    const after = one.kind === 'direct' && isGone ? withoutWaiting(before, one) : before;
    if (!one.log.all.some(hasContent)) return after;
    const last = one.log.all.findLast((entry) => entry.kind === 'presence');
    const hasLeft = isGone || last?.joined.length === 0;
    return addChange(after, one.key, listed(gone.get(other)), hasLeft ? listed(came.get(other)) : [], at);
  }, next);
}

/** Sends nobody else what waits for one who has left: the person decides. */
export function withoutWaiting(state: State, { key, outgoing }: Direct | Private): State {
  if (outgoing.length === 0) return state;
  const kept = outgoing.map((one) =>
    one.state === 'waiting' ? { ...one, state: 'not-sent' as const } : one,
  );
  return patch(state, key, { outgoing: kept });
}

function listed(login: string | undefined): readonly string[] {
  return login === undefined ? [] : [login];
}

/** Says in a conversation who left and who joined. */
function addChange(
  state: State,
  key: ConversationKey,
  left: readonly string[],
  joined: readonly string[],
  at: number,
): State {
  if (left.length + joined.length === 0) return state;
  const all = findConversation(state, key)?.log.all ?? [];
  const last = all.at(-1);
  if (last?.kind !== 'presence' || at - last.at >= TOGETHER_MS)
    return addEntry(state, key, { kind: 'presence', joined, left, at });
  const merged = merge(last, left, joined);
  return patch(state, key, { log: new Log(all.slice(0, -1), merged ? [merged] : []) });
}

/**
 * Adds to a line those who left and joined since. Those who were here for a moment only are left out; those who left stay, also
 * when somebody has come under their name, and come first, where a line names only some: it need not be they. Null when it is
 * empty.
 */
function merge(
  last: PresenceChange,
  left: readonly string[],
  joined: readonly string[],
): PresenceChange | null {
  const [came, went] = [new Set(last.joined), new Set(last.left)];
  for (const login of left) if (!came.delete(login)) went.add(login);
  for (const login of joined) came.add(login);
  if (came.size + went.size === 0) return null;
  const back = [...went].filter((login) => came.has(login));
  return { ...last, joined: [...new Set([...back, ...came])], left: [...new Set([...back, ...went])] };
}
