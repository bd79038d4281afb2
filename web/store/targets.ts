/** Where one can go: conversations, and people who are here. */
import { loginKey } from '../../shared/login.ts';
import { directKey, type ConversationKey, type State } from './state.ts';

export interface Target {
  readonly kind: 'room' | 'direct' | 'private';
  readonly name: string;
  /** Null for a person with whom there is no conversation yet. */
  readonly key: ConversationKey | null;
  readonly unread: number;
}

/** Most at once. */
const MOST = 50;

/** Those whose name holds the query: where something is unread first, then other conversations, then people. */
export function findTargets(state: State, query: string, room: string): readonly Target[] {
  const conversations = state.conversations.map((one): Target => ({
    kind: one.kind,
    name: one.kind === 'room' ? room : one.login,
    key: one.key,
    unread: one.unread,
  }));
  const known = new Set<string | null>(conversations.map(({ key }) => key));
  const self = state.phase.kind === 'inside' ? directKey(state.phase.login) : null;
  const people = [...state.online.values()]
    .filter((login) => !known.has(directKey(login)) && directKey(login) !== self)
    .sort((one, other) => one.localeCompare(other))
    .map((name): Target => ({ kind: 'direct', name, key: null, unread: 0 }));
  const wanted = fold(query.trim());
  return [...conversations.sort((one, other) => Number(other.unread > 0) - Number(one.unread > 0)), ...people]
    .filter(({ name }) => fold(name).includes(wanted))
    .slice(0, MOST);
}

function fold(text: string): string {
  return loginKey(text).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
