import { loginKey } from '../../../shared/protocol/login.ts';
import { useLazyTools } from '../base/lazy-tools.ts';
import { knownLookAlikes } from './look-alike.tsx';

/**
 * Returns what joins names for a sentence: of more than `most`, the first, and how many there are beside them. Who can be
 * taken for another has the mark for it.
 */
export function useNames(most: number): (names: readonly string[]) => string {
  const { text, region } = useLazyTools();
  const alike = knownLookAlikes.use((all) => all);
  return (names) => {
    // Each name is isolated, so that one written from right to left does not turn the sentence around.
    const some = names
      .slice(0, most)
      .map((name) => `\u2068${name}\u2069${alike.has(loginKey(name)) ? ' ≈' : ''}`);
    const more = names.length - most;
    return more > 0 ? text.people.others(some.join(', '), more) : new Intl.ListFormat(region).format(some);
  };
}
