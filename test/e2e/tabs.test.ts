import type { Page } from 'playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { UNSEEN_MS } from '../../web/components/base/moved-rows.ts';
import { startTestGateway } from '../support/gateway.ts';
import { message, requestPrivate } from '../support/raw-hex.ts';
import type { TestGateway } from '../support/raw-connection.ts';
import { useRoom } from '../support/raw-room.ts';
import { savedTexts } from './support/database.ts';
import {
  begin,
  composer,
  expectMessage,
  expectOpen,
  leaveAndClear,
  expectStatus,
  messages,
  proposeName,
  usePages,
  write,
} from './support/page.ts';
import { Paths } from './support/paths.ts';
import { touched } from './support/touch.ts';
import { useWire } from './support/wire.ts';

/** Session storage of a tab. */
const storageOf = (page: Page) =>
  page.evaluate(() => JSON.parse(JSON.stringify(sessionStorage)) as Record<string, string>);

/** Duplicates a tab as browsers do: its session storage is copied, too. */
async function duplicate(page: Page, more: Record<string, string> = {}): Promise<Page> {
  const copy = await page.context().newPage();
  await copy.addInitScript(
    (items) => {
      if (window.name === 'copied') return;
      window.name = 'copied';
      for (const [key, value] of Object.entries(items)) sessionStorage.setItem(key, value);
    },
    { ...(await storageOf(page)), ...more },
  );
  await copy.goto(page.url());
  return copy;
}

/** Removes the locks, which browsers do not have over plain HTTP, but for this machine itself. */
const withoutLocks = (page: Page) =>
  page
    .context()
    .addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));

describe('a tab that is duplicated', () => {
  const room = useRoom();
  const pages = usePages();

  it.each(['with', 'without'])(
    'is somebody else, and leaves the first one alone (%s locks)',
    async (locks) => {
      const tokens: string[] = [];
      const before = async (page: Page) => {
        if (locks === 'without') await withoutLocks(page);
        page.on('websocket', (socket) =>
          socket.on('framereceived', ({ payload }) => {
            const token = /"type":"session","token":"([^"]+)"/.exec(payload.toString())?.[1];
            if (token !== undefined) tokens.push(token);
          }),
        );
      };
      const first = await pages.join(room.gateway, 'lea', { before });
      await write(first, 'mine');
      await expectMessage(first, 'mine');
      await begin(first, 'bob');
      await composer(first).fill('half a thought');
      await expect.poll(() => savedTexts(first)).toContain('half a thought');
      await expect.poll(() => tokens.length).toBe(1);

      // The tab is duplicated from a menu while it is hidden: the copy has the token of its connection, too.
      const copy = await duplicate(first, { 'chaton.token': tokens[0]! });
      await copy.getByLabel('Your name').waitFor();
      expect(Object.keys(await storageOf(copy))).toEqual([]);
      await proposeName(copy, 'ann');
      await write(copy, 'from the copy');
      await expectMessage(copy, 'from the copy');
      await expect.poll(() => messages(copy)).toEqual(['from the copy']);
      expect(await first.getByText('Connection lost').count()).toBe(0);
      expect(room.gateway.chat.clients).toBe(2);

      await leaveAndClear(copy);
      await first.reload();
      await composer(first).waitFor();
      await expect.poll(() => composer(first).inputValue()).toBe('half a thought');
      await first
        .getByRole('button', { name: /^Everyone/ })
        .first()
        .click();
      await expectMessage(first, 'mine');
      await first.locator('.self').getByText('lea').waitFor();
    },
  );

  it('is in under the same name, however it is spelled (D8), only when the first one is gone, and then finds what that has left', async () => {
    const first = await pages.join(room.gateway, 'Zo\u00e9');
    await write(first, 'mine');
    await expect.poll(() => savedTexts(first)).toContain('mine');
    // Other keyboards write the accent as a character of its own.
    const copy = await duplicate(first);
    await proposeName(copy, 'Zoe\u0301');
    const offer = copy
      .getByRole('alert')
      .filter({ hasText: 'You are here already, as “Zoe\u0301”, in another tab.' });
    await offer.waitFor();
    await copy.getByRole('button', { name: 'Another name' }).click();
    await offer.waitFor({ state: 'detached' });
    await first.close();
    await expect.poll(() => room.gateway.chat.clients).toBe(0);
    await copy.getByRole('button', { name: 'Join the room' }).click();
    await expectMessage(copy, 'mine');
  });
});

describe('a second tab under the same name', () => {
  const room = useRoom();
  const pages = usePages();
  const again = async (first: Page, hash = ''): Promise<Page> => {
    const second = await first.context().newPage();
    await second.goto(first.url() + hash);
    await proposeName(second, 'lea');
    await second.getByText('You are here already, as “lea”, in another tab.').waitFor();
    return second;
  };

  it('is shown the way to the first one, whose title calls', async () => {
    const first = await pages.join(room.gateway, 'lea');
    await first.evaluate(() => (document.hasFocus = () => false));
    const second = await again(first, '#to=bob');
    await second.getByRole('button', { name: 'Go there' }).click();
    await second.getByText('The other tab is calling you').waitFor();
    // So does what its address has led to.
    await expectOpen(first, 'bob');
    await expect.poll(() => first.title()).toBe('➤ Chaton');
    await first.evaluate(() => dispatchEvent(new Event('focus')));
    await expect.poll(() => first.title()).toBe('Chaton');
    // There is nobody to go to any more: the name is free.
    await first.close();
    await expect.poll(() => room.gateway.chat.clients).toBe(0);
    const goThere = second.getByRole('button', { name: 'Go there' });
    await goThere.click();
    await composer(second).waitFor();
  });

  it.each(['with', 'without'])(
    'continues there what was said, and the first one says so (%s locks)',
    async (locks) => {
      const bob = await room.join('bob');
      const first = await pages.join(room.gateway, 'lea', locks === 'with' ? {} : { before: withoutLocks });
      await write(first, 'mine');
      await expectMessage(first, 'mine');
      await begin(first, 'bob');
      await composer(first).fill('half a thought');
      const second = await again(first, '#to=bob');
      await second.setViewportSize({ width: 360, height: 800 });
      // This is later than what the database has.
      bob.send(message('bob', 'the latest'));
      await first.getByRole('button', { name: /the latest/ }).waitFor();
      await second.getByRole('button', { name: 'Continue here' }).click();
      await expectOpen(second, 'bob');
      await expect.poll(() => composer(second).inputValue()).toBe('half a thought');
      await first.getByText('You continued as “lea” in another tab').waitFor();
      await composer(second).press('Enter');
      await expectMessage(second, 'half a thought');
      // Its address leads to bob once: on a phone, Back goes from there to the list.
      await second.waitForFunction(() => (history.state as { level?: number } | null)?.level === 1);
      await second.goBack();
      await second.getByRole('heading', { name: 'Conversations', level: 1 }).waitFor();
      await second
        .getByRole('button', { name: /^Everyone/ })
        .first()
        .click();
      await expect.poll(() => messages(second)).toEqual(['mine', 'the latest']);
      expect(Object.keys(await storageOf(first))).toEqual([]);

      // And back again.
      await first.getByRole('button', { name: 'Continue here' }).click();
      await expectOpen(first, 'Everyone');
      await second.getByText('You continued as “lea” in another tab').waitFor();
      await write(first, 'here again');
      await expect.poll(() => messages(first)).toEqual(['mine', 'the latest', 'here again']);
      expect(room.gateway.chat.clients).toBe(2);
    },
  );

  it('continues there, once, by a double click', async () => {
    const first = await pages.join(room.gateway, 'lea');
    const bob = await room.join('bob');
    bob.send(requestPrivate('bob', 'lea'));
    await first.getByRole('button', { name: 'Accept' }).waitFor();
    await first.clock.install();
    const second = await again(first);
    // What it ends is said before.
    await second.getByText('open or asked for, with \u2068bob\u2069.').waitFor();
    // What has come since then is said before, too.
    const eve = await room.join('eve');
    eve.send(requestPrivate('eve', 'lea'));
    await first.getByText('and 1 more').waitFor();
    const continueHere = second.getByRole('button', { name: 'Continue here' });
    // A click is stopped as long as nobody can have read what is said.
    await second.clock.runFor(UNSEEN_MS);
    await continueHere.dblclick();
    await second.getByText('open or asked for, with \u2068bob\u2069 and \u2068eve\u2069.').waitFor();
    // The page may have asked as it got the focus: then both clicks were on what nobody had read.
    await second.clock.runFor(UNSEEN_MS);
    await continueHere.dblclick();
    await expectOpen(second, 'Everyone');
    // Longer than another tab may take to answer.
    await second.clock.runFor(5000);
    await write(second, 'still here');
    await expectMessage(second, 'still here');
  });

  it('waits for no answer of a tab that is gone once it has come in', async () => {
    const first = await pages.join(room.gateway, 'lea');
    const second = await again(first);
    await first.close();
    await expect.poll(() => room.gateway.chat.clients).toBe(0);
    await second.clock.install();
    await second.getByRole('button', { name: 'Continue here' }).click();
    // Before it is known that there is none, nothing else says that the click was one.
    await second.clock.runFor(500);
    await second.getByRole('status').getByText('Asking the other tab').waitFor();
    await second.getByRole('button', { name: 'Join the room' }).click();
    await expectOpen(second, 'Everyone');
    await second.clock.runFor(5000);
    await write(second, 'still here');
    await expectMessage(second, 'still here');
  });
});

/** Saves what another tab would that has resumed the page, and had this message in the room. */
const goOnWith = (page: Page, said: string) =>
  page.evaluate(
    (text) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open('chaton');
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('saved', 'readwrite');
          const store = transaction.objectStore('saved');
          store.get('lea\n').onsuccess = ({ target }) => {
            const saved = (target as IDBRequest<{ count: number; nextId: number }>).result;
            store.put({ ...saved, count: saved.count + 1, by: 'another' }, 'lea\n');
            store.get('lea\nroom').onsuccess = (event) => {
              const conversation = (event.target as IDBRequest<{ entries: object[] }>).result;
              const entry = {
                kind: 'said',
                id: saved.nextId,
                login: 'lea',
                text,
                at: Date.now(),
                mine: true,
              };
              store.put({ ...conversation, entries: [...conversation.entries, entry] }, 'lea\nroom');
            };
          };
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    said,
  );

describe('a page that is left, and comes back by the back button as it was', () => {
  const room = useRoom();
  const pages = usePages({ isWhole: true, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  const joinByWire = useWire(room, pages);
  /** Opens another page and goes back. */
  const goAwayAndBack = async (page: Page) => {
    await page.evaluate(() =>
      addEventListener('pageshow', ({ persisted }) => {
        document.documentElement.dataset['back'] = String(persisted);
      }),
    );
    await page.goto('about:blank');
    await page.goBack({ waitUntil: 'commit' });
    // A page that was loaded anew instead says why.
    const howItCame = () => {
      const [navigation] = performance.getEntriesByType('navigation') as unknown as {
        notRestoredReasons?: unknown;
      }[];
      return document.documentElement.dataset['back'] ?? JSON.stringify(navigation?.notRestoredReasons);
    };
    await expect.poll(() => page.evaluate(howItCame)).toBe('true');
  };
  /** Hides the end of the page from it from now on, as when a phone needs the memory. */
  const endWithoutAWord = (page: Page) =>
    page.evaluate(() => {
      for (const type of ['pagehide', 'visibilitychange', 'freeze'])
        window.addEventListener(type, (event) => event.stopImmediatePropagation(), true);
    });

  it('sends nothing twice and loses nothing when the tab is ended later: the copy for a reload has served', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    await write(page, 'one');
    await bob.expect(message('lea', 'one'));
    await expectMessage(page, 'one');
    await expect.poll(() => savedTexts(page)).toContain('one');
    wire.hold();
    wire.cut();
    await expectStatus(page, 'Connection lost');
    await composer(page).fill('queued');
    await Promise.all([
      page.evaluate(() => {
        // Both happen in one turn, so that only the tab's own storage can have the message.
        document.querySelector<HTMLFormElement>('.composer')?.requestSubmit();
        location.href = 'about:blank';
      }),
      page.waitForURL('about:blank'),
    ]);
    wire.release();
    await page.goBack({ waitUntil: 'commit' });
    await bob.expect(message('lea', 'queued'));
    await expectMessage(page, 'queued');
    await write(page, 'more');
    await bob.expect(message('lea', 'more'));
    await expectMessage(page, 'more');
    await expect.poll(() => savedTexts(page)).toContain('more');
    expect(Object.keys(await storageOf(page))).toEqual(['chaton.inside']);
    await endWithoutAWord(page);
    await page.reload();
    await expectMessage(page, 'more');
    await expect.poll(() => messages(page)).toEqual(['one', 'queued', 'more']);
    bob.send(message('bob', 'the next thing'));
    await bob.expect(message('bob', 'the next thing'));
  });

  it('is not left when it is pulled down on a phone: what is private would end', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', touched(360));
    const begun = await page.evaluate(() => performance.timeOrigin);
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...at: number[]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: at.map((y) => ({ x: 180, y })) });
    await touch('touchStart', 30);
    for (let y = 50; y < 600; y += 20) await touch('touchMove', y);
    await touch('touchEnd');
    bob.send(message('bob', 'still there?'));
    await expectMessage(page, 'still there?');
    expect(await page.evaluate(() => performance.timeOrigin)).toBe(begun);
  });

  it('writes nothing to the database while it is left, has let go of it, and takes it up again', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'one');
    await expect.poll(() => savedTexts(page)).toContain('one');
    await page.evaluate(() => {
      const note = (what: string) =>
        localStorage.setItem('test.left', `${localStorage.getItem('test.left') ?? ''}${what} `);
      // oxlint-disable-next-line typescript/unbound-method -- called with the right `this` below
      const { transaction, close } = IDBDatabase.prototype;
      addEventListener('pagehide', () => {
        IDBDatabase.prototype.transaction = function (...args) {
          note(args[1] ?? 'readonly');
          return transaction.apply(this, args);
        };
      });
      IDBDatabase.prototype.close = function () {
        note('close');
        close.call(this);
      };
      addEventListener('pageshow', () => (IDBDatabase.prototype.transaction = transaction));
    });
    await composer(page).fill('as late as can be');
    await goAwayAndBack(page);
    await expect.poll(() => page.evaluate(() => localStorage.getItem('test.left'))).toBe('close ');
    await expect.poll(() => savedTexts(page)).toContain('as late as can be');
    await write(page, 'two');
    await expect.poll(() => savedTexts(page)).toContain('two');
  });

  it('starts anew when another tab has gone on with its conversations meanwhile', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'one');
    await expect.poll(() => savedTexts(page)).toContain('one');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await page.evaluate(() =>
      addEventListener('pageshow', ({ persisted }) => localStorage.setItem('test.back', String(persisted))),
    );
    await page.goto('about:blank');
    await goOnWith(other, 'two');
    await page.goBack({ waitUntil: 'commit' });
    await expectMessage(page, 'two');
    await expect.poll(() => messages(page)).toEqual(['one', 'two']);
    await expect.poll(() => other.evaluate(() => localStorage.getItem('test.back'))).toBe('true');
  });
});

describe('two gateways below paths of one origin', () => {
  const pages = usePages();
  const gateways: TestGateway[] = [];
  let paths: Paths | undefined;
  afterEach(async () => {
    await paths?.close();
    for (const gateway of gateways.splice(0)) await gateway.stop();
  });

  it('share nothing: neither conversations nor choices, nor who is in, nor what a worker keeps', async () => {
    gateways.push(await startTestGateway(), await startTestGateway());
    paths = await Paths.start({ '/team-a/': gateways[0]!, '/team-b/': gateways[1]! });
    const a = await pages.visit(paths.gateway, { serviceWorkers: 'allow' });
    const home = a.url();
    await a.goto(`${home}team-a/`);
    await proposeName(a, 'lea');
    await write(a, 'in team a');
    await expectMessage(a, 'in team a');
    await begin(a, 'bob');
    await write(a, 'for bob of team a');
    await a.getByRole('button', { name: 'Settings', exact: true }).click();
    await a.getByRole('radio', { name: 'Dark' }).click();
    await a.keyboard.press('Escape');
    await a.evaluate(() => navigator.serviceWorker.ready.then(() => true));

    const b = await a.context().newPage();
    await b.goto(`${home}team-b/`);
    await expect.poll(() => b.getByLabel('Your name').inputValue()).toBe('');
    await b.getByRole('button', { name: 'Theme: system' }).waitFor();
    await proposeName(b, 'lea');
    await write(b, 'in team b');
    await expectMessage(b, 'in team b');
    await expect.poll(() => messages(b)).toEqual(['in team b']);
    await b.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await expect.poll(() => b.evaluate(async () => (await caches.keys()).length)).toBe(2);
    await leaveAndClear(b);

    await a.reload();
    await expectOpen(a, 'bob');
    await a
      .getByRole('button', { name: /^Everyone/ })
      .first()
      .click();
    await expectMessage(a, 'in team a');
    // The same tab sends nothing to the other gateway.
    await a.goto(`${home}team-b/`);
    await a.getByLabel('Your name').waitFor();
    expect(gateways[1]!.chat.clients).toBe(0);
  });
});
