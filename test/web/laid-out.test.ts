import { describe, expect, it } from 'vitest';
import { LaidOut, type View } from '../../web/components/log/laid-out.ts';
import { toChunks } from '../../web/selectors/chunks.ts';
import type { Entry } from '../../web/state/entries.ts';

/** Heights of an entry and of the log, in pixels. */
const [LINE, HEIGHT] = [25, 600];
const entries = Array.from({ length: 10_000 }, (_, index): Entry => ({
  kind: 'said',
  id: index + 1,
  login: `who${index % 3}`,
  text: 'x',
  at: 0,
  mine: false,
}));
const chunks = toChunks(entries, null, []);

/** Numbers of messages that each task lays out besides those before, until the margin is whole. */
function frames(log: LaidOut, view: View | null): number[] {
  const added: number[] = [];
  const known = new Set<number>();
  do {
    const shown = chunks.slice(...log.rangeIn(chunks, view, HEIGHT, (chunk) => chunk.entries.length * LINE));
    const fresh = shown.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    added.push(fresh.reduce((sum, chunk) => sum + chunk.entries.length, 0));
  } while (!log.isWhole);
  return added;
}

it('a chunk of ignored people, longer than what one task lays out, is laid out all the same', () => {
  const ignored = entries.slice(0, 200).map((entry) => ({ ...entry, kind: 'ignored' }) as Entry);
  const long = toChunks(ignored, null, []);
  const log = new LaidOut();
  let range = log.rangeIn(long, null, HEIGHT, () => LINE);
  for (let times = 0; !log.isWhole && times < 10; times++)
    range = log.rangeIn(long, null, HEIGHT, () => LINE);
  expect(range).toEqual([0, long.length]);
});

describe('what of a log of 10,000 messages is laid out', () => {
  const middle: View = { id: chunks[300]!.id, top: -100, height: HEIGHT };

  it.each([
    ['at its end', null],
    ['in its middle', middle],
  ])('comes in slices %s, each of little', (_where, view) => {
    const slices = frames(new LaidOut(), view);
    expect(Math.max(...slices)).toBeLessThanOrEqual(16);
    // In the end as much as a height above, and below.
    const all = slices.reduce((sum, count) => sum + count, 0);
    expect(all * LINE).toBeGreaterThanOrEqual(HEIGHT * (view ? 3 : 2));
    expect(all).toBeLessThan(200);
  });

  it('begins with what one comes back to, wherever in the log that was, and has all in sight before the margin', () => {
    for (const top of [0, HEIGHT / 2 + 1, HEIGHT - 1, HEIGHT * 1.5]) {
      const view = { id: chunks[300]!.id, top, height: HEIGHT / 2 };
      const log = new LaidOut();
      const next = () => log.rangeIn(chunks, view, HEIGHT / 2, ({ entries: { length } }) => length * LINE);
      let [first, last] = next();
      expect([first <= 300, last > 300]).toEqual([true, true]);
      while (!log.isSeen) [first, last] = next();
      const heightOf = (from: number, to: number) =>
        chunks.slice(from, to).reduce((sum, { entries: { length } }) => sum + length * LINE, 0);
      expect(heightOf(first, 300)).toBeGreaterThanOrEqual(top);
      expect(heightOf(300, last)).toBeGreaterThanOrEqual(HEIGHT / 2 - top);
      expect(log.isWhole).toBe(false);
    }
  });

  it('is whole at once where one was: a step of scrolling adds its own part', () => {
    const log = new LaidOut();
    frames(log, middle);
    const next = { ...middle, id: chunks[301]!.id };
    expect(frames(log, next)).toHaveLength(1);
    expect(frames(log, { ...middle, id: chunks[20]!.id }).length).toBeGreaterThan(1);
  });

  it('lays out no margin while all that is in sight is new, as in a flood', () => {
    const log = new LaidOut();
    const atEnd = (end: number) =>
      log.rangeIn(chunks.slice(0, end), null, HEIGHT, (chunk) => chunk.entries.length * LINE);
    for (let end = 100; end < 200; end += 10) {
      const [first, last] = atEnd(end);
      expect(last).toBe(end);
      expect((last - first) * 8 * LINE).toBeLessThan(HEIGHT + 2 * 8 * LINE);
    }
  });

  it('is not whole when what was guessed to be high turns out not to be', () => {
    const log = new LaidOut();
    let line = HEIGHT;
    const next = () => log.rangeIn(chunks, null, HEIGHT, (chunk) => chunk.entries.length * line);
    const [first] = next();
    expect([log.isSeen, log.isWhole]).toEqual([true, true]);
    line = 1;
    expect([log.isSeen, log.isWhole]).toEqual([false, false]);
    expect(next()[0]).toBeLessThan(first);
  });

  it('needs no second time for a log that is empty', () => {
    const log = new LaidOut();
    expect(log.rangeIn([], null, HEIGHT, () => LINE)).toEqual([0, 0]);
    expect(log.isWhole).toBe(true);
  });
});
