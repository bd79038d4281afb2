import { describe, expect, it } from 'vitest';
import { Rows } from '../../web/components/people/rows.ts';

const crowd = Array.from({ length: 1_500 }, (_, index) => `u${index}`).sort();
const SHOWN = 100;

describe('the rows of the people, while a crowd comes', () => {
  /** Rows that were made, by frame. */
  const made: string[][] = [];
  const rows = new Rows((name) => {
    made.at(-1)!.push(name);
    return { name };
  });
  const frame = (names: readonly string[]) => {
    made.push([]);
    return rows.of(names.slice(0, SHOWN));
  };

  it('are few in each frame, in order, and all in the end', () => {
    let shown: readonly { name: string }[] = [];
    for (let isWhole = false; !isWhole;) {
      const before = shown;
      [shown, isWhole] = frame(crowd);
      expect(shown).toEqual(expect.arrayContaining([...before]));
      expect(shown.map(({ name }) => name)).toEqual(crowd.slice(0, shown.length));
    }
    expect(shown).toHaveLength(SHOWN);
    expect(Math.max(...made.map((names) => names.length))).toBeLessThanOrEqual(16);
  });

  it('stay the same for those who stay, and are made only for those who came', () => {
    const [before] = frame(crowd);
    expect(made.at(-1)).toEqual([]);
    const [after, isWhole] = frame(['alice', 'bob', ...crowd]);
    expect(made.at(-1)).toEqual(['alice', 'bob']);
    expect(after.slice(2)).toEqual(before.slice(0, -2));
    for (const [index, row] of after.slice(2).entries()) expect(row).toBe(before[index]);
    expect(isWhole).toBe(true);
  });

  it('come again, when someone comes back', () => {
    frame([]);
    const [back, isWhole] = frame(['alice']);
    expect([back.length, isWhole, made.at(-1)]).toEqual([1, true, ['alice']]);
  });

  it('are all there still when they look otherwise, as where one is ignored', () => {
    const list = new Rows((name) => `${name} as before`);
    while (!list.of(crowd.slice(0, SHOWN))[1]);
    list.makeAnew((name) => `${name} anew`);
    const [rows, isWhole] = list.of(crowd.slice(0, SHOWN));
    expect(isWhole).toBe(true);
    expect(rows).toEqual(crowd.slice(0, SHOWN).map((name) => `${name} anew`));
  });
});
