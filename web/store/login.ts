/** What can be said about a name before the server is asked. */
import { byteLength } from '../../shared/frame.ts';
import { MAX_LOGIN_BYTES } from '../../shared/protocol.ts';

export type LoginVerdict = 'fine' | 'empty' | 'too-long' | 'invisible';

// D7: controls, format characters (zero-width and bidirectional ones are among them), line separators, lone surrogates.
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Judges a name as it will be proposed. The server has the last word; a name that is taken only it can know. */
export function judgeLogin(login: string): LoginVerdict {
  if (login === '') return 'empty';
  if (FORBIDDEN.test(login)) return 'invisible';
  return byteLength(login) > MAX_LOGIN_BYTES ? 'too-long' : 'fine';
}

/** The seed of a person's colour: the same for logins that are the same (D8), and between 0 and `count - 1`. */
export function coatOf(login: string, count: number): number {
  let hash = 0;
  for (const character of login.normalize('NFC')) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % count;
}

/** The first letter as a person sees it, for the picture beside a name. */
export function initialOf(login: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(login);
  return first?.segment.toUpperCase() ?? '?';
}
