import { describe, expect, it } from 'vitest';
import {
  isUnseenSince,
  MovedRows,
  onePressEach,
  sinceOf,
  UNSEEN_MS,
} from '../../web/components/base/moved-rows.ts';

describe('a list whose rows move by themselves', () => {
  const listOf = (...rows: string[]) => {
    const list = new MovedRows<string>();
    list.show(rows, 0);
    return list;
  };
  /** Places whose rows cannot have been seen yet. */
  const unseen = (list: MovedRows<string>, now: number) =>
    [0, 1, 2, 3].filter((at) => list.isUnseen(at, now));

  it('may be pressed as soon as it is there, and at its end, where nothing was', () => {
    const list = listOf('ann', 'bob');
    expect(unseen(list, 0)).toEqual([]);
    list.show(['ann', 'bob', 'carol'], 10);
    expect(unseen(list, 10)).toEqual([]);
  });

  it('has rows that cannot have been seen below one that has gone or come, for a moment', () => {
    const list = listOf('ann', 'bob', 'carol');
    list.show(['ann', 'carol'], 1_000);
    expect(unseen(list, 1_000)).toEqual([1]);
    list.show(['ann', 'carol'], 1_000 + UNSEEN_MS - 1);
    expect(unseen(list, 1_000 + UNSEEN_MS - 1)).toEqual([1]);
    expect(unseen(list, 1_000 + UNSEEN_MS)).toEqual([]);
    list.show(['abel', 'ann', 'carol'], 2_000);
    expect(unseen(list, 2_000)).toEqual([0, 1]);
  });

  it('has one that has come where another has gone from the end', () => {
    const list = listOf('ann', 'bob');
    list.show(['ann'], 1_000);
    list.show(['ann', 'carol'], 1_001);
    expect(unseen(list, 1_001)).toEqual([1]);
  });
});

it('a card that comes where another has gone a moment ago cannot have been seen yet, nor by a finger where nothing was', () => {
  expect(sinceOf({ shown: undefined, since: -Infinity }, 1_000, false)).toBe(-Infinity);
  expect(sinceOf({ shown: 'ann', since: -Infinity }, 1_000, false)).toBe(1_000);
  expect(sinceOf({ shown: undefined, since: 1_000 }, 1_050, false)).toBe(1_050);
  expect(sinceOf({ shown: undefined, since: 1_000 }, 1_000 + UNSEEN_MS, false)).toBe(-Infinity);
  expect(sinceOf({ shown: undefined, since: -Infinity }, 1_000, true)).toBe(1_000);
});

it('the second click in haste is not on what has taken the place of the one that the first made go', () => {
  let now = 1_000;
  const isMeant = onePressEach(() => now);
  const pressed = (thing: string, detail = 1) => isMeant(thing, { detail });
  expect(pressed('last')).toBe(true);
  now += UNSEEN_MS - 1;
  expect([pressed('last but one'), pressed('last but one', 2)]).toEqual([false, false]);
  // By a key it is the one that has the focus; and one that is still there is the same.
  expect([pressed('last'), pressed('last but one', 0)]).toEqual([true, true]);
  now += UNSEEN_MS;
  expect(pressed('last')).toBe(true);
});

it('a click is on what was there when it was pressed, however long that takes', () => {
  const since = 1_000;
  const [late, soon] = [since + UNSEEN_MS, since + UNSEEN_MS - 1];
  expect(isUnseenSince(since, late + 300, soon)).toBe(true);
  expect(isUnseenSince(since, late + 300, late)).toBe(false);
  // One that nothing pressed, also long after a press.
  expect([soon, late].map((now) => isUnseenSince(since, now, -1_000))).toEqual([true, false]);
});
