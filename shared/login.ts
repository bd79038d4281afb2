/** Which logins may be taken: one rule, for the server that decides and the page that explains (D7, D8). */
import { byteLength } from './frame.ts';
import { MAX_LOGIN_BYTES } from './protocol.ts';

export type LoginVerdict = 'fine' | 'empty' | 'too-long' | 'invisible' | 'edge-space';

// Control (Cc), format (Cf: the bidirectional and most zero-width characters are there), lone surrogates, line and
// paragraph separators, and what else is drawn with no width, such as fillers and variation selectors. Any of them
// would let two different logins look the same.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const EDGE_SPACE = /^\p{White_Space}|\p{White_Space}$/u;

/** Whether a login may be taken at all, and if not, why (D7). Only the server knows whether it is free. */
export function judgeLogin(login: string): LoginVerdict {
  if (login === '') return 'empty';
  if (INVISIBLE.test(login)) return 'invisible';
  if (EDGE_SPACE.test(login)) return 'edge-space';
  return byteLength(login) > MAX_LOGIN_BYTES ? 'too-long' : 'fine';
}

/** The form in which two logins are compared: they are the same when their NFC forms are (D8). */
export function loginKey(login: string): string {
  return login.normalize('NFC');
}
