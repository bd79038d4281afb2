/** Names that a person takes for one another: D7 lets them in, and the page tells them apart. */
import { loginKey } from '../../shared/login.ts';
import type { Online } from './state.ts';

/** Letters, each with the Latin one that it is drawn as, or that it is taken for. */
const DRAWN_ALIKE =
  'аa вb сc ԁd еe ԍg һh нh іi ӏi јj кk мm пn оo рp ԛq гr ѕs тt уy ѵv ԝw хx ьb ' +
  'αa βb εe γy ηn ιi κk μm νv οo ρp τt υu χx ζz ϲc ϳj ' +
  'օo սu հh ոn ցg յj li 1i ıi 0o ɑa ɡg';
const LATIN = new Map(DRAWN_ALIKE.split(' ').map((pair) => Array.from(pair) as [string, string]));

/** Alphabets whose letters are taken for Latin ones. */
const OTHERS = /[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}]/u;
const LATIN_LETTER = /\p{sc=Latn}/u;

/** Whether a name mixes alphabets whose letters are taken for one another. */
export function mixesAlphabets(login: string): boolean {
  return OTHERS.test(login) && LATIN_LETTER.test(login);
}

const outlines = new Map<string, string>();
/** Outlines remembered: of thousands who are here, one comes or goes at a time. */
const MAX_OUTLINES = 20_000;

/** What a name is drawn as, more or less: the same for names that are taken for one another. */
export function outlineOf(login: string): string {
  const known = outlines.get(login);
  if (known !== undefined) return known;
  const plain = login.normalize('NFKC').toLowerCase().replaceAll(/ +/g, ' ');
  const outline = Array.from(plain, (letter) => LATIN.get(letter) ?? letter).join('');
  if (outlines.size >= MAX_OUTLINES) outlines.clear();
  outlines.set(login, outline);
  return outline;
}

const twins = new WeakMap<Online, ReadonlySet<string>>();

/** Whether somebody else who is here has a name that looks the same. */
export function hasTwin(login: string, online: Online): boolean {
  let found = twins.get(online);
  if (!found) twins.set(online, (found = twinsAmong(online)));
  return found.has(loginKey(login));
}

function twinsAmong(online: Online): ReadonlySet<string> {
  const first = new Map<string, string>();
  const found = new Set<string>();
  for (const [key, login] of online) {
    const outline = outlineOf(login);
    const other = first.get(outline);
    if (other === undefined) first.set(outline, key);
    else found.add(other).add(key);
  }
  return found;
}
