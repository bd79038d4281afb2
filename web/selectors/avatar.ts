/** Picture of a login: its coat and its letter. */
import { loginKey } from '../../shared/protocol/login.ts';

/** Index of a person's coat: the same for logins that are the same (D8), and between 0 and `count - 1`. */
export function avatarIndex(login: string, count: number): number {
  // FNV-1a, and then the finaliser of MurmurHash3, which brings every bit of the name into the lowest.
  const key = loginKey(login);
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % count;
}

/** Segmenter, made when first needed: making one takes longer than the join screen may. */
let graphemes: Intl.Segmenter | undefined;

/** The first letter as a person sees it, for the picture beside a name. */
export function initialOf(login: string): string {
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const [first] = graphemes.segment(login);
  return first?.segment.toUpperCase() ?? '?';
}
