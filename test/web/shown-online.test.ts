import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ShownOnline } from '../../web/components/people/shown-online.ts';
import { onlineOf } from '../../web/state/presence.ts';

const state = (logins: readonly string[], synced = true) => ({ online: onlineOf(logins), synced });

describe('the people who are here, in all views', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('are the same at every time, whenever each view asks', () => {
    const shown = new ShownOnline(new Map());
    const seen: number[] = [];
    shown.watch(() => seen.push(shown.of(last).size));
    let last = state(['ann']);
    expect(shown.of(last).size).toBe(1);
    vi.advanceTimersByTime(100);
    last = state(['ann', 'bob']);
    expect(shown.of(last).size).toBe(1);
    // A view that opens in between, or asks in the same frame after the time is over, does not get ahead.
    vi.advanceTimersByTime(399);
    expect(shown.of(last).size).toBe(1);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(seen).toEqual([2]);
    expect(shown.of(last).size).toBe(2);
  });

  it('are shown when their list is whole, and stay while the connection is lost', () => {
    const shown = new ShownOnline(new Map());
    expect(shown.of(state(['ann'], false)).size).toBe(0);
    expect(shown.of(state(['ann', 'bob', 'eve'])).size).toBe(3);
    expect(shown.of(state(['ann', 'bob', 'eve'], false)).size).toBe(3);
    vi.advanceTimersByTime(1_000);
    expect(shown.of(state(['ann'], false)).size).toBe(3);
    expect(shown.of(state([], false)).size).toBe(0);
  });
});
