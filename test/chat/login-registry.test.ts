import { describe, expect, it, vi } from 'vitest';
import { LoginRegistry } from '../../server/chat/login-registry.ts';
import { validateLogin } from '../../shared/protocol/login.ts';
import { MemoryRoom } from '../support/memory-room.ts';
import { ACCEPTED, login, REFUSED } from '../support/raw-hex.ts';

describe('which logins may be taken (D7)', () => {
  it.each([
    ['one letter', 'a'],
    ['30 bytes', 'x'.repeat(30)],
    ['30 bytes in 15 characters', 'é'.repeat(15)],
    ['28 bytes in 7 characters', '😺'.repeat(7)],
    ['a space within', 'Jean Paul'],
    ['a letter of another alphabet that looks the same', '\u0430dmin'],
    ['full-width letters', '\uff41dmin'],
    ['private use', '\ue000'],
    ['braille that is not blank', '\u2801'],
    ['combining marks', 'e\u0301'],
    ['another script, right to left', 'سلام'],
    ['digits and signs', '<b>&"0;--'],
    ['a skin tone, which is drawn', '👍🏽'],
  ])('D7: %s', (_title, login) => {
    expect(validateLogin(login)).toBe('fine');
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', 'x'.repeat(31)],
    ['32 bytes in 16 characters', 'é'.repeat(16)],
    ['NUL', 'a\0b'],
    ['a line feed', 'a\nb'],
    ['ESC', '\u001b[31mred'],
    ['DEL', 'a\u007f'],
    ['a C1 control', 'a\u0085b'],
    ['a leading space', ' a'],
    ['a trailing space', 'a '],
    ['a trailing tab', 'a\t'],
    ['a trailing no-break space', 'a\u00a0'],
    ['a leading ideographic space', '\u3000a'],
    ['spaces alone', '   '],
    ['a soft hyphen', 'al\u00adice'],
    ['a zero-width space', 'al\u200bice'],
    ['a zero-width non-joiner', 'al\u200cice'],
    ['a zero-width joiner', 'al\u200dice'],
    ['a word joiner', 'al\u2060ice'],
    ['a BOM', '\ufeffalice'],
    ['a left-to-right mark', 'alice\u200e'],
    ['an Arabic letter mark', 'alice\u061c'],
    ['a right-to-left override', 'al\u202eice'],
    ['a right-to-left isolate', 'al\u2067ice'],
    ['a line separator', 'al\u2028ice'],
    ['a paragraph separator', 'al\u2029ice'],
    ['a variation selector', 'alice\ufe0f'],
    ['a Hangul filler', '\u3164'],
    ['a combining grapheme joiner', 'al\u034fice'],
    ['a tag character', 'alice\u{e0061}'],
    ['a no-break space within', 'Jean\u00a0Paul'],
    ['an ideographic space within', 'Jean\u3000Paul'],
    ['an em space within', 'Jean\u2003Paul'],
    ['an Ogham space within', 'Jean\u1680Paul'],
    ['a blank braille pattern', '\u2800'],
    ['a blank braille pattern behind a name', 'alice\u2800'],
    ['an object replacement character', 'alice\ufffc'],
    ['a half-width Hangul filler', 'alice\uffa0'],
    ['a Hangul choseong filler', '\u115f'],
    ['a Khmer vowel that is not drawn', 'alice\u17b4'],
    ['a blank hieroglyph', 'alice\u{13441}'],
    ['half of one', 'alice\u{13442}'],
    ['a Khitan filler', 'alice\u{16fe4}'],
    ['a note without a head', 'alice\u{1d159}'],
    ['the noncharacter U+FFFE', 'alice\ufffe'],
    ['the noncharacter U+FFFF', 'alice\uffff'],
    ['the noncharacter U+FDD0', 'alice\ufdd0'],
    ['the noncharacter U+FDEF', 'alice\ufdef'],
    ['the noncharacter U+1FFFE', 'alice\u{1fffe}'],
    ['the noncharacter U+10FFFF', 'alice\u{10ffff}'],
  ])('D7: not %s', (_title, login) => {
    expect(validateLogin(login)).not.toBe('fine');
  });
});

describe('who holds a login', () => {
  const composed = 'zo\u00e9';
  const decomposed = 'zoe\u0301';

  it('D8: two logins are the same when their NFC forms are', () => {
    const registry = new LoginRegistry<string>();
    expect(registry.take(composed, 'first')).toBe(true);
    expect(registry.take(decomposed, 'second')).toBe(false);
    expect(registry.find(decomposed)).toBe('first');
    registry.release(decomposed, 'first');
    expect(registry.size).toBe(0);
    expect(registry.take(decomposed, 'second')).toBe(true);
    expect(registry.take('\u212b', 'angstrom sign')).toBe(true);
    expect(registry.take('\u00c5', 'letter')).toBe(false);
  });

  it('D8: case, and forms that NFC keeps apart, make other logins', () => {
    const registry = new LoginRegistry<string>();
    for (const login of ['bob', 'Bob', 'ｂob', 'boƅ', '①', '1'])
      expect(registry.take(login, login)).toBe(true);
    expect(registry.size).toBe(6);
  });

  it('D7: counts the bytes that were proposed, not those of the NFC form', () => {
    expect(validateLogin('e\u0301'.repeat(10))).toBe('fine');
    expect(validateLogin('e\u0301'.repeat(11))).toBe('too-long');
  });

  it('D9: a login is freed by its holder only', () => {
    const registry = new LoginRegistry<string>();
    registry.take('bob', 'first');
    registry.release('bob', 'second');
    expect(registry.find('bob')).toBe('first');
    registry.release('bob', 'first');
    expect(registry.find('bob')).toBeUndefined();
    registry.take('bob', 'second');
    registry.release('bob', 'first');
    expect(registry.find('bob')).toBe('second');
  });

  it('knows no login that an object has by itself', () => {
    const registry = new LoginRegistry<string>();
    expect(registry.find('constructor')).toBeUndefined();
    expect(registry.take('__proto__', 'me')).toBe(true);
    expect(registry.find('__proto__')).toBe('me');
  });
});

describe('the rules for a login, in their order', () => {
  it('D7: the operator is only asked of a login that D7 lets in, and nothing but the length is looked at of a long one', () => {
    const asked: string[] = [];
    const room = new MemoryRoom(
      {},
      {
        isLoginBanned(login) {
          asked.push(login);
          return login === 'barred';
        },
      },
    );
    const stream = room.connect();
    const normalize = vi.spyOn(String.prototype, 'normalize');
    const test = vi.spyOn(RegExp.prototype, 'test');
    const long = ['x'.repeat(1024), 'é'.repeat(16)];
    stream.send(long.map(login).join('') + login(''));
    const tested = test.mock.calls.flat().filter((text) => long.includes(text));
    expect([normalize.mock.calls, tested, asked]).toEqual([[], [], []]);
    vi.restoreAllMocks();
    stream.send(login(' edge') + login('un\u2800seen') + login('barred') + login('alice'));
    room.turn();
    expect(asked).toEqual(['barred', 'alice']);
    expect(stream.taken()).toBe(REFUSED.repeat(6) + ACCEPTED);
  });
});
