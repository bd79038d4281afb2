import { useMemo } from 'preact/hooks';
import { loginKey } from '../../../shared/protocol/login.ts';
import { findPeople } from '../../selectors/find-people.ts';
import type { State } from '../../state/state.ts';
import { useLazyTools, useTools } from '../base/context.ts';
import { Live } from '../base/live.tsx';

/** Names in the line, at most: it is cut where there is no more room. */
const NAMED = 20;

/** Number of those who are here, and who: `14 here · Inès, Tom, …`. */
export function WhoIsHere({ state: { online, phase } }: { state: State }) {
  const { locale } = useTools();
  const { text } = useLazyTools();
  const self = phase.kind === 'inside' ? loginKey(phase.login) : '';
  const names = useMemo(
    () =>
      findPeople(online, '', locale)
        .filter((login) => loginKey(login) !== self)
        .slice(0, NAMED)
        // Each name is isolated, so that one written from right to left does not turn the line around.
        .map((login) => `\u2068${login}\u2069`)
        .join(', '),
    [online, locale, self],
  );
  const count = text.people.here(online.size);
  return (
    <span translate={false}>
      <Live>{names ? `${count} · ${names}` : count}</Live>
    </span>
  );
}
