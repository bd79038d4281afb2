import type { LazyCatalogue } from '../../i18n/catalogue.ts';
import { isHere } from '../../state/presence.ts';
import type { Conversation, State } from '../../state/state.ts';

/** The line below the name of a conversation of two: who reads it. Of the room, it says who is here. */
export function aboutOf(conversation: Conversation, state: State, text: LazyCatalogue): string {
  if (conversation.kind === 'room') return '';
  const { kind, login } = conversation;
  if (kind === 'private') return text.private.about;
  return isHere(state, login) ? text.direct.about(login) : text.direct.away(login);
}
