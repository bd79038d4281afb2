/** How a login looks beside what it says. */
import { loginKey } from '../../shared/login.ts';

/** The seed of a person's colour: the same for logins that are the same (D8), and between 0 and `count - 1`. */
export function coatOf(login: string, count: number): number {
  let hash = 0;
  for (const character of loginKey(login)) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The first letter as a person sees it, for the picture beside a name. */
export function initialOf(login: string): string {
  const [first] = graphemes.segment(login);
  return first?.segment.toUpperCase() ?? '?';
}
