/**
 * The page without a network. The document is always asked for first: what is cached is only shown when no answer
 * comes in time, so that nobody sees an old page while the server is there. Built assets carry a hash in their name and
 * never change. The cache is named after its contents, and lives as long as a page that was loaded with it.
 */

import type { NoticeData } from '../platform/notification.ts';

/** Paths of everything built, put in by vite.config.ts; the first is the document. */
declare const FILES: readonly string[];
/** Version, which changes when any of the files does. */
declare const VERSION: string;

/** Types of a service worker that are used here: its own cannot be loaded beside those of a page. */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare function addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
interface Told extends Event {
  readonly data: string;
  readonly ports: readonly MessagePort[];
  readonly source: { readonly id: string };
}
interface NotificationClick extends Extendable {
  readonly notification: Notification;
}
declare function addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
declare function addEventListener(type: 'message', listener: (event: Told) => void): void;
declare function addEventListener(
  type: 'notificationclick',
  listener: (event: NotificationClick) => void,
): void;
declare const clients: {
  get(id: string): Promise<{ focus(): Promise<unknown>; postMessage(data: unknown): void } | undefined>;
  claim(): Promise<void>;
  openWindow(url: string): Promise<unknown>;
};

/** Path of this worker. Other gateways may lie below other paths of this origin, which has one store of caches. */
const PATH = new URL('.', location.href).pathname;
const PREFIX = PATH === '/' ? 'chaton-' : `chaton${PATH}-`;
const CACHE = PREFIX + VERSION;
const OWN = FILES.map((file) => new URL(file, location.href).pathname);

/** Timeout of the cache where the server may have the same, in ms. */
const CACHE_MS = 2_000;
/** Timeout of the server where the cache may have the same, in ms: one that is stuck takes connections, and never answers. */
const SERVER_MS = 5_000;

addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map(fresh))));
});

addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name !== CACHE && name.slice(0, -VERSION.length) === PREFIX))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      // The page of the first visit was loaded without it, and is to have what it may still ask for.
      .then(() => clients.claim()),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  // The pages below this path are another gateway's.
  if (request.mode === 'navigate') {
    if (pathname === PATH || pathname === `${PATH}index.html`) event.respondWith(serverFirst(request, PATH));
  } else if (pathname.startsWith(`${PATH}assets/`)) event.respondWith(cachedFirst(request));
  else if (OWN.includes(pathname)) event.respondWith(serverFirst(request));
});

/**
 * A tab asks for its own id, by a port, or for another tab, whose id `data` is (see platform/other-tabs.ts). Most browsers
 * bring a tab to the front only after a click on a notification.
 */
addEventListener('message', ({ ports: [port], source, data }) => {
  if (port) port.postMessage(source.id);
  else void focusOn(data).catch(() => {});
});

/**
 * Notification that a page has left to this worker (see platform/notification.ts): the page opens the conversation of its
 * tag. When the system has ended the page, a new one finds its way by its address.
 */
addEventListener('notificationclick', (event) => {
  const { notification } = event;
  const { client, place } = notification.data as NoticeData;
  notification.close();
  event.waitUntil(
    focusOn(client, notification.tag).then((found) => found ?? clients.openWindow(PATH + place)),
  );
});

/** Brings a tab to the front, and tells it of the notification that was clicked; undefined when it is gone. */
async function focusOn(id: string | null, tag?: string): Promise<unknown> {
  const client = await clients.get(`${id}`);
  if (tag !== undefined) client?.postMessage(tag);
  return client?.focus();
}

function fresh(path: string): Request {
  return new Request(path, { cache: 'no-cache' });
}

/** Answers from the cache, or from the server when the cache fails, or has not answered in time: storage may never do. */
async function cachedFirst(request: Request): Promise<Response> {
  return (await inTime(caches.match(request), CACHE_MS)) ?? serverFirst(request);
}

/** Answers from the server; when that fails or is late, with what is kept, unless the server is faster after all. */
async function serverFirst(request: Request, kept: Request | string = request): Promise<Response> {
  const answer = fetch(request);
  return (
    (await inTime(answer, SERVER_MS)) ??
    Promise.any([answer, caches.match(kept).then((hit) => hit ?? answer)])
  );
}

/** Waits this long at most, in ms; gives undefined when it fails, or nothing has come by then. */
function inTime<T>(coming: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    coming.then(resolve, () => resolve(undefined));
  });
}
