/** Which parts of a message can be clicked. Nothing here makes markup: a view gets pieces, and shows them as text. */

export interface LinkPiece {
  /** Exactly what was written. */
  readonly text: string;
  /** Where it leads: http, https or mailto, and nothing else. */
  readonly href: string;
}

/** A message in its order: plain text, and links. Together the texts are the message. */
export type Piece = string | LinkPiece;

// No white space, quote or angle bracket, and nothing invisible: what is read must be where it leads.
const CANDIDATE = /(?<![\p{L}\p{N}_])(?:https?:\/\/|mailto:)[^\s<>"“”«»\p{Cc}\p{Cf}\p{Cs}]+/giu;
const TRAILING = /[.,;:!?'’*_~]+$/u;
const BRACKETS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
] as const;
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

/** Punctuation at the end belongs to the sentence, as does a bracket that was not opened within the link. */
function trimEnd(link: string): string {
  for (;;) {
    const shorter = withoutStrayBracket(link.replace(TRAILING, ''));
    if (shorter === link) return link;
    link = shorter;
  }
}

function withoutStrayBracket(link: string): string {
  const stray = BRACKETS.some(
    ([open, close]) => link.endsWith(close) && link.split(close).length > link.split(open).length,
  );
  return stray ? link.slice(0, -1) : link;
}
