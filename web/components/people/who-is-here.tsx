import { useMemo } from 'preact/hooks';
import { loginKey } from '../../../shared/protocol/login.ts';
import { findPeople } from '../../selectors/find-people.ts';
import { selfOf, type State } from '../../state/state.ts';
import { useLazyTools } from '../base/context.ts';
import { FreshText } from '../base/fresh-text.tsx';
import { useShownOnline } from './shown-online.ts';

/** Names in the line, at most: it is cut where there is no more room. */
const NAMED = 20;

/** Number of those who are here, and who: `14 here · Inès, Tom, …`. */
export function WhoIsHere({ state }: { state: State }) {
  const { text, locale } = useLazyTools();
  const online = useShownOnline(state);
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
