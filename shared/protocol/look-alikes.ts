/** Names that look like others, and are not: for telling them apart, by a small table. */

/** Letters drawn like another one, each before that one; of the confusables of Unicode (UTS 39). */
const TABLE =
  // Cyrillic
  'аa еe іi јj оo рp сc уy хx һh ѕs ԁd ԛq ԝw ѵv ӏl кk АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ӀI ' +
  // Greek
  'αa γy ιi κk νv οo ρp υu χx ϲc ϳj ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ' +
  // Latin, and digits
  'ɑa ɡg ıi 0O';
const LIKE: ReadonlyMap<string, string> = new Map(
  TABLE.split(' ').map((pair) => [pair.charAt(0), pair.charAt(1)]),
);

/** Most looks that are kept. */
const KEPT = 5_000;
const looks = new Map<string, string>();

/** Look of a name: equal for two names that can hardly be told apart. Those of everyone are asked for whenever one comes. */
function lookOf(name: string): string {
  let look = looks.get(name);
  if (look === undefined) {
    if (looks.size >= KEPT) looks.clear();
    looks.set(name, (look = drawn(name)));
  }
  return look;
}

/** Dashes as short as a hyphen, and apostrophes: each as the keyboard has it. The acute accent is a space and a mark in NFKD. */
const DASHES = /[\u2010-\u2013\u2212\u02d7]/g;
const APOSTROPHES = /[\u2018\u2019\u2032\u02b9\u02bb-\u02bd`\u00b4]/g;

function drawn(name: string): string {
  const plain = name.replace(APOSTROPHES, "'").normalize('NFKD').replace(DASHES, '-');
  const letters = Array.from(plain, (letter) => LIKE.get(letter) ?? letter).join('');
  const merged = letters.replace(/[I1|]/g, 'l').replaceAll('rn', 'm').replaceAll('vv', 'w');
  // A page draws several spaces as one.
  return merged.replace(/\s+/g, ' ').normalize('NFC');
}

/** Alphabets whose letters look alike: nobody's name needs two of them. */
const ALPHABETS = [/\p{sc=Latn}/u, /\p{sc=Cyrl}/u, /\p{sc=Grek}/u, /\p{sc=Armn}/u, /\p{sc=Cher}/u];

/** Look-alikes by name: the other one that looks the same, or null for a name that only mixes alphabets. */
export type LookAlikes = ReadonlyMap<string, string | null>;

/** Names that look like another, or mix alphabets that look alike. @param names each once */
export function lookAlikesAmong(names: Iterable<string>): LookAlikes {
  const found = new Map<string, string | null>();
  const byLook = new Map<string, string>();
  for (const name of names) {
    // Most names are plain, and many can come at once: these mix nothing.
    if (/[^\0-\x7f]/.test(name) && ALPHABETS.filter((letter) => letter.test(name)).length > 1)
      found.set(name, null);
    const look = lookOf(name);
    const other = byLook.get(look);
    if (other === undefined) byLook.set(look, name);
    else found.set(name, other).set(other, name);
  }
  return found;
}
