import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteLength } from '../../shared/protocol/encoder.ts';
import { splitText } from '../../web/text/split.ts';

const LIMIT = 1024;

/** A text without white space and without lines that are fences. */
const content = (text: string) => text.replace(/^```[^`\n]*$/gm, '').replace(/\s/g, '');

/** Texts of the letters that people and protocols stumble over. */
const letters = fc.oneof(
  fc.constantFrom('a', 'é', 'e\u0301', '字', '😺', '👩‍👩‍👧‍👦', '🇫🇷', '👍🏽', 'ก็', '\u0600', '\r\n', '\u2028'),
  fc.constantFrom(' ', '\n', '\t', '\n\n', '  ', '`', '``', 'word', 'longer'),
);
const texts = fc.array(letters, { maxLength: 400 }).map((parts) => parts.join(''));
const lineOf = fc.oneof(
  fc.constantFrom(
    '```',
    '```js',
    '``` x y',
    '````',
    '> ```',
    '',
    '    indented',
    'x'.repeat(90),
    'a b c d e f',
  ),
  texts.map((text) => text.slice(0, 80).replaceAll('`', '')),
);
const blocks = fc.array(lineOf, { maxLength: 40 }).map((lines) => lines.join('\n'));
const limits = fc.integer({ min: 64, max: 200 });
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

describe('a text that is split', () => {
  it('that fits is one piece, as it is', () => {
    expect(splitText('  as\nit is  ', LIMIT)).toEqual(['  as\nit is  ']);
    expect(splitText('', LIMIT)).toEqual([]);
    expect(splitText('é'.repeat(512), LIMIT)).toHaveLength(1);
  });

  it('is cut behind the last line that fits, whose successor keeps what indents it', () => {
    const lines = Array.from({ length: 60 }, (_, index) => `${' '.repeat(4)}line ${index} ${'x'.repeat(35)}`);
    const pieces = splitText(lines.join('\n'), LIMIT);
    expect(pieces).toHaveLength(3);
    expect(pieces.join('\n')).toBe(lines.join('\n'));
  });

  it('is cut behind a word where a line is too long, and between letters where a word is', () => {
    expect(splitText('word '.repeat(20), 64)).toEqual(['word '.repeat(12) + 'word', 'word '.repeat(7)]);
    expect(splitText('a'.repeat(100), 64)).toEqual(['a'.repeat(64), 'a'.repeat(36)]);
    const family = '👩‍👩‍👧‍👦';
    expect(splitText(family.repeat(5), 64)).toEqual([family.repeat(2), family.repeat(2), family]);
  });

  it('closes a block of code at a cut, and opens it again', () => {
    const code = Array.from({ length: 8 }, (_, index) => `  call(${index}, "${'y'.repeat(10)}");`);
    const pieces = splitText(`Look:\n\`\`\`js\n${code.join('\n')}\n\`\`\`\nThat is all.`, 100);
    for (const piece of pieces) expect(piece.match(/^```/gm)?.length ?? 0, piece).toBe(2);
    expect(pieces[0]).toBe(`Look:\n\`\`\`js\n${code.slice(0, 3).join('\n')}\n\`\`\``);
    expect(pieces.at(-1)).toMatch(/^```js\n.*\n```\nThat is all\.$/s);
    expect(pieces.map(content).join('')).toBe(content(`Look:\n${code.join('\n')}\nThat is all.`));
  });

  it('leaves no fence alone at the end of a piece, or at the beginning of the next', () => {
    const text = `${'x'.repeat(55)}\n\`\`\`js\ncode\n\`\`\`\n`;
    expect(splitText(text, 64)).toEqual(['x'.repeat(55), '```js\ncode\n```\n']);
    const full = `\`\`\`\n${'y'.repeat(50)}${'\n'.repeat(20)}\`\`\`\nend`;
    expect(splitText(full, 64)).toEqual([`\`\`\`\n${'y'.repeat(50)}\n\`\`\``, 'end']);
  });

  it('is not cut where a fence within a line would begin one', () => {
    const quoted = `\`\`\`\n${'y'.repeat(40)}\n${'z'.repeat(13)} > \`\`\` end\n\`\`\``;
    for (const limit of [64, 68, 72])
      for (const piece of splitText(quoted, limit)) expect(piece.match(/^```/gm)).toHaveLength(2);
    expect(splitText(`${'x'.repeat(64)}\`\`\`y`, 64)).toEqual(['x'.repeat(63), 'x```y']);
    const fenced = `${'x'.repeat(54)}\n\`\`\`\n\`\`\` x y\n\`\`\``;
    expect(splitText(fenced, 66)).toEqual(['x'.repeat(54), '```\n``` x y\n```']);
    expect(splitText('`'.repeat(100), 64)).toEqual(['`'.repeat(64), '`'.repeat(36)]);
  });

  it('is cut between code points where one letter is longer than a message', () => {
    const letter = 'a' + '\u0301'.repeat(100);
    const pieces = splitText(letter, 64);
    expect(pieces.join('')).toBe(letter);
    expect(Math.max(...pieces.map(byteLength))).toBeLessThanOrEqual(64);
  });

  it('gives pieces that fit, none blank, which together are the text but for white space at the cuts', () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: 'grapheme', maxLength: 400 })), limits, (text, limit) => {
        const pieces = splitText(text, limit);
        for (const piece of pieces) {
          expect(byteLength(piece)).toBeLessThanOrEqual(limit);
          expect(piece.trim()).not.toBe('');
          expect(piece.isWellFormed()).toBe(true);
        }
        expect(content(pieces.join('\n'))).toBe(content(text));
      }),
    );
  });

  it('is cut at a border of letters, wherever each fits in a message', () => {
    fc.assert(
      fc.property(texts, limits, (text, limit) => {
        const borders = new Set([...graphemes.segment(text)].map(({ index }) => index));
        let at = 0;
        for (const piece of splitText(text, limit)) {
          const own = piece.replace(/^```[^`\n]*\n|\n```$/g, '');
          at = text.indexOf(own.trim(), at);
          expect(at).toBeGreaterThanOrEqual(0);
          expect(borders.has(at)).toBe(true);
          at += own.trim().length;
        }
      }),
    );
  });

  it('keeps the code of its blocks in blocks', () => {
    // Without what a block that is cut has twice: its fences, and what stands behind the first.
    const words = (text: string) => text.replace(/[`\s]/g, '').replace(/js|xy/g, '');
    fc.assert(
      fc.property(blocks, limits, (text, limit) => {
        const pieces = splitText(text, limit);
        for (const piece of pieces) expect(byteLength(piece)).toBeLessThanOrEqual(limit);
        expect(words(pieces.join('\n'))).toBe(words(text));
        const closed = (all: string) =>
          [...all.matchAll(/(?<![^\n])```[^`\n]*\n(?:([^]*?)\n)??```(?=[ \t]*(?![^\n]))/g)]
            .map(([, code = '']) => code.replace(/\s/g, ''))
            .join('');
        expect(pieces.map(closed).join('')).toBe(closed(text));
      }),
    );
  });

  it('takes time that grows with its length', () => {
    for (const text of ['a', ' ', '\n', '`', '```\n', 'e\u0301', ' \u0301', '👩‍👩‍👧‍👦', 'a '])
      expect(splitText(text.repeat(30_000 / text.length), LIMIT).length).toBeLessThan(200);
  });
});
