import { isHere } from '../../state/presence.ts';
import type { Conversation, State } from '../../state/state.ts';
import { useLazyTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { WhoIsHere } from '../people/who-is-here.tsx';

/** Line below the name of a conversation: who reads it. */
export function About({ conversation, state }: { conversation: Conversation; state: State }) {
  const { text } = useLazyTools();
  if (conversation.kind === 'room') return <WhoIsHere state={state} />;
  const { kind, login } = conversation;
  if (kind === 'private') return <FreshText>{text.private.about}</FreshText>;
  return <FreshText>{isHere(state, login) ? text.direct.about(login) : text.direct.absent(login)}</FreshText>;
}
