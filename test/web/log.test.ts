import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { addEntry } from '../../web/state/conversations.ts';
import type { Entry } from '../../web/state/entries.ts';
import { Log, MAX_ENTRIES, newest } from '../../web/state/log.ts';
import { initialState, type State } from '../../web/state/state.ts';

const said = (id: number): Entry => ({ kind: 'said', id, login: 'bob', text: 'x', at: 0, mine: false });
const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => said(from + index));
const ids = (log: Log) => log.all.map(({ id }) => id);

describe('the log of a conversation', () => {
  it('is the same as a list that is copied with each entry, whenever somebody looks, and so is every one before it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.boolean()), { maxLength: 20 }),
        fc.constantFrom(0, 3, MAX_ENTRIES - 200, MAX_ENTRIES),
        (steps, start) => {
          let model: readonly Entry[] = many(-start, 0);
          let log = new Log(model);
          const before: [Log, readonly Entry[]][] = [];
          let next = 1;
          for (const [count, looks] of steps) {
            for (let times = 0; times < count; times++) {
              log = log.with(said(next));
              model = newest([...model, said(next++)], MAX_ENTRIES);
            }
            if (looks) expect(log.all).toEqual(model);
            before.push([log, model]);
          }
          for (const [old, then] of before) expect(ids(old)).toEqual(then.map(({ id }) => id));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('says that older entries were let go, with one mark that takes the place of one of them', () => {
    const once = newest(many(0, 10), 5);
    expect(once).toEqual([{ kind: 'mark', id: 5, at: 0, mark: 'let-go' }, ...many(6, 10)]);
    expect(newest([...once, said(10)], 5)).toEqual([{ ...once[0], id: 6 }, ...many(7, 11)]);
    const few = many(0, 5);
    expect(newest(few, 5)).toBe(few);
  });

  it('is put together only for who looks: with each of 1,000 messages, little of the 10,000 before is copied', () => {
    const { conversations } = initialState('en');
    const full = { ...conversations[0], log: new Log(many(1, MAX_ENTRIES + 1)) };
    let state: State = { ...initialState('en'), conversations: [full], nextId: MAX_ENTRIES + 1 };
    let copied = 0;
    const copies = (['slice', 'concat'] as const).map((name) => {
      const original = Array.prototype[name] as (...args: unknown[]) => unknown[];
      return vi.spyOn(Array.prototype, name).mockImplementation(function (
        this: unknown[],
        ...args: unknown[]
      ) {
        const copy = original.apply(this, args);
        copied += copy.length;
        return copy;
      });
    });
    for (let times = 0; times < 1_000; times++)
      state = addEntry(state, 'room', { kind: 'said', login: 'bob', text: 'x', at: 0, mine: false });
    for (const copy of copies) copy.mockRestore();
    expect(copied).toBeLessThan(1_000 * 200);
    const { all } = state.conversations[0].log;
    expect([all.length, all.at(-1)?.id]).toEqual([MAX_ENTRIES, MAX_ENTRIES + 1_000]);
    expect(state.conversations[0].log.all).toBe(all);
  });
});
