/** Length of a text, in the characters that people count. */
import type { LazyCatalogue } from '../../i18n/catalogue.ts';

const letters = new Intl.Segmenter();
/** Longest text, in UTF-16 units, whose characters are told apart as people see them: of more, nobody counts each. */
const COUNTED = 16_384;

/**
 * Says how much room is left, or by how much a text is too long: in characters first, then in the bytes that the limit is in.
 * @param left bytes that are left; negative when it is too long
 */
export function lengthInWords(text: string, left: number, words: LazyCatalogue['composer']): string {
  return left < 0 ? words.over(charactersOver(text, -left), -left) : words.left(left);
}

/** Number of characters at the end that have to go, so that at least `bytes` do. */
export function charactersOver(text: string, bytes: number): number {
  const encoder = new TextEncoder();
  const whole =
    text.length > COUNTED ? Array.from(text) : Array.from(letters.segment(text), ({ segment }) => segment);
  let count = 0;
  for (let rest = bytes; rest > 0 && count < whole.length; count++)
    rest -= encoder.encode(whole[whole.length - 1 - count]).length;
  return count;
}
