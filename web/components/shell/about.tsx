import { useMemo } from 'preact/hooks';
import { isHere } from '../../state/presence.ts';
import { type Conversation, type State, selfOf } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { loginKey } from '../../../shared/protocol/login.ts';
import { findPeople } from '../../selectors/find-people.ts';
import { useShownOnline } from '../people/shown-online.ts';

/** Line below the name of a conversation: who reads it. */
export function About({ conversation, state }: { conversation: Conversation; state: State }) {
  const { text } = useLazyTools();
  if (conversation.kind === 'room') return <WhoIsHere state={state} />;
  const { kind, login } = conversation;
  if (kind === 'private') return <FreshText>{text.private.about}</FreshText>;
  return <FreshText>{isHere(state, login) ? text.direct.about(login) : text.direct.absent(login)}</FreshText>;
}

/** Names in the line, at most: it is cut where there is no more room. */
const NAMED = 20;

/** Number of those who are here, and who: `14 here · Inès, Tom, …`. */
function WhoIsHere({ state }: { state: State }) {
  const { text, locale } = useLazyTools();
  const online = useShownOnline();
  const self = loginKey(selfOf(state) ?? '');
  const names = useMemo(
    () =>
      findPeople(online, '', locale)
        // One of them may be oneself.
        .slice(0, NAMED + 1)
        .filter((login) => loginKey(login) !== self)
        .slice(0, NAMED)
        // Each name is isolated, so that one written from right to left does not turn the line around.
        .map((login) => `\u2068${login}\u2069`)
        .join(', '),
    [online, locale, self],
  );
  // Whoever is connected is among them: there is nobody only as long as nothing is known.
  const count = online.size > 0 ? text.people.here(online.size) : '\u00a0';
  return (
    <span translate={false}>
      <FreshText>{names ? `${count} · ${names}` : count}</FreshText>
    </span>
  );
}
