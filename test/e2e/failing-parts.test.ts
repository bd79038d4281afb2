import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, usePages } from './support/page.ts';

describe('what the browser says is checked', () => {
  const room = useRoom();
  const pages = usePages();

  const enter = (before: (page: Page) => Promise<unknown>) => pages.join(room.gateway, 'lea', { before });
  const expectTalk = async (page: Page) => {
    const bob = await room.join('bob');
    bob.send(message('bob', 'hello'));
    await expectMessage(page, 'hello', 'bob');
    await composer(page).fill('hi');
    await composer(page).press('Enter');
    await expectMessage(page, 'hi');
    await expect.poll(() => page.locator('.log time .clock').first().textContent()).toMatch(/\d\d?:\d\d/);
  };

  it.each([['en-US@posix'], ['en_US.UTF-8'], ['C'], [''], ['-'], ['en-a']])(
    'a language that is no language tag: %s',
    async (tag) => {
      const speak = (language: string) => {
        Object.defineProperty(navigator, 'language', { get: () => language });
        Object.defineProperty(navigator, 'languages', { get: () => [language] });
      };
      await expectTalk(await enter((page) => page.addInitScript(speak, tag)));
    },
  );

  it('no languages, no media queries, no notices, no storage', async () => {
    const lack = () => {
      Object.defineProperty(navigator, 'language', { get: () => undefined });
      Object.defineProperty(navigator, 'languages', { get: () => undefined });
      delete (globalThis as { matchMedia?: unknown }).matchMedia;
      localStorage.setItem('chaton.locale', 'xx');
      localStorage.setItem('chaton.theme', 'pink');
      localStorage.setItem('chaton.notices', 'on');
      localStorage.setItem('chaton.sound', '{');
      delete (globalThis as { Notification?: unknown }).Notification;
      Object.defineProperty(document, 'hidden', { get: () => true });
    };
    const page = await enter((it) => it.addInitScript(lack));
    await expectTalk(page);
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();
    const ann = await room.join('ann');
    ann.send(message('ann', 'lea, are you there?'));
    await expectMessage(page, 'lea, are you there?');
  });
});

describe('a browser that keeps no data of this site', () => {
  const room = useRoom();
  const pages = usePages();

  it('lets one talk, says that nothing is saved, and does not offer to keep it', async () => {
    const page = await pages.join(room.gateway, 'lea', {
      before: (it) => it.addInitScript(forbidStorage),
      // A script that comes before the page cannot close the list of people by an earlier choice.
      isFirstVisit: true,
    });
    const bob = await room.join('bob');
    bob.send(message('bob', 'hello'));
    await expectMessage(page, 'hello', 'bob');
    await page
      .locator('.link-banner')
      .filter({ hasText: 'This device does not save what is said here' })
      .waitFor();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    const question = page.getByRole('dialog', { name: 'Leave?' });
    await question.getByText('What will be lost').waitFor();
    expect(await question.getByRole('button', { name: 'Keep for next time' }).count()).toBe(0);
    await question.getByRole('button', { name: 'Leave and clear' }).click();
    await page.getByLabel('Your name').waitFor();
  });
});

/** Throws wherever Firefox does when it is set to block all cookies and site data. */
function forbidStorage(): void {
  function forbid(): never {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  }
  const refuse = () => Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'));
  for (const name of ['localStorage', 'sessionStorage', 'caches'])
    Object.defineProperty(globalThis, name, { get: forbid });
  IDBFactory.prototype.open = forbid;
  LockManager.prototype.request = refuse;
  Object.defineProperty(globalThis, 'BroadcastChannel', { value: forbid });
}

describe('what throws while it is shown', () => {
  const room = useRoom();
  const pages = usePages();

  it('leaves the rest alone: a line of the log, and the list', async () => {
    const page = await pages.join(room.gateway, 'lea', {
      before: (it) => it.addInitScript(() => void Object.assign(Intl, { ListFormat: undefined })),
    });
    const bob = await room.join('bob');
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
    const time = new Date('2026-03-04T23:59:30+01:00');
    const page = await pages.join(room.gateway, 'lea', {
      timezoneId: 'Europe/Paris',
      before: (it) => it.clock.install({ time }),
    });
    await composer(page).fill('late');
    await composer(page).press('Enter');
    await expectMessage(page, 'late');
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    // The lazily loaded part renders everything anew when it comes.
    await page.clock.runFor(5_000);
    await page.getByRole('button', { name: /^Show who is here/ }).click();
    await page.getByRole('heading', { name: 'Who is here' }).waitFor();
    await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
    await page.clock.runFor(35_000);
    await page.getByRole('heading', { name: 'Yesterday', exact: true }).waitFor();
  });
});
