/** Picture of a login: its coat and its letter. */
import { loginKey } from '../../shared/protocol/login.ts';

/** Index of a person's coat: the same for logins that are the same (D8), and between 0 and `count - 1`. */
export function avatarIndex(login: string, count: number): number {
  let hash = 0;
  for (const character of loginKey(login)) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}

/** Segmenter, made when first needed: making one takes longer than the join screen may. */
let graphemes: Intl.Segmenter | undefined;

/** The first letter as a person sees it, for the picture beside a name. */
export function initialOf(login: string): string {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const [first] = graphemes.segment(login);
  return first?.segment.toUpperCase() ?? '?';
}
