import { describe, expect, it } from 'vitest';
import { charactersOver, lengthInWords } from '../../web/components/composer/note.tsx';
import { enLazy } from '../../web/i18n/en-lazy.ts';
import { frLazy } from '../../web/i18n/fr-lazy.ts';

const bytesOf = (text: string) => Buffer.byteLength(text);
/** Words for a text, where a message may have so many bytes. */
const said = (text: string, limit: number, words = enLazy) =>
  lengthInWords(text, limit - bytesOf(text), words.composer);

describe('the length of a text', () => {
  it('is told in the characters that people count, and then in bytes', () => {
    expect(said('abc', 5)).toBe('2 characters left, fewer with accents or emoji');
    expect(said('abcde', 5)).toBe('No room for another character');
    expect(said('abcdef', 5)).toBe('1 character too long (1 byte)');
    expect(said('abc👩‍👩‍👧‍👦é', 5)).toBe('2 characters too long (25 bytes)');
    expect(said('abc👩‍👩‍👧‍👦é', 5, frLazy)).toBe('2 caractères de trop (25 octets)');
    expect(said('abcd', 5, frLazy)).toBe('Encore 1 caractère, moins avec des accents ou des emojis');
  });

  it('is so many characters too much that the rest fits, and not with one fewer', () => {
    const letters = ['a', 'é', '😺', '👩‍👩‍👧‍👦', '\n', 'e\u0301', '太'];
    for (let count = 1; count < 60; count++) {
      const all = Array.from({ length: count }, (_, index) => letters[(index * 5) % letters.length]!);
      const text = all.join('');
      const segments = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
      for (const limit of [0, 1, 10, 64]) {
        const over = bytesOf(text) - limit;
        if (over <= 0) continue;
        const gone = charactersOver(text, over);
        const rest = (without: number) => bytesOf(segments.slice(0, segments.length - without).join(''));
        expect(rest(gone)).toBeLessThanOrEqual(limit);
        expect(rest(gone - 1)).toBeGreaterThan(limit);
      }
    }
  });

  it('is counted in a text far longer than a message may be', () => {
    expect(charactersOver('😺'.repeat(100_000), 400_000 - 1024)).toBe(100_000 - 256);
  });
});
