/** Parts of a message that can be clicked. Nothing here makes markup: a view gets pieces, and shows them as text. */
import { SPACED_LETTER, UNSPACED_LETTER } from './scripts.ts';

interface LinkPiece {
  /** Exactly what was written. */
  readonly text: string;
  /** Address it leads to: http, https or mailto, and nothing else. */
  readonly href: string;
}

/** A message in its order: plain text, and links. Together the texts are the message. */
export type Piece = string | LinkPiece;

// Punctuation that ends a link, by the properties of Unicode. Of ASCII it is only what no address holds: `,` and `)`
// can be part of one.
const ASCII = '[\\0-\\x7f]';
/** White space, quotes, angle brackets, and what is invisible: what is read must be where it leads. */
const NEVER = '[\\s<>"`\\p{Cc}\\p{Cf}\\p{Cs}]';
/** Punctuation that ends a sentence or a part of it, as `，。؟।`; brackets, quotation marks, ellipses, long dashes. */
const CLOSING = `(?!${ASCII}|’)[\\p{Term}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}…‥⋯—―＂＜＞]`;
/** Punctuation that text follows without a space, in a script that has none: `https://example.org/a,然后`. */
const WRITTEN_ON = `[,;!'’](?=${UNSPACED_LETTER})`;
/** Brackets that are part of an address written in ideographs: `https://ja.wikipedia.org/wiki/東京（曖昧さ回避）`. */
const IN_BRACKETS = `(?<=${UNSPACED_LETTER})（[^（）\\s]{1,60}）`;
const PART = `${IN_BRACKETS}|(?!${NEVER}|${CLOSING}|${WRITTEN_ON})[^]`;
const CANDIDATE = new RegExp(`(?<!${SPACED_LETTER})(?:https?://|mailto:)(?:${PART})+`, 'giu');

/** Punctuation that belongs to the sentence when it stands at the end. */
const TRAILING = new RegExp(`(?:[.,;:!?'*_~～]|(?!${ASCII})[\\p{Po}\\p{Pd}\\p{Pf}])+$`, 'u');
const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const PROTOCOLS = ['http:', 'https:', 'mailto:'];

export function splitLinks(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const written = trimEnd(match[0]);
    const href = safeHref(written);
    if (href === null) continue;
    if (match.index > done) pieces.push(text.slice(done, match.index));
    pieces.push({ text: written, href });
    done = match.index + written.length;
  }
  if (done < text.length) pieces.push(text.slice(done));
  return pieces;
}

/** The address, or null for one that must not be clicked: unreadable, or with a user name that hides the host. */
function safeHref(written: string): string | null {
  if (!URL.canParse(written)) return null;
  const { protocol, username, password, pathname, href } = new URL(written);
  if (!PROTOCOLS.includes(protocol) || username || password) return null;
  if (protocol === 'mailto:' && !/^[^@]+@[^@]+$/.test(decodeSafely(pathname))) return null;
  return href;
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Cuts off what belongs to the sentence: all from a bracket that the link has not opened, and final punctuation. */
function trimEnd(link: string): string {
  return link.slice(0, strayBracket(link)).replace(TRAILING, '');
}

/** Index of the first bracket that closes what the link has not opened; the end when there is none. */
function strayBracket(link: string): number {
  const open: string[] = [];
  for (let at = 0; at < link.length; at++) {
    const character = link[at]!;
    const opening = CLOSES[character];
    if ('([{'.includes(character)) open.push(character);
    else if (opening && !open.includes(opening)) return at;
    else if (opening) open.splice(open.lastIndexOf(opening), 1);
  }
  return link.length;
}
