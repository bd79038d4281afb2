import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shownOnline, watchOnline } from '../../web/components/people/shown-online.ts';
import { onlineOf } from '../../web/state/presence.ts';

/** Follows a state, which the test changes; `sets` has how many people were shown, one after the other. */
function follow() {
  shownOnline.set(new Map());
  let changed: Parameters<Parameters<typeof watchOnline>[0]['subscribe']>[0] = () => {};
  watchOnline({
    state: { online: shownOnline.value, synced: false },
    subscribe: (listener) => (changed = listener),
  });
  const set = vi.spyOn(shownOnline, 'set');
  const logins = (names: readonly string[], synced = true) => {
    changed({ online: onlineOf(names), synced });
    return shownOnline.value.size;
  };
  return { logins, sets: () => set.mock.calls.map(([online]) => online.size) };
}

describe('the people who are here, in all views', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('are shown at once, and what follows close to that for all views at one time', () => {
    const { logins, sets } = follow();
    expect(logins(['ann'])).toBe(1);
    vi.advanceTimersByTime(100);
    expect(logins(['ann', 'bob'])).toBe(1);
    vi.advanceTimersByTime(399);
    expect(logins(['ann', 'bob', 'eve'])).toBe(1);
    expect(sets()).toEqual([1]);
    vi.advanceTimersByTime(1);
    expect(sets()).toEqual([1, 3]);
    vi.advanceTimersByTime(1_000);
    expect(sets()).toEqual([1, 3]);
  });

  it('are shown when their list is whole, and stay while the connection is lost', () => {
    const { logins } = follow();
    expect(logins(['ann'], false)).toBe(0);
    expect(logins(['ann', 'bob', 'eve'])).toBe(3);
    expect(logins(['ann', 'bob', 'eve'], false)).toBe(3);
    vi.advanceTimersByTime(1_000);
    expect(logins(['ann'], false)).toBe(3);
    expect(logins([], false)).toBe(0);
  });
});
