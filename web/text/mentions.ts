/** Whether a text calls someone: `@name`, or the name as a word of its own. */

let known: { readonly login: string; readonly pattern: RegExp } | undefined;

/** Upper and lower case are the same here, and so are the ways to compose a letter (D8). */
export function mentions(text: string, login: string): boolean {
  if (known?.login !== login) known = { login, pattern: patternOf(login) };
  return known.pattern.test(text.normalize('NFC'));
}

function patternOf(login: string): RegExp {
  const name = login.normalize('NFC').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}\\p{M}_])${name}(?![\\p{L}\\p{N}\\p{M}_])`, 'iu');
}
