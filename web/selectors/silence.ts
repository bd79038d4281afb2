/** Who is not to be heard: nothing is announced for them, read aloud or shown as a notice. */
import type { Conversation, State } from '../state/state.ts';

/** True when what `login` says in this conversation calls nobody. */
export function isSilenced(_state: State, _conversation: Conversation, _login: string): boolean {
  return false;
}
