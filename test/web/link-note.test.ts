import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONNECTING_MS, createTryNow } from '../../web/state/link-note.ts';
import { reduce } from '../../web/state/reduce.ts';
import { initialState } from '../../web/state/state.ts';
import { createStore } from '../../web/state/store.ts';

/** Sets up a page whose connection is lost, and which finds the server there or not. */
function setUp(isThere: boolean) {
  const store = createStore(reduce, initialState('en'));
  store.dispatch({ type: 'accepted', login: 'ann', at: 0 });
  store.dispatch({ type: 'dropped', at: 1 });
  const calls: string[] = [];
  const ask = () => {
    calls.push('ask');
    return Promise.resolve(isThere);
  };
  const tryNow = createTryNow(store, () => void calls.push('retry'), ask);
  return { store, calls, tryNow, note: () => store.state.linkNote ?? null };
}

beforeEach(() => vi.useFakeTimers({ now: 60_000 }));
afterEach(() => vi.useRealTimers());

describe('“Try now”', () => {
  it('tries, and then says when it was in vain, each time anew', async () => {
    const { calls, tryNow, note } = setUp(false);
    tryNow();
    expect([calls, note()]).toEqual([['retry', 'ask'], null]);
    await vi.advanceTimersByTimeAsync(0);
    const first = note();
    expect(first).toEqual({ kind: 'unreached', at: 60_000 });
    tryNow();
    expect(note()).toBeNull();
    await vi.advanceTimersByTimeAsync(0);
    expect(note()).toEqual(first);
    expect(note()).not.toBe(first);
  });

  it('says it once for clicks that follow each other while it is tried', async () => {
    const { store, tryNow } = setUp(false);
    let notes = 0;
    store.subscribe(({ linkNote }) => (notes += linkNote ? 1 : 0));
    for (let click = 0; click < 3; click++) tryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(notes).toBe(1);
  });

  it('says it of a server that is there and takes no connection, and nothing once the connection is back', async () => {
    const away = setUp(true);
    away.tryNow();
    await vi.advanceTimersByTimeAsync(CONNECTING_MS - 1);
    expect(away.note()).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(away.note()?.kind).toBe('unreached');
    const there = setUp(true);
    there.tryNow();
    there.store.dispatch({ type: 'resumed', at: 2 });
    await vi.advanceTimersByTimeAsync(CONNECTING_MS);
    expect(there.note()).toBeNull();
  });
});
