import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE } from '../../web/text/mentions.ts';
import { format, isFewEmoji, isFormatted, shownOf, type Span } from '../../web/text/format.ts';

/** Returns the source: what was written. */
function sourceOf(spans: readonly Span[]): string {
  return spans.map((span) => ('spans' in span ? sourceOf(span.spans) : span.source)).join('');
}

/** Shows the tree by brackets, without what is not shown. */
const show = (text: string): string => view(format(text));
const SIGNS = { bold: 'b', italic: 'i', code: 'c', quote: 'q', block: 'B' } as const;
const view = (spans: readonly Span[]): string =>
  spans
    .map((span) => {
      if ('spans' in span) return `⟦${SIGNS[span.kind]} ${view(span.spans)}⟧`;
      return span.kind === 'mark' ? '' : span.kind === 'link' ? `⟦l ${span.source}⟧` : span.source;
    })
    .join('');

const MUCH = 50_000;

describe('the formatting of a message', () => {
  it.each([
    ['`x`', '⟦c x⟧'],
    ['see `a b`, `c`.', 'see ⟦c a b⟧, ⟦c c⟧.'],
    ['``a`b``', '⟦c a`b⟧'],
    ['`**a**` and `https://example.org`', '⟦c **a**⟧ and ⟦c https://example.org⟧'],
    ['**bold**', '⟦b bold⟧'],
    ['a **bold word**, and *one*.', 'a ⟦b bold word⟧, and ⟦i one⟧.'],
    ['***both***', '⟦b ⟦i both⟧⟧'],
    ['**a *b* c**', '⟦b a ⟦i b⟧ c⟧'],
    ['*a **b** c*', '⟦i a ⟦b b⟧ c⟧'],
    ['(*so*) « *là* » “*x*”', '(⟦i so⟧) « ⟦i là⟧ » “⟦i x⟧”'],
    ['**`code`**', '⟦b ⟦c code⟧⟧'],
    ['**see https://example.org**', '⟦b see ⟦l https://example.org⟧⟧'],
    ['*https://example.org/a*b*', '⟦i ⟦l https://example.org/a*b⟧⟧'],
    ['**@bob** hello', '⟦b @bob⟧ hello'],
    ['> quoted', '⟦q quoted⟧'],
    ['> one\n> two\nthree', '⟦q one\ntwo⟧three'],
    ['> one\n>\n> two\n\nthree', '⟦q one\n\ntwo⟧\nthree'],
    ['> **b** https://example.org', '⟦q ⟦b b⟧ ⟦l https://example.org⟧⟧'],
    ['> > twice\n> once', '⟦q ⟦q twice⟧once⟧'],
    ['a\n> b', 'a\n⟦q b⟧'],
    ['```\ncode\n```', '⟦B code⟧'],
    ['```js\na\n  b\n```\nafter', '⟦B a\n  b⟧after'],
    ['x\n```\n**a** `b`\n> c\n```\n\ny', 'x\n⟦B **a** `b`\n> c⟧\ny'],
    ['> ```\n> a\n> ```', '⟦q ⟦B a⟧⟧'],
    ['```\n```', '⟦B ⟧'],
    ['，**重点**。', '，⟦b 重点⟧。'],
  ])('%j', (text, shown) => {
    expect(show(text)).toBe(shown);
    expect(isFormatted(format(text))).toBe(true);
  });

  it.each([
    '2*3*4',
    '2 * 3 * 4',
    'snake_case_name and _this_',
    '**',
    '*',
    '****',
    '** **',
    '**open',
    'closed**',
    '*a **b',
    'f(*args, **kwargs)',
    'int *a, *b;',
    '*p = *q',
    'src/*.ts and test/*.ts',
    '*.ts and *.js',
    '/* a comment */',
    '^.*foo.*$ and .*bar.*',
    '(a)*(b)*(c)',
    '* one\n* two',
    '*a\nb*',
    'f***ing s***',
    '这是**重点**吗',
    '2*重点*3',
    'これは*強調*です',
    '`',
    '``',
    '`a',
    '`a\nb`',
    '``a`',
    '```',
    '```js\nnever closed',
    'a ```\nb\n```x',
    '>',
    '> ',
    '>_<',
    '>>> import this',
    '>no space',
    'a > b',
    'plain text',
    '',
  ])('leaves %j as it is', (text) => {
    expect(show(text)).toBe(text);
    expect(isFormatted(format(text))).toBe(false);
  });

  it('leaves addresses as they are, whatever is in them', () => {
    expect(show('https://example.org/*a*/**b**/c_d_e')).toBe('⟦l https://example.org/*a*/**b**/c_d_e⟧');
    expect(show('*https://example.org/*')).toBe('⟦i ⟦l https://example.org/⟧⟧');
  });

  it('is a tree whose sources are the text, whatever that is, and which is not deep', () => {
    const signs = fc.constantFrom(
      '*',
      '**',
      '***',
      '`',
      '``',
      '```',
      '\n',
      '> ',
      '>',
      ' ',
      'a',
      'é',
      '(',
      '.',
      '😺',
    );
    const texts = fc.oneof(
      fc.array(signs, { maxLength: 60 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(signs, fc.constant('https://e.org/'))).map((parts) => parts.join('')),
    );
    const depthOf = (spans: readonly Span[]): number =>
      Math.max(0, ...spans.map((span) => ('spans' in span ? 1 + depthOf(span.spans) : 0)));
    fc.assert(
      fc.property(texts, (text) => {
        const spans = format(text);
        expect(sourceOf(spans)).toBe(text);
        expect(depthOf(spans)).toBeLessThanOrEqual(8);
      }),
      { numRuns: 600 },
    );
  });

  it('shows nothing that was not written, in its order', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('*', '`', '>', ' ', '\n', 'a', 'b') }), (text) => {
        let at = 0;
        for (const character of shownOf(format(text))) at = text.indexOf(character, at) + 1 || Infinity;
        expect(at).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('has the same code as mentions leave out', () => {
    const codeOf = (spans: readonly Span[]): string[] =>
      spans.flatMap((span) => {
        if (!('spans' in span)) return [];
        if (span.kind === 'code') return [sourceOf(span.spans)];
        // The line break behind a block belongs to its line.
        return span.kind === 'block' ? [sourceOf(span.spans).replace(/[ \t]*\n?$/, '')] : codeOf(span.spans);
      });
    const parts = fc.constantFrom('`', '``', '```', '\n```', '```\n', '\n', 'a', ' ', '*b*');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 16 }), (all) => {
        const text = all.join('');
        expect(text.match(CODE) ?? []).toEqual(codeOf(format(text)));
      }),
      { numRuns: 600 },
    );
  });

  it('is found in a text far longer than a message may be: no work grows with the square of it', () => {
    for (const part of [
      '*',
      '* ',
      '*a ',
      ' *a* ',
      '**a ',
      '*a **b ',
      '(*',
      '`',
      '`a',
      '`a``b',
      '```\n',
      '```x\n',
      '> ',
      '> > > > > >\n',
      '> a\n',
      '>\n',
      'http://',
      '*http://a.b ',
      '`http://a ',
    ]) {
      const text = part.repeat(MUCH / part.length);
      expect(sourceOf(format(text)) === text, part).toBe(true);
    }
    // Runs of backticks of many lengths: each looks for its own.
    const runs = Array.from({ length: 300 }, (_, index) => '`'.repeat(index + 1)).join(' ');
    expect(sourceOf(format(runs)) === runs).toBe(true);
  });
});

describe('few emoji', () => {
  it.each(['😺', '🎉🎉', '👍🏽 ❤️ 🇫🇷', '👩‍👩‍👧‍👦', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', ' 😺\n', '🤷🏽‍♀️', '☀️'])('are %j', (text) => {
    expect(isFewEmoji(text)).toBe(true);
  });

  it.each([
    '',
    ' ',
    '😺😺😺😺',
    '😺!',
    '1',
    '#',
    '*',
    '©',
    'a😺',
    '♀',
    '→',
    '🇫',
    'ok',
    '\u200d',
    '😺'.repeat(1000),
  ])('are not %j', (text) => {
    expect(isFewEmoji(text)).toBe(false);
  });
});
