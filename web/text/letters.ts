/** Letters of a text as a person sees them. */

let segmenter: Intl.Segmenter | undefined;

/**
 * A text in letters as a person sees them, in order; in code points where the browser cannot tell (Firefox before 125): a
 * letter with its accents, or an emoji, may then be several.
 */
export function lettersOf(text: string): string[] {
  if (!('Segmenter' in Intl)) return Array.from(text);
  // When first needed: making one takes longer than the join screen may.
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
