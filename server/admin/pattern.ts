/**
 * Login patterns: `*` stands for anything, case does not count, and logins are compared in their NFC form (D8). They meet
 * what strangers propose, so nothing here backtracks: a match takes at most length of pattern times length of login steps.
 */

/** A pattern, or a login, as it is compared: NFC, case folded, one string for each code point. */
export type Folded = readonly string[];

/** Folds a text for comparison. */
export function fold(text: string): Folded {
  return Array.from(text.normalize('NFC'), foldPoint);
}

/** Folds a pattern, in which several `*` in a row say no more than one. */
export function foldPattern(pattern: string): Folded {
  return fold(pattern.replaceAll(/\*+/g, '*'));
}

/** Tells whether a login matches a pattern, both folded. Only the last `*` ever has to be tried again. */
export function matches(pattern: Folded, login: Folded): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let read = 0; read < login.length;) {
    // The `*` of a pattern is asked for first: a login may hold one, too.
    if (pattern[at] === '*') {
      star = at++;
      resumeAt = read;
    } else if (at < pattern.length && pattern[at] === login[read]) {
      at++;
      read++;
    } else if (star >= 0) {
      at = star + 1;
      read = ++resumeAt;
    } else return false;
  }
  return at === pattern.length || (at === pattern.length - 1 && pattern[at] === '*');
}

/**
 * Simple case folding of Unicode, which the language has in regular expressions only. What has no single code point in
 * the other case, such as ß, stays by itself; so does the dotless ı, whose capital is another letter's.
 */
function foldPoint(point: string): string {
  if (point === '\u0131') return point;
  const upper = single(point.toUpperCase()) ?? point;
  return single(upper.toLowerCase()) ?? single(point.toLowerCase()) ?? point;
}

function single(text: string): string | null {
  return text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff) ? text : null;
}
