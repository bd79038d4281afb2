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
  let said: (string | null)[] = [];
  beforeEach(() => {
    vi.useFakeTimers();
    goWithout();
    said = [];
    onMissing((why) => said.push(why));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Makes an import that fails so many times. */
  const failing = (times: number, error: Error = new TypeError('no network')) =>
    vi.fn(() => (times-- > 0 ? Promise.reject(error) : Promise.resolve('here')));

  it('is said from the first failure on, asked for again ever more rarely, and no longer said once it is there', async () => {
    const load = failing(3);
    const loading = retryImport(load);
    await vi.advanceTimersByTimeAsync(0);
    expect(said.at(-1)).toBe('away');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(load).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1 + 4_000);
    await expect(loading).resolves.toBe('here');
    expect(said.at(-1)).toBe(null);
  });

  it('is said once to someone who goes without it, and is still tried', async () => {
    const load = failing(3);
    const loading = retryImport(load);
    await vi.advanceTimersByTimeAsync(0);
    goWithout();
    said = [];
    await vi.advanceTimersByTimeAsync(7_000);
    await expect(loading).resolves.toBe('here');
    expect([load.mock.calls.length, said]).toEqual([4, []]);
  });

  it('that the server answers for, and does not have, is of another version; that it is away comes after that', async () => {
    void retryImport(failing(1, new Error('404')));
    await vi.advanceTimersByTimeAsync(0);
    expect(said.at(-1)).toBe('replaced');
    void retryImport(failing(1));
    await vi.advanceTimersByTimeAsync(0);
    expect(said.at(-1)).toBe('replaced');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said.at(-1)).toBe(null);
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
    const ended = expect(loading).rejects.toThrow('no network');
    await vi.advanceTimersByTimeAsync(500);
    unwanted.abort();
    await ended;
    expect(said.at(-1)).toBe(null);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is one thing however often it fails, and goes alone', () => {
    const [one, other] = [vi.fn(), vi.fn()];
    reportMissing('panels', one, new TypeError());
    reportMissing('panels', other, new TypeError());
    reportMissing('words', vi.fn(), new TypeError());
    tryMissing();
    expect([one.mock.calls.length, other.mock.calls.length]).toEqual([0, 1]);
    reportLoaded('panels');
    expect(said.at(-1)).toBe('away');
    reportLoaded('words');
    expect(said.at(-1)).toBe(null);
  });
});
