import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { login, message, privateMessage, requestPrivate } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { useRoom } from '../support/raw-room.ts';
import { begin, expectMessage, expectOpen, proposeName, usePages, write } from './support/page.ts';
import { recordSpoken, spoken } from './support/spoken.ts';
import { useWire } from './support/wire.ts';

/** Replaces the browser's notifications by a list, and lets the test move the page into the background. */
async function watchNotices(page: Page): Promise<void> {
  await page.evaluate(() => {
    const notices: { title: string; body: string; click: () => void }[] = [];
    class Notice {
      static permission = 'default';
      static requestPermission() {
        Notice.permission = 'granted';
        return Promise.resolve('granted');
      }
      onclick = () => {};
      constructor(title: string, { body }: { body: string }) {
        notices.push({ title, body, click: () => this.onclick() });
      }
      close() {}
    }
    Object.assign(globalThis, { Notification: Notice, notices });
  });
}

interface Watched {
  notices: { title: string; body: string; click: () => void }[];
}
const notices = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as Watched).notices.map(({ title, body }) => `${title}: ${body}`),
  );

async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

describe('attention, in a browser', () => {
  const room = useRoom();
  const pages = usePages();

  it('is called by the name: in the log, in the list, in the title and in the icon', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await begin(page, 'bob');
    bob.send(message('bob', 'hello all') + message('bob', 'Lea, look!'));
    await page.getByRole('img', { name: '2 unread, you are mentioned once' }).waitFor();
    await expect.poll(() => page.title()).toBe('(1) Chaton');
    const icon = page.locator('link[rel=icon]');
    await expect.poll(() => icon.getAttribute('href')).toMatch(/^data:image\/svg\+xml,/);
    await page.getByRole('button', { name: /^Everyone/ }).click();
    await expectMessage(page, 'Lea, look!', 'bob');
    await expect.poll(() => page.locator('.text.mention').allTextContents()).toEqual(['Lea, look!']);
    await expect.poll(() => page.title()).toBe('Chaton');
    await expect.poll(() => icon.getAttribute('href')).toBe('./cat.svg');
  });

  it('is asked for by notices, if that is wanted, and a click on one opens the conversation', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await watchNotices(page);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('A notification, while you').click();
    await expect.poll(() => page.getByLabel('A notification, while you').isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    await hide(page);
    bob.send(message('bob', 'nothing for you') + privateMessage('bob', 'lea', 'psst'));
    await expect.poll(() => notices(page)).toEqual(['bob: bob: psst']);
    await page.evaluate(() => (globalThis as unknown as Watched).notices[0]?.click());
    await page.getByRole('heading', { name: 'bob', exact: true, level: 1 }).waitFor();
    bob.send(message('bob', 'lea?'));
    await expect.poll(() => notices(page)).toEqual(['bob: bob: psst', 'Everyone: bob: lea?']);

    await page.reload();
    await page.getByRole('button', { name: 'Settings' }).click();
    await expect.poll(() => page.getByLabel('A notification, while you').isChecked()).toBe(true);
    await expect.poll(() => page.getByLabel('A soft sound').isChecked()).toBe(false);
  });

  it('is not led away later, when what a notice was about has not come back, and comes anew', async () => {
    const bob = await room.join('bob');
    const page = await pages.visit(room.gateway);
    await page.evaluate(() => history.replaceState(null, '', '#at=private:bob'));
    await page.reload();
    await proposeName(page, 'lea');
    await page.getByRole('button', { name: 'Commands and keys' }).waitFor();
    bob.send(requestPrivate('bob', 'lea'));
    await page.locator('.rail .conversation-item', { hasText: 'bob' }).waitFor();
    await expectOpen(page, 'Everyone');
    expect(new URL(page.url()).hash).toBe('');
  });
});

describe('a screen reader', () => {
  const room = useRoom();
  const pages = usePages();
  const joinByWire = useWire(room, pages);

  it.each(['none', 'mine'])(
    'is told of requests and of notices, whatever messages it reads out: %s',
    async (voice) => {
      const gateway = await startTestGateway({ adminPort: 0 });
      const { admin, tcp } = gateway.addresses;
      try {
        const before = (fresh: Page) =>
          fresh.addInitScript((one) => localStorage.setItem('chaton.voice', one), voice);
        const page = await pages.join(gateway, 'lea', { before });
        await page.locator('.announcer').waitFor({ state: 'attached' });
        await recordSpoken(page);
        const bob = await connectRawTcp(tcp.host, tcp.port);
        bob.send(login('bob') + message('bob', 'hello all') + requestPrivate('bob', 'lea'));
        await fetch(`http://${admin!.host}:${admin!.port}/notice`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text: 'Closing soon' }),
        });
        const expected = ['From the server: Closing soon', 'bob asks you for a private connection.'];
        await expect.poll(async () => (await spoken(page)).toSorted()).toEqual(expected);
        bob.reset();
      } finally {
        await gateway.stop();
      }
    },
  );

  it('is told what is said here, what calls from elsewhere, and how the connection stands, each once', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    await recordSpoken(page);
    // The line under the field speaks for itself.
    const announced = async () => (await spoken(page)).filter((words) => !words.startsWith('Go on writing'));
    const expectSpoken = (...words: string[]) => expect.poll(announced).toEqual(words);
    await expect.poll(() => page.getByRole('log').getAttribute('aria-live')).toBe('off');

    bob.send(message('bob', 'yes') + message('bob', 'yes') + message('bob', 'no'));
    const said = ['bob: yes', 'bob: yes', 'bob: no'];
    await expectSpoken(...said);
    // The same words are said again, by a node of their own.
    bob.send(message('bob', 'no'));
    said.push('bob: no');
    await expectSpoken(...said);

    const many = Array.from({ length: 24 }, (_, index) => message('bob', `no. ${index}`)).join('');
    bob.send(
      many +
        message('bob', 'look, lea') +
        privateMessage('bob', 'lea', 'psst') +
        requestPrivate('bob', 'lea'),
    );
    said.push(
      '25 new messages. You are mentioned by bob.',
      'Direct message from bob: psst',
      'bob asks you for a private connection.',
    );
    await expectSpoken(...said);

    await write(page, 'mine');
    await expectMessage(page, 'mine');
    wire.hold();
    wire.cut();
    said.push('Connection lost. Reconnecting…');
    await expectSpoken(...said);
    // It is not said anew in the conversation that one turns to.
    await page.getByRole('button', { name: /psst/ }).click();
    await page.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
    wire.release();
    said.push('Back. You are connected again.');
    await expectSpoken(...said);

    bob.send(
      message('bob', 'nobody is called') + message('bob', 'Lea?') + privateMessage('bob', 'lea', 'here'),
    );
    said.push('bob mentions you: Lea?', 'bob: here');
    await expectSpoken(...said);
    // All that is outside of a modal dialog is inert: what is said then is said in it, and afterwards in the page again.
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    bob.send(privateMessage('bob', 'lea', 'in a dialog'));
    said.push('bob: in a dialog');
    await expectSpoken(...said);
    await page.keyboard.press('Escape');
    bob.send(privateMessage('bob', 'lea', 'in the page'));
    said.push('bob: in the page');
    await expectSpoken(...said);
    // One who opens a private connection hears how it stands.
    await page.getByRole('button', { name: 'Accept' }).click();
    said.push('Accepted. Waiting for bob to connect…');
    await expectSpoken(...said);
    // What was said goes: whoever reads the page line by line does not come upon it.
    await expect.poll(() => page.locator('.announcer').getByText('bob: yes').count()).toBe(0);
  });
});
