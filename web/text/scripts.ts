/** Scripts, as far as words are looked for in them: one table. */

const SPACED = 'Latn Grek Cyrl Armn Geor Hebr Arab'.replace(/\w+ ?/g, (name) => `\\p{sc=${name.trim()}}`);

/** A letter or digit of a script in which a word ends at a space; as part of a regular expression. */
export const SPACED_LETTER = `[${SPACED}\\p{Nd}_]`;

/**
 * A letter of a script that puts no space between words, as ideographs, kana and Thai, or that hangs what belongs to a
 * name on to it, as Hangul and Devanagari; and of all that are not known here.
 */
export const UNSPACED_LETTER = `(?!${SPACED_LETTER})[\\p{L}\\p{N}\\p{M}]`;

const spaced = new RegExp(SPACED_LETTER, 'u');
const unspaced = new RegExp(UNSPACED_LETTER, 'u');

/** The character behind a place in a text; `''` at its end. */
export function charAfter(text: string, at: number): string {
  return Array.from(text.slice(at, at + 2))[0] ?? '';
}

/** The character before a place in a text; `''` at its beginning. */
export function charBefore(text: string, at: number): string {
  return Array.from(text.slice(Math.max(0, at - 2), at)).at(-1) ?? '';
}

/** Kind of a character: `spaced` when words with it end at a space; null for what is no part of a word. */
export function kindOf(character: string): 'spaced' | 'unspaced' | null {
  return spaced.test(character) ? 'spaced' : unspaced.test(character) ? 'unspaced' : null;
}
