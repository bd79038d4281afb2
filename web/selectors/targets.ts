/** Lists where one can go: conversations, and people who are here. */
import { validateLogin, loginKey } from '../../shared/protocol/login.ts';
import { fold } from '../text/fold.ts';
import { rankOf } from '../text/occurrences.ts';
import { directKey, type ConversationKey, type State } from '../state/state.ts';
import { findPeople } from './find-people.ts';
import { callsOf } from './unread.ts';

export interface Target {
  readonly kind: 'room' | 'direct' | 'private';
  readonly name: string;
  /** Null for a person with whom there is no conversation yet. */
  readonly key: ConversationKey | null;
  readonly unread: number;
  /** Number of those unread that call this person. */
  readonly calls: number;
}

/** Most at once. */
const MOST = 50;

/** Those whose name holds the query: where something is unread first, then other conversations, then people. */
export function findTargets(state: State, query: string, room: string): readonly Target[] {
  const conversations = state.conversations
    // Of one that was refused nothing is left.
    .filter((one) => one.kind !== 'private' || !one.closed)
    .map((one): Target => ({
      kind: one.kind,
      name: one.kind === 'room' ? room : one.login,
      key: one.key,
      unread: one.muted ? 0 : one.unread,
      calls: callsOf(one),
    }));
  const known = new Set<string | null>(conversations.map(({ key }) => key));
  const self = state.phase.kind === 'inside' ? directKey(state.phase.login) : null;
  const people = findPeople(state.online, query, state.locale)
    .filter((login) => !known.has(directKey(login)) && directKey(login) !== self)
    .map((name): Target => ({ kind: 'direct', name, key: null, unread: 0, calls: 0 }));
  const wanted = fold(query.trim());
  return [...conversations.sort((one, other) => Number(other.unread > 0) - Number(one.unread > 0)), ...people]
    .map((target) => [target, fold(target.name)] as const)
    .filter(([, name]) => name.includes(wanted))
    .sort(([, one], [, other]) => rankOf(one, wanted) - rankOf(other, wanted))
    .slice(0, MOST)
    .map(([target]) => target);
}

/**
 * Someone who is not among the targets can be written to as well, though it may not arrive: the name that was typed,
 * as a target; null when it is none, one's own, or the name of someone who is among them.
 */
export function strangerOf(query: string, targets: readonly Target[], self: string): Target | null {
  const name = query.trim();
  const known = [self, ...targets.flatMap((one) => (one.kind === 'direct' ? [one.name] : []))];
  if (validateLogin(name) !== 'fine' || known.some((login) => loginKey(login) === loginKey(name)))
    return null;
  return { kind: 'direct', name, key: null, unread: 0, calls: 0 };
}
