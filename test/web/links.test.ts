import { describe, expect, it } from 'vitest';
import { splitLinks } from '../../web/text/links.ts';

/** Marks links by brackets, and leaves the rest as it is. */
const show = (text: string): string =>
  splitLinks(text)
    .map((piece) => (typeof piece === 'string' ? piece : `⟦${piece.text}⟧`))
    .join('');
const hrefs = (text: string) =>
  splitLinks(text).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.href]));

/** Joins the texts of all pieces. */
const textOf = (text: string) =>
  splitLinks(text)
    .map((piece) => (typeof piece === 'string' ? piece : piece.text))
    .join('');
/** Length of fifty messages: quadratic work on it takes minutes, longer than a test may. */
const MUCH = 50_000;

describe('links in a message', () => {
  it.each([
    ['see https://example.org/a?b=c#d', 'see ⟦https://example.org/a?b=c#d⟧'],
    ['http://example.org', '⟦http://example.org⟧'],
    ['HTTPS://EXAMPLE.ORG/x', '⟦HTTPS://EXAMPLE.ORG/x⟧'],
    ['mailto:lea@example.org please', '⟦mailto:lea@example.org⟧ please'],
    ['two: http://a.example and http://b.example.', 'two: ⟦http://a.example⟧ and ⟦http://b.example⟧.'],
    ['(https://example.org/a_(b))', '(⟦https://example.org/a_(b)⟧)'],
    ['[https://example.org]!', '[⟦https://example.org⟧]!'],
    ['“https://example.org/é” !', '“⟦https://example.org/é⟧” !'],
    ['https://example.org/a, then', '⟦https://example.org/a⟧, then'],
    ['line\nhttps://example.org/\nline', 'line\n⟦https://example.org/⟧\nline'],
    ['http://[::1]:8080/', '⟦http://[::1]:8080/⟧'],
    // Scripts that put no space before or behind a link have punctuation of their own.
    ['见 https://example.com/b，然后继续', '见 ⟦https://example.com/b⟧，然后继续'],
    ['https://example.com/c。次', '⟦https://example.com/c⟧。次'],
    ['（https://example.com/d）です', '（⟦https://example.com/d⟧）です'],
    ['「https://example.com/s」', '「⟦https://example.com/s⟧」'],
    ['(https://example.com/d)です', '(⟦https://example.com/d⟧)です'],
    ['https://example.com/x？！：；》】』', '⟦https://example.com/x⟧？！：；》】』'],
    ['https://example.com/i؟', '⟦https://example.com/i⟧؟'],
    ['https://example.com/i، ثم', '⟦https://example.com/i⟧، ثم'],
    ['https://example.com/r।', '⟦https://example.com/r⟧।'],
    ['https://example.com/f…', '⟦https://example.com/f⟧…'],
    ['https://example.com/f…puis', '⟦https://example.com/f⟧…puis'],
    ['https://example.com/n–', '⟦https://example.com/n⟧–'],
    ['https://example.com/n——然后', '⟦https://example.com/n⟧——然后'],
    ['`https://example.com/l`', '`⟦https://example.com/l⟧`'],
    ['‘https://example.com/l’然后', '‘⟦https://example.com/l⟧’然后'],
    ['https://example.com/l,然后', '⟦https://example.com/l⟧,然后'],
    ['https://example.com/b（官网）', '⟦https://example.com/b⟧（官网）'],
    ['https://example.com/～', '⟦https://example.com/⟧～'],
    ['見てhttps://example.com/a', '見て⟦https://example.com/a⟧'],
    ['ดูhttps://example.com/a', 'ดู⟦https://example.com/a⟧'],
    ['(https://example.org/a_(b).)', '(⟦https://example.org/a_(b)⟧.)'],
    ['https://example.org/a_(b)。', '⟦https://example.org/a_(b)⟧。'],
    // Other characters are part of an address.
    [
      'https://ja.wikipedia.org/wiki/東京（曖昧さ回避）',
      '⟦https://ja.wikipedia.org/wiki/東京（曖昧さ回避）⟧',
    ],
    ['https://ja.wikipedia.org/wiki/ジョン・レノン', '⟦https://ja.wikipedia.org/wiki/ジョン・レノン⟧'],
    ['https://例え.テスト/', '⟦https://例え.テスト/⟧'],
    ['https://fr.wikipedia.org/wiki/L’Étranger', '⟦https://fr.wikipedia.org/wiki/L’Étranger⟧'],
    ['https://example.com/?q=東京,1', '⟦https://example.com/?q=東京,1⟧'],
  ])('%j', (text, shown) => {
    expect(show(text)).toBe(shown);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt://example.org/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://example.org',
    'xhttps://example.org',
    'éhttps://example.org',
    'смhttps://example.org',
    'http://',
    'https://[broken',
    'https://user:secret@example.org/',
    'https://bank.example@evil.example/',
    'mailto:',
    'mailto:a@b@c',
    'mailto:%E0%A4%A',
    'www.example.org',
    'just text',
    '',
  ])('are not made of %j', (text) => {
    expect(hrefs(text)).toEqual([]);
    expect(show(text)).toBe(text);
  });

  it('end before what would make or hide markup', () => {
    expect(hrefs('https://example.org/"onclick="alert(1)')).toEqual(['https://example.org/']);
    expect(hrefs("https://example.org/<script>alert('x')</script>")).toEqual(['https://example.org/']);
  });

  it('end before a bidirectional or invisible character', () => {
    expect(show('https://example.org/\u202egpj.exe')).toBe('⟦https://example.org/⟧\u202egpj.exe');
    expect(show('https://exa\u200bmple.org')).toBe('⟦https://exa⟧\u200bmple.org');
  });

  it('together with the text are the message, to the character', () => {
    for (const text of [
      'a http://x.example) b',
      'http://x.example/...!?',
      '((http://x.example))',
      '😺 http://é.example 😺',
    ])
      expect(textOf(text)).toBe(text);
  });

  it('are found in a text far longer than a message may be: no work grows with the square of it', () => {
    for (const text of [
      'http://a' + ')'.repeat(MUCH),
      'http://東' + '（'.repeat(MUCH),
      'http://' + '東（'.repeat(MUCH),
      'http://a' + '('.repeat(MUCH) + ')'.repeat(MUCH),
      'http://'.repeat(MUCH),
      'mailto:' + '('.repeat(MUCH),
      '.'.repeat(MUCH),
    ])
      expect(textOf(text) === text).toBe(true);
  });
});
