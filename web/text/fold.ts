/** One way to take letters as the same, for all that is looked for by name: people, places to go, proposals, mentions. */

/** Marks on a letter; a kana with a voicing mark is a letter of its own, and so is one with a vowel sign. */
const ON_A_LETTER = /(?=\p{M})[^\P{Diacritic}\u3099\u309a]/gu;

/**
 * Removes case, accents, and widths: `ZOE` is `Zoé`, `ibrahim` is `İbrahim`, `＠` is `@`. In Unicode's decomposed form,
 * so that a syllable of Hangul begins with what was typed of it.
 */
export function fold(text: string): string {
  // Most texts are plain, and every message of the room comes by here.
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFKD').replace(ON_A_LETTER, '');
  // Upper case first: some letters, as ß and ı, have two lower cases.
  return plain.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
