import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import {
  begin,
  composer,
  expectMessage,
  expectOpen,
  leaveAndClear,
  proposeName,
  usePages,
  type Pages,
} from './support/page.ts';
import { savedTexts } from './support/database.ts';

/** Notices are the service worker's, as in Chrome on Android, and a list. */
function likeAndroid(): void {
  const badges: number[] = [];
  const setAppBadge = (count: number) => {
    badges.push(count);
    return Promise.resolve();
  };
  Object.defineProperty(navigator, 'setAppBadge', { value: setAppBadge });
  Object.assign(globalThis, { badges });
  // As in Chrome on Android.
  const Refused = () => {
    throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
  };
  Refused.permission = 'granted';
  const shown: object[] = [];
  Object.assign(globalThis, { Notification: Refused, shown });
  ServiceWorkerRegistration.prototype.showNotification = (title, options) => {
    shown.push({ title, ...options });
    return Promise.resolve();
  };
  const dismissed: unknown[] = [];
  Object.assign(globalThis, { dismissed });
  ServiceWorkerRegistration.prototype.getNotifications = (filter) =>
    Promise.resolve([{ close: () => dismissed.push(filter?.tag) } as unknown as Notification]);
}

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly renotify: boolean;
  readonly data: { readonly client: string; readonly place: string };
}
const shown = (page: Page) => page.evaluate(() => (globalThis as unknown as { shown: Shown[] }).shown);

/** Takes the focus from the page, or gives it back. */
const focus = (page: Page, has: boolean) =>
  page.evaluate((it) => {
    document.hasFocus = () => it;
    dispatchEvent(new Event(it ? 'focus' : 'blur'));
  }, has);

/** Visits the page, whose notices its service worker shows, as lea. */
async function joinLikeAndroid(pages: Pages, gateway: Parameters<Pages['visit']>[0]): Promise<Page> {
  const page = await pages.visit(gateway, { serviceWorkers: 'allow' });
  await page.evaluate(() => localStorage.setItem('chaton.notices', 'on'));
  await page.addInitScript(likeAndroid);
  await page.reload();
  await proposeName(page, 'lea');
  await page.getByRole('button', { name: 'Commands and keys' }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  return page;
}

describe('notices of the service worker, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('is called in a window without the focus, by the service worker where a page may show no notices, and by a badge', async () => {
    const bob = await room.join('bob');
    const page = await joinLikeAndroid(pages, room.gateway);
    await begin(page, 'bob');
    const bodies = async () => (await shown(page)).map(({ title, body }) => `${title}: ${body}`);
    const badges = () => page.evaluate(() => (globalThis as unknown as { badges: number[] }).badges);
    await focus(page, false);
    bob.send(privateMessage('bob', 'lea', 'are you there?'));
    await expect.poll(bodies).toEqual(['bob: bob: are you there?']);
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    await page
      .getByRole('button', { name: /^Everyone/ })
      .first()
      .click();
    bob.send(message('bob', 'not for you') + message('bob', 'Lea?'));
    await expect.poll(badges).toEqual([1, 2]);

    // A click on the notice comes to the worker, and leads to the conversation, out of the dialog that was open.
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('dialog').waitFor();
    const [notice] = await shown(page);
    await page
      .context()
      .serviceWorkers()[0]!
      .evaluate((clicked) => {
        const notification = { ...clicked, close() {} };
        const waitUntil = (work: Promise<unknown>) => void work.catch(() => {});
        dispatchEvent(Object.assign(new Event('notificationclick'), { notification, waitUntil }));
      }, notice);
    await expectOpen(page, 'bob');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focus(page, true);
    await expect.poll(badges).toEqual([1, 2, 1]);

    // What has been read calls no more from the system's list of notices.
    const dismissed = () => page.evaluate(() => (globalThis as unknown as { dismissed: string[] }).dismissed);
    await expect.poll(dismissed).toEqual(['direct:bob']);
    await page
      .getByRole('button', { name: /^Everyone/ })
      .first()
      .click();
    await expect.poll(dismissed).toEqual(['direct:bob', 'room']);
  });

  it('is led by a notice to its conversation when the system has ended the page, the name kept or not', async () => {
    const [bob, eve] = [await room.join('bob'), await room.join('eve')];
    const page = await joinLikeAndroid(pages, room.gateway);
    await focus(page, false);
    eve.send(requestPrivate('eve', 'lea'));
    const titles = async () => (await shown(page)).map(({ title, renotify }) => [title, renotify]);
    await expect.poll(titles).toEqual([['eve', true]]);
    bob.send(privateMessage('bob', 'lea', 'one') + privateMessage('bob', 'lea', 'two'));
    await expect.poll(titles).toEqual([
      ['eve', true],
      ['bob', true],
      ['bob (2)', false],
    ]);
    const [request, , notice] = await shown(page);
    await expect.poll(() => savedTexts(page)).toContain('two');
    const context = page.context();
    const [worker] = context.serviceWorkers();
    await page.close();
    /** Clicks on a notice; resolves to the address that is opened for it. */
    const click = (clicked: Shown | undefined) =>
      worker!.evaluate(async ({ data, tag }) => {
        const { clients } = globalThis as unknown as {
          clients: { get(id: string): Promise<unknown>; openWindow(url: string): Promise<unknown> };
        };
        while (await clients.get(data.client));
        return new Promise<string>((resolve) => {
          clients.openWindow = (url) => {
            resolve(url);
            return Promise.resolve();
          };
          const notification = { data, tag, close() {} };
          dispatchEvent(
            Object.assign(new Event('notificationclick'), { notification, waitUntil: () => undefined }),
          );
        });
      }, clicked!);
    const home = `http://127.0.0.1:${room.gateway.addresses.http.port}`;

    const kept = await context.newPage();
    await kept.goto(home + (await click(notice)));
    expect(await kept.getByLabel('Your name').inputValue()).toBe('lea');
    await kept.getByRole('button', { name: 'Join the room' }).click();
    await expectOpen(kept, 'bob');
    await expectMessage(kept, 'two', 'bob');
    await kept.close();

    // The request ended with the page: what is left of it says so.
    const asked = await context.newPage();
    await asked.goto(home + (await click(request)));
    await asked.getByRole('button', { name: 'Join the room' }).click();
    await expectOpen(asked, 'eve');
    await asked.locator('.private-bar').getByText('the request ended').waitFor();
    await leaveAndClear(asked);
    await asked.evaluate(() => localStorage.clear());
    await asked.close();

    const unknown = await context.newPage();
    await unknown.goto(home + (await click(notice)));
    await proposeName(unknown, 'max');
    await expectOpen(unknown, 'bob');
    // A new visitor gets later the part that saves the page.
    await expect.poll(() => unknown.evaluate(() => sessionStorage.getItem('chaton.inside'))).toBe('max');
    await unknown.reload();
    await composer(unknown).waitFor();
    expect(new URL(unknown.url()).hash).toBe('');
  });
});
