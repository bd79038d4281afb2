import { describe, expect, it } from 'vitest';
import { Coalesced } from '../../web/components/base/throttle.ts';
import { findPeople } from '../../web/selectors/find-people.ts';
import { onlineOf } from '../../web/state/presence.ts';

describe('the list of people, while many come', () => {
  it('is shown anew at once, and then twice in a second, the newest last', () => {
    const list = new Coalesced(0);
    const shown: number[] = [];
    let wait = 0;
    // 1,500 people in 5 s, a frame of 16 ms each time.
    for (let now = 16, people = 0; now <= 5_000; now += 16) {
      people += 5;
      const [value, rest] = list.take(people, now);
      if (value !== shown.at(-1)) shown.push(value);
      if (now > 4_980) [wait] = [rest];
    }
    expect(shown[0]).toBe(5);
    expect(shown.length).toBeLessThanOrEqual(12);
    const [last, rest] = list.take(1_560, 5_000 + wait);
    expect([last, rest]).toEqual([1_560, 0]);
  });

  it('gives one change after a quiet time at once', () => {
    const list = new Coalesced('a');
    expect(list.take('b', 0)).toEqual(['b', 0]);
    expect(list.take('c', 100)).toEqual(['b', 400]);
    expect(list.take('b', 200)).toEqual(['b', 0]);
    expect(list.take('c', 500)).toEqual(['c', 0]);
    expect(list.take('d', 9_000)).toEqual(['d', 0]);
  });

  it('is put in order once for all views of the same people, with those who come at their place', () => {
    const logins = Array.from({ length: 1_500 }, (_, index) => `u${index}`);
    const all = onlineOf(logins);
    const sorted = findPeople(all, '', 'en');
    expect(findPeople(all, '', 'en')).toBe(sorted);
    const more = findPeople(onlineOf([...logins.slice(1), 'u10a']), '', 'en');
    expect(more).toHaveLength(1_500);
    expect(more.slice(8, 12)).toEqual(['u9', 'u10', 'u10a', 'u11']);
  });
});
