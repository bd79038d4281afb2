/** Finds what ignored people wrote and asked in conversations that are not in the list; of a lazy part, pure. */
import { loginKey } from '../../shared/protocol/login.ts';
import type { Entry } from './entries.ts';
import { isOnIgnoreList, unignore } from './ignore-list.ts';
import type { Conversation, ConversationKey, State } from './state.ts';

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
