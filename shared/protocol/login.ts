/** Validates logins: one rule, for the server that decides and the page that explains (D7, D8). */
import { byteLength } from './encoder.ts';
import { MAX_LOGIN_BYTES } from './commands.ts';

export type LoginValidity = 'fine' | 'empty' | 'too-long' | 'invisible' | 'edge-space';

// Any of these would let two different logins look the same. Properties of Unicode cover control (Cc), format (Cf: the
// bidirectional and most zero-width characters are there), lone surrogates, noncharacters, and what is drawn with no
// width, such as fillers and variation selectors. Then come glyphs that are blank by design, which no property covers:
// braille pattern blank, object replacement, hieroglyph full and half blank, Khitan filler, null notehead.
// Private use and unassigned code points are let in: what they look like is their font's affair.
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{NChar}\p{DI}\u2800\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}]|(?! )\p{White_Space}/u;
const EDGE_SPACE = /^ | $/;

/**
 * Checks whether a login may be taken at all, and if not, why (D7). Only the server knows whether it is free. The cheap
 * rules come first: of a text that is too long nothing but the length is read.
 */
export function validateLogin(login: string): LoginValidity {
  if (login === '') return 'empty';
  // A character is from one to three bytes for each of its UTF-16 units.
  if (login.length > MAX_LOGIN_BYTES) return 'too-long';
  if (3 * login.length > MAX_LOGIN_BYTES && byteLength(login) > MAX_LOGIN_BYTES) return 'too-long';
  if (INVISIBLE.test(login)) return 'invisible';
  return EDGE_SPACE.test(login) ? 'edge-space' : 'fine';
}

/** The form in which two logins are compared: they are the same when their NFC forms are (D8). */
export function loginKey(login: string): string {
  return login.normalize('NFC');
}
