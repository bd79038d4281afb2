/** A text that is too long for one message, as several. */
import { byteLength } from '../../shared/protocol/encoder.ts';
import { lettersOf } from './letters.ts';

/** A block of code in a text, as indexes: its opening line, its first code, its closing fence, and where that ends. */
interface Block {
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly end: number;
  /** Opening line, without its line break. */
  readonly opening: string;
}

const FENCE = '```';
const CLOSING = `\n${FENCE}`;
/** Block of code, as text/format.ts has it. */
const BLOCK = /(?<![^\n])(```[^`\n]*)\n(?:[^]*?\n)??```(?=[ \t]*(?![^\n]))/g;

/**
 * Cuts a text into pieces of at most `limit` bytes of UTF-8, which is at least 64: behind a line, else behind a word, else
 * between letters as a person sees them. White space at a cut goes. A block of code that is cut is closed, and opened
 * again in the next piece.
 */
export function splitText(text: string, limit: number): readonly string[] {
  const pieces: string[] = [];
  const blocks = blocksOf(text, limit);
  let reopened = '';
  for (let at = 0; at < text.length;) {
    const end = endOfPiece(text, at, limit - byteLength(reopened), blocks);
    const cut = blocks.find(({ from, to }) => end > from && end < to);
    const written = text.slice(at, end);
    const piece = reopened + (end < text.length ? written.trimEnd() : written) + (cut ? CLOSING : '');
    if (written.trim() !== '') pieces.push(piece);
    at = afterWhite(text, end);
    // The piece has closed the block itself, and nothing is left of it.
    const isOver = cut && at >= cut.to;
    if (isOver) at = afterWhite(text, cut.end);
    reopened = cut && !isOver ? `${cut.opening}\n` : '';
  }
  return pieces;
}

/** Blocks that can be opened again; those with a very long opening line are text like all text. */
function blocksOf(text: string, limit: number): readonly Block[] {
  return [...text.matchAll(BLOCK)].flatMap(({ index: start, 0: whole, 1: opening = '' }) => {
    const end = start + whole.length;
    const block = { start, from: start + opening.length + 1, to: end - FENCE.length, end, opening };
    return byteLength(opening) > limit / 4 ? [] : [block];
  });
}

/** Returns the end of the piece that begins at `start`. */
function endOfPiece(text: string, start: number, limit: number, blocks: readonly Block[]): number {
  const furthest = fitting(text, start, limit);
  if (furthest === text.length) return furthest;
  const end = goodCut(text, start, furthest) ?? forcedCut(text, start, furthest);
  const block = blocks.find((one) => end > one.start && end < one.end);
  if (!block) return end;
  // A fence alone at the end of a piece opens nothing.
  if (end <= block.from && block.start > start) return block.start;
  const least = Math.max(start, block.from);
  const furthestCode = fitting(text, start, limit - CLOSING.length);
  const good = goodCut(text, least, furthestCode);
  if (good === undefined && block.start > start) return block.start;
  const room = good ?? forcedCut(text, least, furthestCode);
  // The closing fence that would begin the next piece belongs to this one.
  return room >= block.to - 1 ? block.end : room;
}

/** The last good place to cut a text that begins at `start` and has to end at `furthest`. */
function goodCut(text: string, start: number, furthest: number): number | undefined {
  // Text before a break that is just behind the limit fits.
  const line = text.lastIndexOf('\n', furthest);
  if (line > start && text.slice(start, line).trim() !== '') return line;
  const borderBefore = borders(text, start, furthest);
  const isBorder = (at: number) => borderBefore(at) === at;
  for (let at = furthest; at > start; at--) {
    if (!/\s/.test(text[at] ?? '') || text.slice(start, at).trim() === '') continue;
    if (isBorder(at) && isBorder(afterWhite(text, at)) && !makesFence(text, at)) return at;
  }
  let border = borderBefore(furthest);
  while (border > start && makesFence(text, border)) border = borderBefore(border - 1);
  return border > start ? border : undefined;
}

/** Place to cut when none is good: one letter can be longer than a message, and a text can be all backticks. */
function forcedCut(text: string, start: number, furthest: number): number {
  const border = borders(text, start, furthest)(furthest);
  return border > start ? border : furthest;
}

/** Returns what finds the last border between letters, as a person sees them, at or before an index from `start` on. */
function borders(text: string, start: number, furthest: number): (at: number) => number {
  // A letter that ends behind the limit has to be seen whole.
  const found: number[] = [];
  for (const { length } of lettersOf(text.slice(start, furthest + 64))) {
    const from = start + found.length;
    for (let unit = 0; unit < length; unit++) found.push(from);
  }
  return (at) => found[at - start] ?? at;
}

/** A cut within a line makes a fence that was none of what it leaves, or of what it makes begin a line. */
function makesFence(text: string, cut: number): boolean {
  const next = afterWhite(text, cut);
  const line = text.lastIndexOf('\n', cut - 1) + 1;
  return text[next - 1] !== '\n' && (text.startsWith(FENCE, line) || text.startsWith(FENCE, next));
}

/** The furthest index, at a border of code points, up to which a text fits. */
function fitting(text: string, start: number, limit: number): number {
  let at = start;
  for (let bytes = 0; at < text.length;) {
    const code = text.codePointAt(at)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > limit) break;
    at += code < 0x10000 ? 1 : 2;
  }
  return at;
}

/** Index behind the white space at a cut; what indents the next line stays. */
function afterWhite(text: string, at: number): number {
  let end = at;
  let line = -1;
  for (; end < text.length && /\s/.test(text[end]!); end++) if (text[end] === '\n') line = end;
  return line < 0 ? end : line + 1;
}
