import { afterEach, expect, it, vi } from 'vitest';
import { isServerThere } from '../../web/net/reach.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it.each(['TimeoutError', 'AbortError'])(
  'takes the server to be there when nothing answers in time, by whatever name the browser says so (%s)',
  async (name) => {
    const timeout = new AbortController();
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timeout.signal);
    vi.stubGlobal(
      'fetch',
      (_: string, { signal }: RequestInit) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(new DOMException('too late', name))),
        ),
    );
    const answer = isServerThere();
    timeout.abort();
    expect(await answer).toBe(true);
  },
);

it('takes it to be away when it cannot be reached, or a proxy says so', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('refused')));
  expect(await isServerThere()).toBe(false);
  vi.stubGlobal('fetch', () => Promise.resolve({ status: 502 }));
  expect(await isServerThere()).toBe(false);
});
