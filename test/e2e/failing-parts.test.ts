import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, proposeName, usePages } from './support/page.ts';

/** The server has no such file any more, as after a new version of the page was put there. */
async function withhold(page: Page, part: RegExp): Promise<() => Promise<void>> {
  await page.route(part, (route) => route.abort('connectionreset'));
  return () => page.unroute(part);
}

const trouble = (page: Page) => page.getByRole('alert').filter({ hasText: /cannot be shown/ });

describe('a part of the page that cannot be had, in a browser', { timeout: 60_000 }, () => {
  const room = useRoom();
  const pages = usePages();

  it('a panel: says so, and can be tried again', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const give = await withhold(page, /panels-/);
    await page.getByRole('button', { name: 'Commands and keys' }).click();
    await trouble(page).waitFor();
    await trouble(page).getByRole('button', { name: 'OK' }).click();
    await trouble(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'When you are called' }).click();
    await trouble(page).waitFor();
    await give();
    await trouble(page).getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('dialog', { name: 'When you are called' }).waitFor();
    await trouble(page).waitFor({ state: 'detached' });
    // Only the one that was asked for last.
    expect(await page.getByRole('dialog').count()).toBe(1);
  });

  it('a language: the page stays in the other, and says so until it is not wanted any more', async () => {
    const page = await pages.join(room.gateway, 'lea');
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    const give = await withhold(page, /\/fr-/);
    await page.getByRole('button', { name: 'Français' }).click();
    await trouble(page).waitFor();
    await page.getByRole('heading', { name: 'Everyone', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await trouble(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Français' }).click();
    await trouble(page).waitFor();
    await give();
    await trouble(page).getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('heading', { name: 'Tout le monde', level: 1 }).waitFor();
    await page.getByRole('alert').filter({ hasText: 'affichée' }).waitFor({ state: 'detached' });
  });

  it('what is loaded later: the room works, and says so', async () => {
    const page = await pages.visit(room.gateway);
    const give = await withhold(page, /later-/);
    await proposeName(page, 'lea');
    await trouble(page).waitFor();
    await composer(page).fill('hello');
    await composer(page).press('Enter');
    await expectMessage(page, 'hello');
    await give();
    await trouble(page).getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    await trouble(page).waitFor({ state: 'detached' });
  });

  it('the language to begin with: another', async () => {
    const page = await pages.visit(room.gateway, { locale: 'fr-FR' });
    await withhold(page, /\/fr-/);
    await page.reload();
    await page.getByRole('heading', { name: 'Come in' }).waitFor();
    await trouble(page).waitFor();
  });
});

describe('what the browser says is checked', () => {
  const room = useRoom();
  const pages = usePages();

  const enter = async (init: () => void) => {
    const page = await pages.visit(room.gateway);
    await page.addInitScript(init);
    await page.reload();
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    return page;
  };
  const expectTalk = async (page: Page) => {
    const bob = await room.join('bob');
    bob.send(message('bob', 'hello'));
    await expectMessage(page, 'hello', 'bob');
    await composer(page).fill('hi');
    await composer(page).press('Enter');
    await expectMessage(page, 'hi');
    expect(await page.locator('.log time .clock').first().textContent()).toMatch(/\d\d?:\d\d/);
  };

  it.each([['en-US@posix'], ['en_US.UTF-8'], ['C'], [''], ['-'], ['en-a']])(
    'a language that is no language tag: %s',
    async (tag) => {
      const page = await pages.visit(room.gateway);
      await page.addInitScript((language) => {
        Object.defineProperty(navigator, 'language', { get: () => language });
        Object.defineProperty(navigator, 'languages', { get: () => [language] });
      }, tag);
      await page.reload();
      await proposeName(page, 'lea');
      await composer(page).waitFor();
      await expectTalk(page);
    },
  );

  it('no languages, no media queries, no notices, no storage', async () => {
    const page = await enter(() => {
      Object.defineProperty(navigator, 'language', { get: () => undefined });
      Object.defineProperty(navigator, 'languages', { get: () => undefined });
      delete (globalThis as { matchMedia?: unknown }).matchMedia;
      localStorage.setItem('chaton.locale', 'xx');
      localStorage.setItem('chaton.theme', 'pink');
      localStorage.setItem('chaton.notices', 'on');
      localStorage.setItem('chaton.sound', '{');
      delete (globalThis as { Notification?: unknown }).Notification;
      Object.defineProperty(document, 'hidden', { get: () => true });
    });
    await expectTalk(page);
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    const ann = await room.join('ann');
    ann.send(message('ann', 'lea, are you there?'));
    await expectMessage(page, 'lea, are you there?');
  });
});

describe('what throws while it is shown', () => {
  const room = useRoom();
  const pages = usePages();

  it('leaves the rest alone: a line of the log, and the list', async () => {
    const page = await pages.visit(room.gateway);
    await page.addInitScript(() => {
      Object.assign(Intl, { ListFormat: undefined });
    });
    await page.reload();
    await proposeName(page, 'lea');
    const bob = await room.join('bob');
    await composer(page).waitFor();
    bob.send(message('bob', 'one'));
    await expectMessage(page, 'one');
    const ann = await room.join('ann');
    await page.locator('.log').getByText('cannot be shown').first().waitFor();
    ann.send(message('ann', 'two'));
    await expectMessage(page, 'two');
    await expectMessage(page, 'one');
    await composer(page).fill('three');
    await composer(page).press('Enter');
    await expectMessage(page, 'three');
    await page.getByRole('button', { name: /Everyone.*three/ }).waitFor();
  });
});

describe('the day, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('changes at midnight, without anything else happening', async () => {
    const page = await pages.visit(room.gateway, { timezoneId: 'Europe/Paris' });
    await page.clock.install({ time: new Date('2026-03-04T23:59:30+01:00') });
    await page.reload();
    await proposeName(page, 'lea');
    await composer(page).fill('late');
    await composer(page).press('Enter');
    await expectMessage(page, 'late');
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    // What is loaded later shows everything anew when it comes.
    await page.clock.runFor(5_000);
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    await page.getByRole('heading', { name: 'Who is here' }).waitFor();
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    await page.clock.runFor(35_000);
    await page.getByRole('heading', { name: 'Yesterday', exact: true }).waitFor();
  });
});
