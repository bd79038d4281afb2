/** People who are here (D28); pure. */
import { loginKey } from '../../shared/protocol/login.ts';
import { addEntry, patch } from './conversations.ts';
import type { PresenceChange } from './entries.ts';
import { Log } from './log.ts';
import type { Online, State } from './state.ts';

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

/** Takes in who left and who joined: the room says so, in one line for what happens close together. */
export function comeAndGo(
  state: State,
  left: readonly string[],
  joined: readonly string[],
  at: number,
): State {
  const online = new Map(state.online);
  for (const login of left) online.delete(loginKey(login));
  // The page's own login is in its list, and may be told besides.
  const news = joined.filter((login) => online.get(loginKey(login)) !== login);
  if (left.length + news.length === 0) return state;
  for (const login of news) online.set(loginKey(login), login);
  const next = { ...state, online };
  const { all } = state.conversations[0].log;
  const last = all.at(-1);
  if (last?.kind !== 'presence' || at - last.at >= TOGETHER_MS)
    return addEntry(next, 'room', { kind: 'presence', joined: news, left, at });
  const merged = merge(last, left, news);
  const before = all.slice(0, -1);
  return patch(next, 'room', { log: new Log(before, merged ? [merged] : []) });
}

/** Adds to a line those who left and joined since; those who return or leave again cancel out. Null when it is empty. */
function merge(
  last: PresenceChange,
  left: readonly string[],
  joined: readonly string[],
): PresenceChange | null {
  const [came, went] = [new Set(last.joined), new Set(last.left)];
  for (const login of left) if (!came.delete(login)) went.add(login);
  for (const login of joined) if (!went.delete(login)) came.add(login);
  return came.size + went.size > 0 ? { ...last, joined: [...came], left: [...went] } : null;
}
