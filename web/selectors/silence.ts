/** Silences those who are not to be heard: nothing is announced for them, read aloud or shown as a notification. */
import { isOnIgnoreList } from '../state/ignore-list.ts';
import type { Conversation, State } from '../state/state.ts';

/** True when what `login` says in this conversation calls nobody. */
export function isSilenced(state: State, { muted }: Conversation, login: string): boolean {
  return muted === true || isOnIgnoreList(state, login);
}
