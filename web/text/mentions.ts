/** Mentions: tells whether a text calls someone, by `@name`, or by the name as a word of its own. */
import { fold } from './fold.ts';
import { charAfter, charBefore, kindOf } from './scripts.ts';

/** Characters of the letter before them: marks, modifiers and joiners of emoji, later parts of a Hangul syllable. */
const OF_THE_SAME_LETTER = /^[\p{M}\p{EMod}\u200d\u1160-\u11ff]/u;

/** Code, as format.ts has it, but for that within a quote: a name in it calls nobody. */
export const CODE =
  /(?<![^\n])```[^`\n]*\n(?:[^]*?\n)??```(?=[ \t]*(?![^\n]))|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g;

/**
 * Names are compared as `fold` has them. After `@` the longest name that is known is meant, and where a script puts no
 * space behind a name, anything may follow: `@太郎さん`, `@bobさん`, `@रामजी`.
 *
 * @param others the names that may be meant
 */
export function mentions(text: string, login: string, others: Iterable<string> = []): boolean {
  return calls(text, login, others) && (!text.includes('`') || calls(text.replace(CODE, '`'), login, others));
}

function calls(text: string, login: string, others: Iterable<string>): boolean {
  const name = fold(login).trim();
  // The name is nothing but an accent.
  if (!name) return text.includes(login);
  const said = fold(text);
  for (let at = said.indexOf(name); at >= 0; at = said.indexOf(name, at + 1)) {
    const end = at + name.length;
    // In an address, as of mail, the name is a word like others.
    const after = said[at - 1] === '@' && kindOf(charBefore(said, at - 1)) !== 'spaced';
    if (after ? endsAfter(said, end) && !isOther(said, at, name, others) : isWord(said, at, end)) return true;
  }
  return false;
}

function isWord(said: string, at: number, end: number): boolean {
  return (
    !goesOn(charAfter(said, at), charBefore(said, at)) &&
    !goesOn(charBefore(said, end), charAfter(said, end)) &&
    !OF_THE_SAME_LETTER.test(said.slice(end))
  );
}

/** Tells whether a name that ends at `own` goes on with its neighbour. Another script is another word: `bobさん`. */
function goesOn(own: string, neighbour: string): boolean {
  const [kind, next] = [kindOf(own), kindOf(neighbour)];
  return next !== null && (kind === null || kind === next);
}

/** Tells whether a name that was called by `@` can end here. */
function endsAfter(said: string, end: number): boolean {
  const goes = kindOf(charBefore(said, end)) === 'spaced' && kindOf(charAfter(said, end)) === 'spaced';
  return !goes && !OF_THE_SAME_LETTER.test(said.slice(end));
}

/** Tells whether a longer name stands here, so that another person is called. */
function isOther(said: string, at: number, name: string, others: Iterable<string>): boolean {
  for (const login of others) {
    const other = fold(login);
    if (other.length > name.length && said.startsWith(other, at) && endsAfter(said, at + other.length))
      return true;
  }
  return false;
}
