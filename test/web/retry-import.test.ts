import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  goWithout,
  reportLoaded,
  retryImport,
  reportMissing,
  onMissing,
  tryMissing,
} from '../../web/net/retry-import.ts';

describe('what cannot be loaded', () => {
  let said: boolean[] = [];
  beforeEach(() => {
    vi.useFakeTimers();
    goWithout();
    said = [];
    onMissing((isMissing) => said.push(isMissing));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Makes an import that fails so many times. */
  const failing = (times: number) =>
    vi.fn(() => (times-- > 0 ? Promise.reject(new Error('404')) : Promise.resolve('here')));

  it('is said from the first failure on, asked for again ever more rarely, and no longer said once it is there', async () => {
    const load = failing(3);
    const loading = retryImport(load);
    await vi.advanceTimersByTimeAsync(0);
    expect(said.at(-1)).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(load).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1 + 4_000);
    await expect(loading).resolves.toBe('here');
    expect(said.at(-1)).toBe(false);
  });

  it('is tried at once when someone asks for it', async () => {
    const load = failing(1);
    const loading = retryImport(load);
    await vi.advanceTimersByTimeAsync(0);
    tryMissing();
    await expect(loading).resolves.toBe('here');
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('is not asked for any more when nobody wants it', async () => {
    const load = failing(Infinity);
    const unwanted = new AbortController();
    const loading = retryImport(load, unwanted.signal);
    const ended = expect(loading).rejects.toThrow('404');
    await vi.advanceTimersByTimeAsync(500);
    unwanted.abort();
    await ended;
    expect(said.at(-1)).toBe(false);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is one thing however often it fails, and goes alone', () => {
    const [one, other] = [vi.fn(), vi.fn()];
    reportMissing('panels', one);
    reportMissing('panels', other);
    reportMissing('words', vi.fn());
    tryMissing();
    expect([one.mock.calls.length, other.mock.calls.length]).toEqual([0, 1]);
    reportLoaded('panels');
    expect(said.at(-1)).toBe(true);
    reportLoaded('words');
    expect(said.at(-1)).toBe(false);
  });
});
