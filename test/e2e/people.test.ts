import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { leave, useRoom } from '../support/raw-room.ts';
import { begin, composer, expectMessage, expectOpen, showPeople, usePages, write } from './support/page.ts';

// The panel is found by its class: Playwright's search by role crashes Firefox ESR 153 in this list.
const panel = (page: Page) => page.locator('.people');
const names = (page: Page) => panel(page).locator('li bdi').allTextContents();
const peopleButton = (page: Page) => page.getByRole('button', { name: /^Show who is here/ });

describe('who is here, in a browser (D28)', () => {
  const room = useRoom();
  const pages = usePages();

  it('is a list that follows native clients and pages', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Show who is here (2 people here)' }).click();
    await expect.poll(() => names(page)).toEqual(['bob', 'lea']);
    await room.join('Ann', 'websocket');
    await expect.poll(() => names(page)).toEqual(['Ann', 'bob', 'lea']);
    bob.end();
    await expect.poll(() => names(page)).toEqual(['Ann', 'lea']);
    await panel(page).getByText('2 people here').waitFor();
    await panel(page).getByRole('button', { name: 'Close the list of people' }).waitFor({ state: 'hidden' });
    await peopleButton(page).click();
    await panel(page).waitFor({ state: 'detached' });
  });

  it('is searched, and leads to direct messages and private connections', async () => {
    const bob = await room.join('bob');
    await room.join('carol');
    const page = await pages.join(room.gateway, 'lea');
    await showPeople(page);
    await panel(page).getByLabel('Search for a name').fill('BO');
    await expect.poll(() => names(page)).toEqual(['bob']);
    await page.locator('.announcer').getByText('1 name found').waitFor({ state: 'attached' });
    await panel(page).getByRole('button', { name: 'bob', exact: true }).click();
    await expectOpen(page, 'bob');
    await write(page, 'psst');
    await bob.expect(privateMessage('lea', 'bob', 'psst'));
    await panel(page).getByRole('button', { name: 'bob', exact: true }).focus();
    await page.keyboard.type('you');
    await expect.poll(() => page.locator('.composer textarea').inputValue()).toBe('you');
    await panel(page).getByRole('button', { name: 'Ask bob for a private connection' }).click();
    await bob.expect(requestPrivate('lea', 'bob'));
    await panel(page).getByLabel('Search for a name').fill('nobody');
    await panel(page).getByText('Nobody here has such a name.').waitFor();
  });

  it('is one stop of Tab however many there are: the arrow keys go from person to person, and to what can be done', async () => {
    const peers = await Promise.all(['ann', 'bob', 'carol', 'tom'].map((name) => room.join(name)));
    const page = await pages.join(room.gateway, 'lea');
    await showPeople(page);
    await expect.poll(() => names(page)).toEqual(['ann', 'bob', 'carol', 'lea', 'tom']);
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    const expectFocus = (name: string) =>
      expect
        .poll(() =>
          page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent),
        )
        .toBe(name);
    await panel(page).getByLabel('Search for a name').focus();
    await press('Tab');
    await expectFocus('ann');
    await press('ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowRight');
    await expectFocus('Ask carol for a private connection');
    // One’s own row has nothing to do in it.
    await press('ArrowDown');
    await expectFocus('Ask tom for a private connection');
    await press('ArrowRight', 'ArrowRight', 'Home');
    await expectFocus('Ignore ann');
    await press('End', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft');
    await expectFocus('tom');
    await press('Tab');
    await expectFocus('');
    expect(await page.evaluate(() => document.activeElement?.matches('.people input[type=checkbox]'))).toBe(
      true,
    );
    // Tab comes back to where one was; when that person has gone, to the first.
    await press('Shift+Tab');
    await expectFocus('tom');
    await press('Shift+Tab');
    peers[3]!.end();
    await expect.poll(() => names(page)).toEqual(['ann', 'bob', 'carol', 'lea']);
    await press('Tab', 'ArrowDown', 'ArrowRight', 'Enter');
    await peers[1]!.expect(requestPrivate('lea', 'bob'));
  });

  it('does not ask whoever has just come under the pointer', async () => {
    const bob = await room.join('bob');
    await room.join('carol');
    const page = await pages.join(room.gateway, 'lea');
    await showPeople(page);
    await expect.poll(() => names(page)).toEqual(['bob', 'carol', 'lea']);
    // The lock of carol is pressed as soon as it is where that of bob was.
    const opened = page.evaluate(
      () =>
        new Promise<string | undefined>((resolve) => {
          const list = document.querySelector('.people ul')!;
          new MutationObserver((_changes, observer) => {
            const lock = list.querySelector('[aria-label^="Ask carol"]');
            if (!lock || list.firstElementChild !== lock.closest('li')) return;
            observer.disconnect();
            lock.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
            requestAnimationFrame(() =>
              requestAnimationFrame(() => resolve(document.querySelector('h1')?.textContent)),
            );
          }).observe(list, { childList: true });
        }),
    );
    await panel(page).getByRole('button', { name: 'Ask carol for a private connection' }).waitFor();
    bob.end();
    expect(await opened).toBe('Everyone');
  });

  it('tells names apart that look the same, wherever they stand', async () => {
    const admin = await room.join('admin');
    const page = await pages.join(room.gateway, 'lea');
    admin.send(message('admin', 'the one'));
    await expectMessage(page, 'the one', 'admin');
    const marks = (within: string) =>
      page.locator(within).getByRole('img', { name: 'Looks like “admin”, but is somebody else.' });
    await showPeople(page);
    await panel(page).waitFor();
    expect(await page.locator('.look-alike').count()).toBe(0);

    const other = await room.join('аdmin');
    other.send(message('аdmin', 'the other') + privateMessage('аdmin', 'lea', 'psst'));
    await marks('.people li').waitFor();
    await marks('.log .group').waitFor();
    // The room's last message, and the conversation.
    await expect.poll(() => marks('.rail').count()).toBe(2);
    await page.getByRole('img', { name: 'Looks like “аdmin”' }).first().waitFor();
    await begin(page, 'аdmin');
    await marks('.conversation > header').waitFor();

    // Where one chooses whom to write to, and in what is said of those who go.
    await composer(page).fill('/msg adm');
    await page.getByRole('option', { name: 'admin Looks like “аdmin”' }).waitFor();
    await composer(page).fill('');
    await page.locator('.rail').getByText('Everyone').click();
    admin.end();
    await page.getByText('Gone: \u2068admin\u2069 ≈.').waitFor();
    // What the other has said is not taken for the first one's words because that one has left.
    await marks('.log .group').waitFor();

    await room.join('pаypal');
    await marks('.people li').waitFor();
    await page.getByRole('img', { name: 'This name mixes alphabets' }).first().waitFor();
  });

  it('tells in the room who comes and goes, unless that is not wanted, and remembers', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const bob = await room.join('bob');
    await page.getByText('Here now: \u2068bob\u2069.').waitFor();
    bob.send(message('bob', 'hi'));
    await expectMessage(page, 'hi', 'bob');
    bob.end();
    await page.getByText('Gone: \u2068bob\u2069.').waitFor();
    await expect.poll(() => page.title()).toBe('Chaton');

    await showPeople(page);
    await panel(page).getByLabel('Show who comes and goes').uncheck();
    await page.getByText('Gone:').waitFor({ state: 'hidden' });
    // Between two it is said all the same: whoever comes next may only have the name.
    const again = await room.join('bob');
    again.send(privateMessage('bob', 'lea', 'psst'));
    await page.getByRole('button', { name: /^bob.*psst/ }).click();
    await expectOpen(page, 'bob');
    again.end();
    await page.getByText('Gone: \u2068bob\u2069.').waitFor();
    await page.getByRole('button', { name: /^Everyone/ }).click();
    await expectOpen(page, 'Everyone');
    await page.reload();
    await page
      .getByRole('button', { name: /^Show who is here/ })
      .or(page.getByLabel('Your name'))
      .waitFor();
    await expect.poll(() => page.evaluate(() => localStorage.getItem('chaton.presence'))).toBe('hidden');
  });

  it('is beside the log on a wide page until it is closed, and lies over it nowhere by itself', async () => {
    const page = await pages.join(room.gateway, 'lea', {
      viewport: { width: 1100, height: 700 },
      isFirstVisit: true,
    });
    await panel(page).waitFor();
    await page.setViewportSize({ width: 1000, height: 700 });
    await panel(page).waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 1100, height: 700 });
    await panel(page).waitFor();
    await peopleButton(page).click();
    await panel(page).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    expect(await panel(page).count()).toBe(0);
    await peopleButton(page).click();
    await panel(page).waitFor();
    await page.reload();
    await panel(page).waitFor();
  });

  it('is told by the heading of the room, and what comes while it covers that is not read', async () => {
    const bob = await room.join('bob');
    await room.join('Zoé');
    const page = await pages.join(room.gateway, 'lea', { viewport: { width: 390, height: 844 } });
    await page
      .locator('.conversation > header')
      .getByText('3 here · \u2068bob\u2069, \u2068Zoé\u2069')
      .waitFor();
    await showPeople(page);
    await panel(page).waitFor();
    // A search of the log would lie under the list: by Ctrl+F the browser searches what is in sight.
    await page.evaluate(() =>
      addEventListener('keydown', ({ defaultPrevented }) => {
        document.documentElement.dataset['left'] = String(!defaultPrevented);
      }),
    );
    await page.keyboard.press('Control+f');
    expect(await page.locator('html').getAttribute('data-left')).toBe('true');
    bob.send(message('bob', 'behind the list') + message('bob', 'lea?'));
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    await panel(page).getByRole('button', { name: 'Close the list of people' }).click();
    await expectMessage(page, 'lea?', 'bob');
    await expect.poll(() => page.title()).toBe('Chaton');
  });

  it('has people who are ignored: a line for what they say, nothing that calls, and the end of it', async () => {
    const pest = await room.join('pest');
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea', { isFirstVisit: true });
    await panel(page).getByRole('button', { name: 'Ignore pest' }).click();
    pest.send(privateMessage('pest', 'lea', 'psst') + requestPrivate('pest', 'lea'));
    pest.send(message('pest', 'lea!') + message('pest', 'buy'));
    await expect
      .poll(() => page.locator('.ignored summary').textContent())
      .toBe('2 messages from an ignored person');
    bob.send(message('bob', 'hello'));
    await expectMessage(page, 'hello', 'bob');
    expect(await page.title()).toBe('Chaton');
    expect(await page.locator('.request-card').count()).toBe(0);
    expect(await page.locator('.conversation-item').count()).toBe(1);
    await page.locator('.ignored summary').click();
    await page.locator('.ignored').getByText('lea!').waitFor();

    await page.reload();
    await page.getByRole('button', { name: '2 messages or requests from ignored people' }).click();
    const settings = page.getByRole('dialog', { name: 'Settings' });
    await settings.getByRole('button', { name: 'Show 2 hidden messages, pest' }).click();
    await expectOpen(page, 'pest');
    await page.locator('.ignored summary').click();
    await page.locator('.ignored').getByText('psst').waitFor();
    await page.locator('.ignored-banner').getByRole('button', { name: 'Stop ignoring pest' }).click();
    await expectMessage(page, 'psst', 'pest');
    await write(page, '/ignore');
    await page.locator('.ignored-banner').waitFor();
    await write(page, '/unignore pest');
    await page.locator('.ignored-banner').waitFor({ state: 'detached' });
    pest.send(privateMessage('pest', 'lea', 'again'));
    await expectMessage(page, 'again', 'pest');
  });

  it('says of a private request that nobody of that name is there (D13)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await begin(page, 'bob');
    await page.getByRole('button', { name: 'Private connection', exact: true }).click();
    await page.locator('.private-bar').getByText('bob was not connected.').waitFor();
  });

  it('may ask anybody for a private connection: what is known of them is said, and nothing is closed to them', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const bob = await room.join('bob');
    bob.send(message('bob', 'bye'));
    await expectMessage(page, 'bye', 'bob');
    await bob.expect(message('bob', 'bye'));
    await leave(bob);
    await page.getByRole('button', { name: /1 person here/ }).waitFor();
    await page.locator('.text', { hasText: 'bye' }).hover();
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Write to bob (not connected)' }).waitFor();
    await page.getByRole('menuitem', { name: 'Ask bob for a private connection (not connected)' }).click();
    await page.locator('.private-bar').getByText('bob was not connected.').waitFor();
    const again = page.getByRole('button', { name: 'Ask again' });
    await again.waitFor();
    const other = await room.join('bob');
    await again.press('Enter');
    await other.expect(requestPrivate('lea', 'bob'));
    await leave(other);
  });

  it('holds five hundred people, and shows the first hundred of those who are sought', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await showPeople(page);
    await Promise.all(Array.from({ length: 500 }, (_, index) => room.join(`person ${index}`)));
    await panel(page).getByText('501 people here').waitFor();
    await expect.poll(() => panel(page).locator('li').count()).toBe(100);
    await panel(page).getByText('401 more.').waitFor();
    await panel(page).getByLabel('Search for a name').pressSequentially('person 49');
    await expect.poll(() => panel(page).locator('li').count()).toBe(11);
  });
});
