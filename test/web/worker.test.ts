import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const ASSET = new Request('http://room.example/assets/index.js');
/** What a browser asks for at a reload: no script can make such a Request. */
const PAGE = { url: 'http://room.example/', method: 'GET', mode: 'navigate' };

/** The service worker, in a world of its own. */
describe('the service worker', () => {
  const listeners = new Map<string, (event: unknown) => void>();
  let match: () => Promise<Response | undefined>;
  let server: () => Promise<Response>;

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.resetModules();
    vi.stubGlobal('addEventListener', (type: string, listener: (event: unknown) => void) =>
      listeners.set(type, listener),
    );
    vi.stubGlobal('location', new URL('http://room.example/sw.js'));
    vi.stubGlobal('FILES', ['./', './assets/index.js']);
    vi.stubGlobal('VERSION', '1');
    vi.stubGlobal('caches', { match: () => match() });
    vi.stubGlobal('fetch', () => server());
    server = () => Promise.resolve(new Response('from the server'));
    // It is a script, not a module, to the compiler.
    const worker: string = '../../web/service-worker/worker.ts';
    await import(worker);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const ask = async (request: object = ASSET): Promise<string> => {
    let answer: Promise<Response> | undefined;
    const respondWith = (given: Promise<Response>) => (answer = given);
    listeners.get('fetch')?.({ request, respondWith });
    await vi.advanceTimersByTimeAsync(60_000);
    return (await answer)?.text() ?? '';
  };

  it('asks the server for a file that the cache has not', async () => {
    match = () => Promise.resolve(undefined);
    expect(await ask()).toBe('from the server');
  });

  it('does not ask for one that it has', async () => {
    match = () => Promise.resolve(new Response('from the cache'));
    server = () => Promise.reject(new Error('asked'));
    expect(await ask()).toBe('from the cache');
  });

  it.each([
    ['fails', () => Promise.reject(new Error('broken'))],
    ['never answers', () => new Promise<never>(() => {})],
  ])('asks the server when the cache %s', async (_, broken) => {
    match = broken;
    expect(await ask()).toBe('from the server');
  });

  it('waits for a cache that is late where there is no server', async () => {
    match = () => new Promise((resolve) => setTimeout(() => resolve(new Response('from the cache')), 30_000));
    server = () => Promise.reject(new TypeError('no network'));
    expect(await ask()).toBe('from the cache');
  });

  it.each([
    ['fails', () => Promise.reject(new TypeError('no network'))],
    ['never answers, though it takes the connection', () => new Promise<never>(() => {})],
  ])('shows the page that was kept when the server %s', async (_, broken) => {
    match = () => Promise.resolve(new Response('from the cache'));
    server = broken;
    expect(await ask(PAGE)).toBe('from the cache');
  });

  it.each([
    ['has nothing', () => Promise.resolve(undefined)],
    ['never answers', () => new Promise<never>(() => {})],
  ])('waits for a server that is late when the cache %s', async (_, broken) => {
    match = broken;
    server = () =>
      new Promise((resolve) => setTimeout(() => resolve(new Response('from the server')), 30_000));
    expect(await ask(PAGE)).toBe('from the server');
  });
});
