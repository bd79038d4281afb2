/** Whose names may be meant. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { Entry } from '../state/entries.ts';
import { activeConversation, type State } from '../state/state.ts';

/** Authors are taken from so many of the last entries. */
const NEWEST = 500;

/** Everyone but ourselves: who spoke last here first, then those one has conversations with, then who is online. */
export function knownNames(state: State): readonly string[] {
  const { all } = activeConversation(state).log;
  const authors = all.slice(-NEWEST).flatMap((entry) => (entry.kind === 'said' ? [entry.login] : []));
  const partners = state.conversations.flatMap((one) => (one.kind === 'room' ? [] : [one.login]));
  const names = new Map<string, string>();
  for (const login of [
    ...authors.reverse(),
    ...partners,
    ...state.online.values(),
    ...state.ignoreList.values(),
  ]) {
    const key = loginKey(login);
    if (!names.has(key)) names.set(key, login);
  }
  if (state.phase.kind === 'inside') names.delete(loginKey(state.phase.login));
  return [...names.values()];
}

/** Everyone whose name stands in a log: who wrote, who came, who left. */
export function namesIn(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const entry of entries) {
    if ('login' in entry) names.add(entry.login);
    if (entry.kind === 'presence') for (const login of [...entry.joined, ...entry.left]) names.add(login);
  }
  return names;
}

/** A name like this one that nobody here has, nor the person of this page, for an example that can be copied. */
export function freeName(name: string, { online, lastName }: Pick<State, 'online' | 'lastName'>): string {
  const isTaken = (one: string) => online.has(loginKey(one)) || loginKey(one) === loginKey(lastName);
  let free = name;
  for (let number = 2; isTaken(free); number++) free = `${name}${number}`;
  return free;
}
