/** Tells names apart that look the same. */
import { useLayoutEffect, useMemo } from 'preact/hooks';
import { loginKey } from '../../../shared/protocol/login.ts';
import type { LookAlikes } from '../../../shared/protocol/look-alikes.ts';
import { lookAlikesIn } from '../../selectors/look-alikes.ts';
import { selfOf, type State } from '../../state/state.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { named } from '../base/icon-button.tsx';
import { watched } from '../base/watched.ts';
import { useShownOnline } from './shown-online.ts';

/** As of the people who are known now. Names are shown in many places, and hardly any of them has a mark. */
export const knownLookAlikes = watched<LookAlikes>(new Map());

/**
 * Shows nothing: finds them. The mark of what somebody has said under the name of another stays when one of the two has left.
 */
export function LookAlikeFinder({ state }: { state: State }) {
  const online = useShownOnline();
  const partners = state.conversations.map((one) => (one.kind === 'room' ? '' : one.login)).join('\n');
  // Whoever has spoken since was here.
  const found = useMemo(() => lookAlikesIn(state, online), [online, partners, selfOf(state)]);
  useLayoutEffect(() => {
    if (found.size + knownLookAlikes.value.size > 0) knownLookAlikes.set(found);
  }, [found]);
  return null;
}

/** A mark beside a name that looks like another one, which it says. */
export function LookAlike({ login }: { login: string }) {
  const { lookAlike } = useLazyTools().text.people;
  const other = knownLookAlikes.use((all) => all.get(loginKey(login)));
  if (other === undefined) return null;
  const words = other === null ? lookAlike.mixed : lookAlike.other(other);
  return (
    <span class="look-alike" role="img" {...named(words)}>
      ≈
    </span>
  );
}
