import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toChunks } from '../../web/selectors/chunks.ts';
import { searchFor } from '../../web/selectors/find-messages.ts';
import type { Entry, Outgoing } from '../../web/state/entries.ts';
import { fold } from '../../web/text/fold.ts';
import { occurrences } from '../../web/text/occurrences.ts';

const said = (id: number, text: string): Entry => ({
  kind: 'said',
  id,
  login: 'bob',
  text,
  at: 0,
  mine: false,
});
const findMessages = (entries: readonly Entry[], sought: string, outgoing: readonly Outgoing[] = []) =>
  searchFor(sought)(toChunks(entries, null, []), outgoing);
const found = (text: string, sought: string) =>
  occurrences(text, sought).map(([from, to]) => text.slice(from, to));

describe('messages that hold a text', () => {
  const entries: readonly Entry[] = [
    said(1, 'Café au lait'),
    { kind: 'gap', id: 2, from: 0, to: 0 },
    said(3, 'le cafe'),
    { kind: 'notice', id: 4, at: 0, text: 'CAFÉ closes' },
    { kind: 'note', id: 5, at: 0, note: 'open', login: 'café' },
    { kind: 'raw', id: 6, at: 0, form: 'text', text: 'cafe\u0301' },
    said(7, 'tea'),
  ];

  it('are found whatever their case and accents, in their order', () => {
    expect(findMessages(entries, 'cafe')).toEqual([1, 3, 4, 6]);
    expect(findMessages(entries, 'CAFÉ a')).toEqual([1]);
    expect(findMessages(entries, 'fé', [{ id: 8, text: 'café', at: 0, state: 'waiting' }])).toContain(8);
    expect(findMessages(entries, 'coffee')).toEqual([]);
  });

  it('are found as they are shown, whose signs stand between the letters, and as they were written', () => {
    const formatted = [
      said(1, 'The answer is **42**, by `int f(char *p)`'),
      said(2, '> asked\n*the* answer **is** 4*2'),
      said(3, '```\nreturn a*b;\n```'),
    ];
    expect(findMessages(formatted, 'answer is 42')).toEqual([1]);
    expect(findMessages(formatted, 'the ANSWER is 4*2')).toEqual([2]);
    expect(findMessages(formatted, 'by int f(char *p)')).toEqual([1]);
    expect(findMessages(formatted, 'is **42')).toEqual([1]);
    expect(findMessages(formatted, '**')).toEqual([1, 2]);
    expect(findMessages(formatted, 'return ab')).toEqual([]);
    expect(findMessages(formatted, '* `')).toEqual([]);
  });

  it('are none of people who are ignored, whose messages are not shown', () => {
    const ignored: Entry = { kind: 'ignored', id: 8, login: 'pest', text: 'café', at: 0, mine: false };
    expect(findMessages([...entries, ignored], 'cafe')).toEqual([1, 3, 4, 6]);
  });

  it('are looked for in what is new only, as long as the same is looked for', () => {
    const log = Array.from({ length: 10_000 }, (_, index) => said(index + 1, 'Café'));
    let reads = 0;
    const counted = log.map((entry) =>
      Object.defineProperty({ ...entry }, 'kind', { get: () => (reads++, 'said'), enumerable: true }),
    );
    const before = toChunks(counted.slice(0, -1), null, []);
    const after = toChunks(counted, null, before);
    const search = searchFor('cafe');
    expect(search(before, [])).toHaveLength(9_999);
    reads = 0;
    expect(search(after, [])).toHaveLength(10_000);
    expect(reads).toBeLessThan(100);
  });

  it('are none for nothing', () => {
    expect(findMessages(entries, '')).toEqual([]);
    expect(findMessages(entries, '  ')).toEqual([]);
  });
});

describe('the places of a text', () => {
  it.each([
    ['Café, CAFE', 'cafe', ['Café', 'CAFE']],
    ['cafe\u0301!', 'cafe', ['cafe\u0301']],
    ['aaaa', 'aa', ['aa', 'aa']],
    ['Straße', 'ss', ['ß']],
    ['Straße', 'strass', ['Straß']],
    ['ＡＢＣ', 'bc', ['ＢＣ']],
    ['한국', '한', ['한']],
    ['😺 x 😺', '😺', ['😺', '😺']],
    ['İSTANBUL', 'istanbul', ['İSTANBUL']],
    ['nothing', '', []],
  ])('in %j of %j', (text, sought, places) => {
    expect(found(text, sought)).toEqual(places);
  });

  it('hold what is looked for, follow each other, and are in every message that is found', () => {
    const texts = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', 'e\u0301', 'ß', 'İ', 'ς', '한', 'か', 'が', ' ', '😺'),
    });
    fc.assert(
      fc.property(
        texts,
        fc.string({ unit: fc.constantFrom('a', 'e', 'É', 's', '한', 'か', ' ') }),
        (text, sought) => {
          let last = 0;
          for (const [from, to] of occurrences(text, sought)) {
            expect(to).toBeGreaterThan(from);
            expect(to).toBeGreaterThanOrEqual(last);
            expect(fold(text.slice(from, to))).toContain(fold(sought));
            last = to;
          }
          const isFound = findMessages([said(1, text)], sought).length > 0;
          if (isFound) expect(last).toBeGreaterThan(0);
        },
      ),
    );
  });
});
