/** Counts of what is unread, and what calls nobody: it is neither read aloud nor shown as a notification. */
import type { Conversation, State } from '../state/state.ts';
import { isOnIgnoreList } from '../state/ignore-list.ts';

/** Number of unread messages meant for this person: those of the room that name them, and all others; none when muted. */
export function callsOf({ kind, unread, mentions, muted }: Conversation): number {
  return muted ? 0 : kind === 'room' ? mentions : unread;
}

/** Number of unread messages in all conversations that are not muted. */
export function totalUnread(state: State): number {
  return state.conversations.reduce((sum, { unread, muted }) => sum + (muted ? 0 : unread), 0);
}

/** True when what `login` says in this conversation calls nobody. */
export function isSilenced(state: State, { muted }: Conversation, login: string): boolean {
  return muted === true || isOnIgnoreList(state, login);
}
