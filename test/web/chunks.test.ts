import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBlocks } from '../../web/selectors/blocks.ts';
import { toChunks, type Chunk } from '../../web/selectors/chunks.ts';
import type { Entry } from '../../web/state/entries.ts';

const NOON = new Date(2026, 0, 1, 12).getTime();

const said = (id: number, login = `who${id % 3}`): Entry => ({
  kind: 'said',
  id,
  login,
  text: 'x',
  at: NOON + id,
  mine: false,
});
const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => said(from + index));
const ids = (chunks: readonly Chunk[]) => chunks.flatMap(({ entries }) => entries.map(({ id }) => id));
const sizes = (chunks: readonly Chunk[]) => chunks.map(({ entries }) => entries.length);
const blocksOf = ({ entries, newFrom, day, goesOn }: Chunk) => toBlocks(entries, newFrom, day, goesOn);
const days = (chunks: readonly Chunk[]) =>
  chunks.map((chunk) => blocksOf(chunk).filter(({ kind }) => kind === 'day').length);

describe('the chunks of a conversation', () => {
  it('hold every entry once, in order, and none is large', () => {
    const chunks = toChunks(many(1, 10_001), null, []);
    expect(ids(chunks)).toEqual(many(1, 10_001).map(({ id }) => id));
    expect(Math.max(...sizes(chunks))).toBeLessThanOrEqual(16);
    expect(chunks.length).toBeGreaterThan(100);
  });

  it('stay the same objects when an entry is added, but for the last', () => {
    const entries = many(1, 500);
    const before = toChunks(entries, null, []);
    const after = toChunks([...entries, said(500)], null, before);
    expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
    for (const [index, chunk] of before.slice(0, -1).entries()) expect(after[index]).toBe(chunk);
    expect(after.at(-1)).not.toBe(before.at(-1));
    // A full one is not laid out anew because the next begins, or changes.
    const full = entries.slice(0, 495);
    const one = toChunks(full, null, []);
    const two = toChunks([...full, said(496)], null, one);
    const three = toChunks([...full, said(496, 'other')], null, two);
    expect(two).toHaveLength(one.length + 1);
    for (const [index, chunk] of one.entries())
      expect(two[index] === chunk && three[index] === chunk, `${index}`).toBe(true);
  });

  it('stay the same objects when entries are let go at the front, but for the first', () => {
    const entries = many(1, 500);
    const before = toChunks(entries, null, []);
    const after = toChunks(entries.slice(7), null, before);
    expect(ids(after)).toEqual(ids(before).slice(7));
    for (const [index, chunk] of after.entries()) if (index > 0) expect(before).toContain(chunk);
  });

  it('have ids that grow, and stay the same while entries are let go and come', () => {
    const idsOf = (entries: readonly Entry[]) => toChunks(entries, null, []).map(({ id }) => id);
    const all = idsOf(many(1, 500));
    expect(all).toEqual([...new Set(all)].sort((one, other) => one - other));
    // Only a part of the first chunk is dropped: what is laid out of it stays the same element.
    expect(idsOf(many(5, 500))).toEqual(all);
    expect(idsOf(many(5, 510)).slice(0, all.length)).toEqual(all);
  });

  it('stay small, and where they are, in a flood of one author', () => {
    const entries = many(1, 1000).map((entry) => ({ ...entry, login: 'flood' }));
    const before = toChunks(entries, null, []);
    expect(Math.max(...sizes(before))).toBeLessThanOrEqual(16);
    const after = toChunks(entries.slice(33), null, before);
    expect(after.filter((chunk) => !before.includes(chunk))).toHaveLength(1);
  });

  it('leave a flood of ignored people few lines, and what is around it small', () => {
    const entries = many(1, 3000).map((entry): Entry =>
      entry.id < 500 || entry.id >= 2500 ? entry : ({ ...entry, kind: 'ignored' } as Entry),
    );
    const chunks = toChunks(entries, null, []);
    expect(ids(chunks)).toEqual(entries.map(({ id }) => id));
    const blocks = chunks.map(blocksOf);
    expect(blocks.flat().filter(({ kind }) => kind === 'ignored').length).toBeLessThanOrEqual(17);
    const others = blocks.map((some) => some.flatMap((one) => (one.kind === 'group' ? one.said : [])).length);
    expect(Math.max(...others)).toBeLessThanOrEqual(16);
  });

  it('do not part what one author says', () => {
    const entries = [...many(1, 7), said(7, 'a'), said(8, 'a'), said(9, 'a'), said(10, 'b')];
    expect(sizes(toChunks(entries, null, []))).toEqual([10]);
  });

  it('cut a group, and not its heading off, but where the divider or some minutes are between', () => {
    const headings = (later: number, newFrom: number | null, from = 12) => {
      const all = many(from, 22).map((one) => ({
        ...one,
        login: 'a',
        at: NOON + (one.id < 16 ? 0 : later),
      })) as Entry[];
      const chunks = toChunks(all, newFrom, []);
      return chunks.map((chunk) =>
        blocksOf(chunk).flatMap((one) => (one.kind === 'group' ? [one.goesOn ? '…' : one.login] : [])),
      );
    };
    expect(headings(299_999, null)).toEqual([['a'], ['…']]);
    expect(headings(299_999, 16)).toEqual([['a'], ['a']]);
    expect(headings(299_999, 18)).toEqual([['a'], ['…', 'a']]);
    expect(headings(300_000, null)).toEqual([['a'], ['a']]);
    // What went before is let go.
    expect(headings(299_999, null, 16)).toEqual([['a']]);
  });

  it('are found without a look at what is in them: only what is laid out is made into blocks', () => {
    let times = 0;
    const entries = many(1, 10_001).map((entry) =>
      Object.defineProperty({ ...entry }, 'at', { get: () => (times++, NOON), enumerable: true }),
    );
    const chunks = toChunks(entries, null, []);
    // Only the day before each chunk, and whether what stands at its border belongs together.
    expect(times).toBeLessThan(4 * chunks.length);
  });

  it('look at nothing of 10,000 entries but their order when one is added: only at what is around it', () => {
    let reads = 0;
    const entries = many(1, 10_001).map((entry) =>
      Object.defineProperty({ ...entry }, 'login', { get: () => (reads++, 'x'), enumerable: true }),
    );
    const before = toChunks(entries.slice(0, -1), null, []);
    reads = 0;
    toChunks(entries, null, before);
    expect(reads).toBeLessThan(100);
    // A full log lets go of one at its front as well.
    toChunks(entries.slice(1), null, before);
    expect(reads).toBeLessThan(200);
  });

  it('are what they would be without those before, whatever has come, changed and gone', () => {
    const step = fc.record({
      added: fc.array(
        fc.record({ login: fc.constantFrom('a', 'b'), kind: fc.constantFrom('said', 'ignored') }),
        { maxLength: 40 },
      ),
      dropped: fc.integer({ min: 0, max: 20 }),
      changed: fc.integer({ min: 0, max: 30 }),
      removed: fc.integer({ min: 0, max: 60 }),
      newFrom: fc.option(fc.integer({ min: 1, max: 120 })),
      at: fc.constantFrom(0, 86_400_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let entries: readonly Entry[] = [];
        let chunks: readonly Chunk[] = [];
        let next = 1;
        for (const { added, dropped, changed, removed, newFrom, at } of steps) {
          const more = added.map((one) => ({ ...said(next), ...one, at: NOON + at + next++ }) as Entry);
          entries = [...entries.slice(dropped), ...more].filter((_entry, index) => index !== removed);
          entries = entries.map((entry, index) => (index === changed ? { ...entry } : entry));
          const fresh = toChunks(entries, newFrom, []);
          chunks = toChunks(entries, newFrom, chunks);
          expect(chunks).toEqual(fresh);
          // Not only as the same: what was changed is in it.
          expect(chunks.flatMap((chunk) => chunk.entries).every((one, index) => one === entries[index])).toBe(
            true,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('say a day once, in the first that has it', () => {
    const entries = many(1, 200);
    const chunks = toChunks(entries, null, []);
    expect(days(chunks)).toEqual([1, ...chunks.slice(1).map(() => 0)]);
    expect(days(toChunks(entries.slice(60), null, chunks))[0]).toBe(1);
  });

  it('put the line of what is new above its entry, and take it away again', () => {
    const entries = many(1, 100);
    const plain = toChunks(entries, null, []);
    const divided = toChunks(entries, 50, plain);
    expect(divided.filter((chunk) => !plain.includes(chunk))).toHaveLength(1);
    const blocks = blocksOf(divided.find(({ newFrom }) => newFrom === 50)!);
    const line = blocks.findIndex(({ kind }) => kind === 'unread');
    expect(blocks[line + 1]).toMatchObject({ kind: 'group', id: 50 });
    expect(toChunks(entries, null, divided)).toEqual(plain);
  });
});
