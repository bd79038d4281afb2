import type { Locator } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message, okPrivate, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import {
  begin,
  composer,
  expectOpen,
  expectMessage,
  leaveAndClear,
  proposeName,
  showPeople,
  untilWhole,
  usePages,
  write,
} from './support/page.ts';
import { ask, expectState, openEndpoint, readId } from './support/private.ts';
import { recordSpoken, spoken } from './support/spoken.ts';

describe('one who does not see the page', () => {
  const room = useRoom();
  const pages = usePages();
  const times = async (page: Parameters<typeof spoken>[0], words: string) =>
    (await spoken(page)).filter((one) => one === words).length;

  it('is told by each Enter why nothing is sent, and what would send it', async () => {
    const page = await pages.visit(room.gateway);
    await recordSpoken(page);
    for (const presses of [1, 2]) {
      await page.locator('#name').press('Enter');
      await expect.poll(() => times(page, 'Write the name that others will see.')).toBe(presses);
    }
    await proposeName(page, 'lea');
    const field = composer(page);
    await field.fill('/nope');
    const unknown =
      'There is no command “/nope”. /help lists them all; a message can begin with // instead of /.';
    await field.press('Enter');
    await expect.poll(() => times(page, unknown)).toBe(1);
    await field.press('Enter');
    await expect.poll(() => times(page, unknown)).toBe(2);

    await field.fill('a'.repeat(1026));
    const tooLong = '2 characters too long (2 bytes)';
    await expect.poll(() => times(page, tooLong)).toBe(1);
    await expect
      .poll(() => times(page, 'The button after the field sends this text as several messages.'))
      .toBe(1);
    await field.press('Enter');
    await expect.poll(() => times(page, tooLong)).toBe(2);
    await field.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Send as 2 messages');
    await page.keyboard.press('Enter');
    await expectMessage(page, 'aa');
    // An empty field has nothing to say.
    const before = (await spoken(page)).length;
    await field.press('Enter');
    await write(page, '/nope');
    await expect.poll(() => times(page, unknown)).toBe(3);
    expect(await spoken(page)).toHaveLength(before + 1);
  });

  it('is told that the server has not answered yet', async () => {
    const page = await pages.visit(room.gateway, {
      before: (blank) => blank.routeWebSocket(/ws/, () => undefined),
    });
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await recordSpoken(page);
    await page.locator('#name').fill('lea');
    await page.locator('#name').press('Enter');
    await expect.poll(() => spoken(page)).toEqual(['Joining…']);
  });

  it('hears nothing against a name where the server cannot be reached', async () => {
    const page = await pages.visit(room.gateway, {
      before: (blank) => blank.routeWebSocket(/ws/, (socket) => socket.close()),
    });
    await proposeName(page, 'lea');
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
    expect(await page.locator('#name').getAttribute('aria-invalid')).toBe('false');
  });

  it('comes by the arrow keys to where a name was taken anew, and to nobody else who came or went', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const lines = page.locator('.note-line.presence');
    await room.join('eve');
    const bob = await room.join('bob');
    bob.send(message('bob', 'first'));
    await expectMessage(page, 'first');
    bob.end();
    await lines.filter({ hasText: 'Gone' }).waitFor();
    const other = await room.join('bob');
    await lines.filter({ hasText: 'Gone: \u2068bob\u2069. Here now: \u2068bob\u2069.' }).waitFor();
    other.send(message('bob', 'second'));
    await expectMessage(page, 'second');
    await untilWhole(page);
    await page.getByRole('log').focus();
    const heard: (string | null)[] = [];
    for (let steps = 0; steps < 4; steps++) {
      await page.keyboard.press('ArrowUp');
      heard.push(await page.locator(':focus').textContent());
    }
    expect(heard).toEqual(['second', expect.stringMatching(/^Gone.*Here now/), 'first', 'Today']);
  });

  it('stays in the list of conversations, closing one after the other', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    const names = page.locator('.conversation-item .name');
    for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
      const peer = await room.join(name);
      peer.send(privateMessage(name, 'lea', 'hello'));
      await expect.poll(() => names.count()).toBe(index + 2);
    }
    bob.send(privateMessage('bob', 'lea', 'hello'));
    await expect.poll(() => names.allTextContents()).toEqual(['Everyone', 'bob', 'd', 'c', 'b', 'a']);
    const expectFocus = (name: string) =>
      expect.poll(() => page.locator('.conversation-item:focus .name').allTextContents()).toEqual([name]);
    const press = async (...keys: readonly string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await composer(page).focus();
    // Room, direct conversations and private connections are gone through as one list.
    await press('Shift+F6', 'Shift+F6', 'ArrowDown');
    await expectFocus('bob');
    await press('Delete');
    await expectFocus('d');
    // A key so soon after that is meant: the person has closed it. By its ×, too, and while it is open.
    await press('Enter');
    await expectOpen(page, 'd');
    await press('Shift+F6', 'Shift+F6', 'ArrowRight', 'Enter');
    await expectOpen(page, 'Everyone');
    await expectFocus('c');
    await press('ArrowDown', 'ArrowDown');
    await expectFocus('a');
    // Held down, it closes one.
    for (let times = 0; times < 3; times++) await page.keyboard.down('Delete');
    await page.keyboard.up('Delete');
    await expectFocus('b');
    // All the others at once: with them goes the button of the menu.
    await press('Shift+Tab', 'Enter');
    await page.getByRole('menuitem', { name: 'Mark all 2 as read' }).waitFor();
    await press('End', 'Enter');
    await page.getByRole('dialog', { name: 'Close 2 conversations' }).waitFor();
    await press('Shift+Tab', 'Shift+Tab', 'Enter');
    await expectFocus('Everyone');
  });

  it.each([
    ['en-GB', ['2 conversations marked as read', 'Muted', 'No longer muted', '2 conversations closed']],
    [
      'fr-FR',
      [
        '2 conversations marquées comme lues',
        'Mise en sourdine',
        'N’est plus en sourdine',
        '2 conversations fermées',
      ],
    ],
  ] as const)('hears of what only looks different once it is done (%s)', async (locale, words) => {
    const page = await pages.visit(room.gateway, { locale });
    await page.locator('#name').fill('lea');
    await page.locator('#name').press('Enter');
    await page.locator('.announcer').waitFor({ state: 'attached' });
    await recordSpoken(page);
    for (const [index, name] of ['a', 'b'].entries()) {
      const peer = await room.join(name);
      peer.send(privateMessage(name, 'lea', 'hello'));
      await expect.poll(() => page.locator('.rail .unread').count()).toBe(index + 1);
    }
    const choose = async (button: Locator, item: number) => {
      await button.click();
      await page.getByRole('menuitem').nth(item).click();
    };
    const heading = page.locator('.rail nav header .menu-button');
    const heard = async () => (await spoken(page)).filter((one) => !one.includes('hello'));
    await choose(heading, 0);
    await expect.poll(heard).toEqual(words.slice(0, 1));
    // The two entries of the menu are the same place, before and after.
    await choose(page.locator('.conversation .menu-button').first(), 1);
    await expect.poll(heard).toEqual(words.slice(0, 2));
    await choose(page.locator('.conversation .menu-button').first(), 1);
    await expect.poll(heard).toEqual(words.slice(0, 3));
    await choose(heading, 0);
    await expect.poll(heard).toEqual(words);
  });

  it('hears the room, whatever there was to say before it was entered', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.getByRole('button', { name: 'Wire inspector' }).click();
    const inspector = page.getByRole('region', { name: 'Wire inspector' });
    await inspector.getByRole('button', { name: 'Copy all' }).click();
    await inspector.getByRole('button', { name: 'Copied' }).waitFor();
    await inspector.getByRole('button', { name: 'Close' }).click();
    await page.locator('#name').fill('lea');
    await page.locator('#name').press('Enter');
    await page.locator('.announcer').waitFor({ state: 'attached' });
    await recordSpoken(page);
    bob.send(message('bob', 'hello'));
    await expect.poll(() => spoken(page)).toContain('bob: hello');
  });

  it('hears what has been found, step by step', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await recordSpoken(page);
    await page.locator('.announcer').waitFor({ state: 'attached' });
    bob.send(message('bob', 'an **apple**') + message('bob', 'two apples'));
    // As they come.
    await expect.poll(() => times(page, 'bob: two apples')).toBe(1);
    await page.keyboard.press('Control+f');
    await page.getByLabel('Find in this conversation').fill('apple');
    await expect.poll(() => times(page, '2 of 2')).toBe(1);
    await page.keyboard.press('Enter');
    await expect.poll(() => times(page, 'bob: an apple')).toBe(2);
    await page.getByRole('button', { name: 'Newer message' }).press('Enter');
    // As it came, when the typing rested, and by this step.
    await expect.poll(() => times(page, 'bob: two apples')).toBe(3);
    // Once, however many letters it took.
    const once = async (field: Locator, words: string) => {
      const before = await times(page, words);
      await field.pressSequentially('zzz');
      await expect.poll(() => times(page, words)).toBe(before + 1);
    };
    await once(page.getByLabel('Find in this conversation'), 'Not found');
    await page.keyboard.press('Escape');
    await showPeople(page);
    await once(page.getByLabel('Search for a name'), 'Nobody here has such a name.');
    await page.keyboard.press('Control+k');
    await once(page.getByRole('combobox'), 'Nobody here has such a name.');
  });

  it('goes on where they write when a private connection opens', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await showPeople(page);
    await ask(page, 'bob');
    await bob.expect(requestPrivate('lea', 'bob'));
    const search = page.getByLabel('Search for a name');
    await search.focus();
    bob.send(okPrivate('lea', 'bob'));
    await openEndpoint(room, await readId(bob, 'lea', 'bob'));
    await expectState(page, 'The private connection is open.');
    await composer(page).waitFor();
    await page.keyboard.type('ben');
    expect(await search.inputValue()).toBe('ben');
    expect(await composer(page).inputValue()).toBe('');
  });

  it('hears with a message of their own what has become of it', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const last = async () => {
      await page.keyboard.press('Shift+F6');
      await page.keyboard.press('ArrowUp');
      const name = await page.locator(':focus').getAttribute('aria-label');
      await page.keyboard.press('Escape');
      return name;
    };
    await write(page, 'hello');
    await page.getByRole('img', { name: 'Delivered' }).waitFor();
    expect(await last()).toMatch(/^lea, \d\d:\d\d, hello, Delivered$/);
    await begin(page, 'nobody');
    await write(page, 'are you there?');
    await page.getByRole('button', { name: 'Send again' }).waitFor();
    expect(await last()).toBe('are you there?, Not sent. nobody is not connected.');
    // By Tab one comes from the buttons of one message to those of another.
    const described = page.locator('button[aria-description="are you there?"]');
    expect(await described.allTextContents()).toEqual(['Send again', 'Discard']);
    await recordSpoken(page);
    await page.getByRole('button', { name: 'Discard' }).press('Enter');
    await expect.poll(() => spoken(page)).toContain('1 message discarded');
  });

  it('goes on reading with their own message where it is delivered meanwhile', async () => {
    let isAnswered = Promise.resolve(undefined);
    const page = await pages.join(room.gateway, 'lea', {
      before: (blank) =>
        blank.routeWebSocket(/ws/, (socket) => {
          const server = socket.connectToServer();
          server.onMessage((bytes) => void isAnswered.then(() => socket.send(bytes)));
        }),
    });
    await untilWhole(page);
    const answer = Promise.withResolvers<undefined>();
    isAnswered = answer.promise;
    await write(page, 'hello');
    await page.locator('.outgoing').getByText('hello').waitFor();
    await page.keyboard.press('Shift+F6');
    await page.keyboard.press('ArrowUp');
    const focused = page.locator(':focus');
    await expect.poll(() => focused.getAttribute('aria-label')).toMatch(/^hello, /);
    answer.resolve(undefined);
    await expect.poll(() => focused.getAttribute('aria-label')).toMatch(/^lea, \d\d:\d\d, hello, Delivered$/);
    // Whoever reads by lines hears its text once.
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.log [role=group]').count()).toBe(0);
  });

  it('hears what came before the page could speak', async () => {
    const bob = await room.join('bob');
    // The part that speaks comes only once something has been said.
    let release = () => {};
    const isSaid = new Promise<void>((resolve) => (release = resolve));
    const page = await pages.visit(room.gateway, {
      before: async (one) => {
        await recordSpoken(one);
        await one.route(/\/assets\/lazy-/, async (route) => {
          await isSaid;
          await route.continue();
        });
      },
    });
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    bob.send(message('bob', 'first') + privateMessage('bob', 'lea', 'psst'));
    await expectMessage(page, 'first');
    release();
    await expect.poll(() => times(page, 'bob: first')).toBe(1);
    await expect.poll(() => times(page, 'Direct message from bob: psst')).toBe(1);
  });

  it('hears which name Tab has completed', async () => {
    await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Show who is here (2 people here)' }).waitFor();
    await recordSpoken(page);
    await composer(page).pressSequentially('bo');
    await page.keyboard.press('Tab');
    await expect.poll(() => composer(page).inputValue()).toBe('bob ');
    await expect.poll(() => times(page, 'bob')).toBe(1);
  });

  it('hears with a question what would be lost', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await write(page, 'hello');
    await expectMessage(page, 'hello');
    await page.getByRole('button', { name: 'Leave', exact: true }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Leave?' });
    const about = await dialog.evaluate((one) =>
      one.ariaDescribedByElements?.map((part) => part.textContent),
    );
    expect(about).toEqual([expect.stringMatching(/^If you keep them, .* next visit as “lea”:1 message$/)]);
    await page.keyboard.press('Escape');
    await leaveAndClear(page);
  });
});
