/**
 * Parses the signs of a message: `code`, fenced blocks, quotes, **bold**, *italic*. Nothing here makes markup: a view
 * gets a tree of spans, and shows them as text. The message itself stays as it was written.
 */
import { splitLinks } from './links.ts';
import { charAfter, charBefore } from './scripts.ts';

/** A part of a message. `mark`: a sign that only formats, and is not shown. */
export type Span =
  | { readonly kind: 'text' | 'mark'; readonly source: string }
  | { readonly kind: 'link'; readonly source: string; readonly href: string }
  | { readonly kind: Formatting; readonly spans: readonly Span[] };

/** `block`: lines of code between two fences. */
export type Formatting = 'bold' | 'italic' | 'code' | 'quote' | 'block';

/** Fence that opens a block of code, and one that closes it. */
const OPENING_FENCE = /^```[^`]*$/;
const CLOSING_FENCE = /^```[ \t]*$/;
/** Line that begins a quote, and one that goes on with it: `>` alone, `>_<` and `>>> ` are no quotes. */
const QUOTE = /^> +[^\s]/;
const QUOTED = /^>(?: |$)/;
/** Quotes within quotes, at most. */
const MAX_DEPTH = 3;

/** A text in its parts, in time that grows with its length. Together the sources of the spans are the text. */
export function format(text: string): readonly Span[] {
  const rows = text.split('\n');
  return blocksOf(
    rows.map((row, index) => ({ prefix: '', text: row, end: index < rows.length - 1 ? '\n' : '' })),
    0,
  );
}

/**
 * Returns what is shown of the source. What comes behind a quote or a block of code begins a line by itself, as on the page.
 * @param quoted puts a quote into words; quotes within it are part of it
 */
export function shownOf(spans: readonly Span[], quoted = (text: string) => text): string {
  let shown = '';
  let isLineOver = false;
  for (const span of spans) {
    const part = 'spans' in span ? shownOf(span.spans) : span.kind === 'mark' ? '' : span.source;
    if (part === '') continue;
    if (isLineOver) shown += '\n';
    shown += span.kind === 'quote' ? quoted(part) : part;
    isLineOver = span.kind === 'quote' || span.kind === 'block';
  }
  return shown;
}

/** True when a text is shown otherwise than it was written. */
export function isFormatted(spans: readonly Span[]): boolean {
  return spans.some((span) => 'spans' in span);
}

/** A line: the signs of the quotes that it is in, what it says, and the line break behind it, if any. */
interface Line {
  readonly prefix: string;
  readonly text: string;
  readonly end: string;
}

function blocksOf(lines: readonly Line[], depth: number): Span[] {
  const closing = closingFences(lines);
  const spans: Span[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at]!;
    const fence = OPENING_FENCE.test(line.text) ? closing[at]! : -1;
    if (fence >= 0) {
      spans.push({ kind: 'block', spans: blockOf(lines.slice(at, fence + 1)) });
      at = fence + 1;
    } else if (depth < MAX_DEPTH && QUOTE.test(line.text)) {
      const start = at;
      while (at < lines.length && QUOTED.test(lines[at]!.text)) at++;
      spans.push({ kind: 'quote', spans: quoteOf(lines.slice(start, at), depth) });
    } else {
      spans.push(...marked(line.prefix), ...inlineOf(line.text), ...written(line.end));
      at++;
    }
  }
  return joined(spans);
}

/** Finds for each line the next one that closes a fence, or -1. */
function closingFences(lines: readonly Line[]): number[] {
  const found: number[] = [];
  let next = -1;
  for (let at = lines.length - 1; at >= 0; at--) {
    found[at] = next;
    if (CLOSING_FENCE.test(lines[at]!.text)) next = at;
  }
  return found;
}

function blockOf(lines: readonly Line[]): Span[] {
  const last = lines.length - 1;
  const spans = lines.flatMap(({ prefix, text, end }, index) => {
    if (index === 0 || index === last) return marked(prefix + text + end);
    // The break before the closing fence is no line of the code.
    return [...marked(prefix), ...written(text), ...(index === last - 1 ? marked(end) : written(end))];
  });
  return joined(spans);
}

function quoteOf(lines: readonly Line[], depth: number): Span[] {
  const inner = lines.map(({ prefix, text, end }) => {
    const sign = text.startsWith('> ') ? '> ' : '>';
    return { prefix: prefix + sign, text: text.slice(sign.length), end };
  });
  const { end, ...last } = inner.at(-1)!;
  // Text behind a quote begins a line by itself.
  return joined([...blocksOf([...inner.slice(0, -1), { ...last, end: '' }], depth + 1), ...marked(end)]);
}

/** A run of stars, and whether it can begin or end what is emphasized. */
interface Stars {
  readonly kind: 'stars';
  readonly source: string;
  readonly opens: boolean;
  readonly closes: boolean;
}

// Stars begin and end only whole words: `2*3*4`, `*.ts`, `f(*args)`, `/*` and what has no spaces stay as they are. Of ASCII
// these are the characters that may stand there, or may not; of all others it is their kind. A line ends with ''.
const BEFORE_OPENING = /[\s\p{P}]/u;
const BEFORE_OPENING_ASCII = ' \t([{"\':;,!?-';
const NOT_AFTER_OPENING = /[\s\p{Pe}\p{Pf}]/u;
const NOT_AFTER_OPENING_ASCII = ' \t.,;:!?)]}/\\|&=%^*';
const NOT_BEFORE_CLOSING = /[\s\p{Ps}\p{Pi}]/u;
const NOT_BEFORE_CLOSING_ASCII = ' \t([{/\\';
const AFTER_CLOSING = /[\s\p{Pe}\p{Pf}\p{Po}\p{Pd}]/u;
const AFTER_CLOSING_ASCII = ' \t.,;:!?)]}"\'-';

/** True for a character of one of these, and at the border of a line, of which `''` is part. */
const isOf = (character: string, ascii: string, others: RegExp): boolean =>
  character < '\x80' ? ascii.includes(character) : others.test(character);

function inlineOf(line: string): Span[] {
  // Most lines are plain.
  if (!/[`*:]/.test(line)) return written(line);
  const parts: (Span | Stars)[] = [];
  let done = 0;
  for (const [from, to, length] of codeIn(line)) {
    parts.push(...wordsOf(line, done, from), {
      kind: 'code',
      spans: [
        ...marked(line.slice(from, from + length)),
        ...written(line.slice(from + length, to - length)),
        ...marked(line.slice(to - length, to)),
      ],
    });
    done = to;
  }
  return emphasized([...parts, ...wordsOf(line, done, line.length)]);
}

/** Finds code in a line, from and to, between two runs of backticks of one length. */
function codeIn(line: string): [from: number, to: number, length: number][] {
  const runs = [...line.matchAll(/`+/g)].map(({ index, 0: { length } }) => ({ index, length }));
  const next: (number | undefined)[] = [];
  const known = new Map<number, number>();
  for (let at = runs.length - 1; at >= 0; at--) {
    next[at] = known.get(runs[at]!.length);
    known.set(runs[at]!.length, at);
  }
  const found: [number, number, number][] = [];
  for (let at = 0; at < runs.length; at++) {
    const end = next[at];
    if (end === undefined) continue;
    const { index, length } = runs[at]!;
    found.push([index, runs[end]!.index + length, length]);
    at = end;
  }
  return found;
}

/** Text without code: links, runs of stars, and what is between them. */
function wordsOf(line: string, from: number, to: number): (Span | Stars)[] {
  const parts: (Span | Stars)[] = [];
  let at = from;
  const text = line.slice(from, to);
  for (const piece of text.includes(':') ? splitLinks(text) : [text]) {
    if (typeof piece !== 'string') {
      parts.push({ kind: 'link', source: piece.text, href: piece.href });
      at += piece.text.length;
      continue;
    }
    const end = at + piece.length;
    const start = at;
    for (const { index, 0: stars } of piece.matchAll(/\*+/g)) {
      const first = start + index;
      const isAfterLink = first === start && parts.at(-1)?.kind === 'link';
      parts.push(...written(line.slice(at, first)), starsOf(line, first, stars, isAfterLink));
      at = first + stars.length;
    }
    parts.push(...written(line.slice(at, end)));
    at = end;
  }
  return parts;
}

function starsOf(line: string, at: number, source: string, isAfterLink: boolean): Stars {
  const before = charBefore(line, at);
  const after = charAfter(line, at + source.length);
  const counts = source.length <= 3;
  return {
    kind: 'stars',
    source,
    opens:
      counts &&
      isOf(before, BEFORE_OPENING_ASCII, BEFORE_OPENING) &&
      !isOf(after, NOT_AFTER_OPENING_ASCII, NOT_AFTER_OPENING),
    closes:
      counts &&
      (isAfterLink || !isOf(before, NOT_BEFORE_CLOSING_ASCII, NOT_BEFORE_CLOSING)) &&
      isOf(after, AFTER_CLOSING_ASCII, AFTER_CLOSING),
  };
}

/** Puts what is between two runs of stars of one length into spans; at most one of each length is open. */
function emphasized(parts: readonly (Span | Stars)[]): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, number>();
  for (const part of parts) {
    if (part.kind !== 'stars') {
      spans.push(part);
      continue;
    }
    const start = part.closes ? open.get(part.source) : undefined;
    if (start !== undefined) {
      const [, ...inner] = spans.splice(start);
      spans.push(emphasisOf(part.source, inner));
      for (const [stars, at] of open) if (at >= start) open.delete(stars);
    } else {
      if (part.opens) open.set(part.source, spans.length);
      spans.push({ kind: 'text', source: part.source });
    }
  }
  return spans;
}

function emphasisOf(stars: string, inner: readonly Span[]): Span {
  const spans = joined([...marked(stars), ...inner, ...marked(stars)]);
  if (stars.length < 3) return { kind: stars.length === 2 ? 'bold' : 'italic', spans };
  return { kind: 'bold', spans: [{ kind: 'italic', spans }] };
}

const written = (source: string): Span[] => (source === '' ? [] : [{ kind: 'text', source }]);
const marked = (source: string): Span[] => (source === '' ? [] : [{ kind: 'mark', source }]);

/** The same spans, with texts that follow each other as one. */
function joined(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (let at = 0; at < spans.length;) {
    const span = spans[at]!;
    const { kind } = span;
    if (kind !== 'text' && kind !== 'mark') {
      found.push(span);
      at++;
      continue;
    }
    let source = '';
    for (let next = spans[at]; next?.kind === kind; next = spans[++at])
      source += (next as { source: string }).source;
    found.push({ kind, source });
  }
  return found;
}

const PICTURE = '\\p{Extended_Pictographic}';
const EMOJI =
  '(?:\\p{RI}{2}|[0-9#*]\\ufe0f?\\u20e3|' +
  `(?!\\p{RI})(?:\\p{Emoji_Presentation}|${PICTURE}(?=\\ufe0f|\\p{EMod}|\\u200d))(?:\\ufe0f|\\p{EMod})?` +
  `(?:[\\u{e0020}-\\u{e007f}]*)(?:\\u200d${PICTURE}(?:\\ufe0f|\\p{EMod})*)*)`;
const FEW_EMOJI = new RegExp(`^\\s*${EMOJI}(?:\\s*${EMOJI}){0,2}\\s*$`, 'u');
/** Longest text of three emoji, about. */
const MAX_FEW = 120;

/** True for a text of one to three emoji and nothing else. */
export function isFewEmoji(text: string): boolean {
  return text.length <= MAX_FEW && FEW_EMOJI.test(text);
}
