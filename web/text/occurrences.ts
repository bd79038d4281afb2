/** Finds where a text holds what is looked for, whatever its case, accents and widths. */
import { fold } from './fold.ts';

/** Every place of `sought` in a text, from and to as indexes of the text; none for an empty `sought`. */
export function occurrences(text: string, sought: string): readonly (readonly [from: number, to: number])[] {
  const wanted = fold(sought);
  if (wanted === '' || !fold(text).includes(wanted)) return [];
  const { folded, places } = mapped(text);
  const found: [number, number][] = [];
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
    found.push([places[at]!, endOfLetter(text, places[at + wanted.length - 1]!)]);
  }
  return found;
}

/** A text as it is compared, and where each of its characters comes from. */
function mapped(text: string): { folded: string; places: number[] } {
  const places: number[] = [];
  let folded = '';
  let at = 0;
  for (const character of text) {
    const part = fold(character);
    for (let index = 0; index < part.length; index++) places.push(at);
    folded += part;
    at += character.length;
  }
  return { folded, places };
}

/** Index behind the letter at `at`: its accents, which are not compared, belong to it. */
function endOfLetter(text: string, at: number): number {
  return at + /^[^][\p{M}\ufe0f]*/u.exec(text.slice(at, at + 16))![0].length;
}

/** Rank of what was found: the name itself comes before those that begin with what was typed, and these before the others. */
export function rankOf(name: string, typed: string): number {
  return name === typed ? 0 : name.startsWith(typed) ? 1 : 2;
}
