import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '../support/fault-proxy.ts';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { savedTexts } from './support/database.ts';
import {
  composer,
  expectMessage,
  expectStatus,
  messages,
  proposeName,
  untilWhole,
  usePages,
  write,
} from './support/page.ts';
import { withhold } from './support/missing-parts.ts';
import { Wire } from './support/wire.ts';

/** Page that counts the WebSockets it opens: a driven Firefox does not tell of them. */
interface Counted {
  opened: number;
}

function countSockets(): void {
  const page = globalThis as unknown as Counted;
  page.opened = 0;
  globalThis.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      page.opened++;
    }
  };
}

describe('a connection lost, in a browser', () => {
  const pages = usePages();
  let gateway: TestGateway | undefined;
  let proxy: FaultProxy | undefined;
  afterEach(async () => {
    await proxy?.stop();
    await gateway?.stop();
    gateway = proxy = undefined;
  });

  const joinTcp = async (at: TestGateway, name: string): Promise<RawConnection> => {
    const peer = await connectRaw(at, 'tcp');
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    return peer;
  };

  it.each(['is left', 'is left, its connection broken first, as Firefox does'])(
    'was none before a reload in a quiet room, which was saved long before (the page %s)',
    async (how) => {
      gateway = await startTestGateway();
      const wire = await Wire.to(gateway.addresses.http);
      onTestFinished(() => wire.close());
      const page = await pages.join(wire.gateway, 'lea');
      await write(page, 'hello');
      await expect.poll(() => savedTexts(page)).toContain('hello');
      // A page that is looked at would take the leap of the clock for a sleep.
      await page.evaluate(() => Object.defineProperty(document, 'hidden', { get: () => true }));
      await page.clock.setFixedTime(Date.now() + 600_000);
      if (how.includes('Firefox')) {
        wire.hold();
        wire.cut();
        await expectStatus(page, 'Connection lost');
      }
      await page.reload();
      wire.release();
      const gap = page.getByText(/^Not connected from/);
      await gap.waitFor();
      expect(await gap.textContent()).toContain('for a moment');
    },
  );

  it.each([
    ['en-GB', 'login', 'lea', /^The operator of this server has banned you \(“lea”\)/],
    ['fr-FR', 'address', '127.0.0.0/8', /vous en a interdit l’accès \(«\slea\s»\)/],
  ] as const)(
    'by a ban is said in plain words, and not tried again (%s, by %s)',
    async (locale, kind, value, words) => {
      gateway = await startTestGateway({ adminPort: 0 });
      const { admin } = gateway.addresses;
      const page = await pages.visit(gateway, {
        locale,
        before: (fresh) => fresh.addInitScript(countSockets),
      });
      await page.locator('#name').fill('lea');
      await page.locator('#name').press('Enter');
      await write(page, 'a <word>');
      await expectMessage(page, 'a <word>');
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
      const { status } = await fetch(`http://${admin!.host}:${admin!.port}/bans`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind, value, until: Date.now() + 60_000 }),
      });
      expect(status).toBe(200);
      await page.getByRole('alert').filter({ hasText: words }).waitFor();
      // Behind a dialog nobody would hear it.
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('#name:focus').waitFor();
      // The person who comes back to the page is one of the occasions on which it would try at once.
      await page.evaluate(() => dispatchEvent(new Event('online')));
      await page.locator('#name').fill('leo');
      // It was said of another name.
      await page.locator('#name[aria-invalid=false]').waitFor();
      expect(await page.evaluate(() => (globalThis as unknown as Counted).opened)).toBe(1);
    },
  );

  it('is said without the parts that are loaded later', async () => {
    gateway = await startTestGateway();
    const page = await pages.visit(gateway, { before: (it) => withhold(it, /\/lazy-/) });
    await proposeName(page, 'lea');
    await composer(page).waitFor();
    await gateway.stop();
    await page.locator('.conversation > header').getByText('The server cannot be reached').waitFor();
  });

  it('is not said of a page that is loaded again, which does not know yet', async () => {
    gateway = await startTestGateway();
    const page = await pages.join(gateway, 'lea', {
      before: (it) =>
        it.addInitScript(() => {
          const said = new Set<string>();
          Object.assign(window, { said });
          const look = () => said.add(document.querySelector('.names p')?.textContent ?? '');
          new MutationObserver(look).observe(document, { childList: true, subtree: true });
        }),
    });
    await untilWhole(page);
    await page.reload();
    await untilWhole(page);
    const said = await page.evaluate(() => [...(window as unknown as { said: Set<string> }).said]);
    expect(said).toContain('1 here');
    expect(said.join()).not.toContain('server');
  });

  it('is said, and repaired under the same name when the gateway is back', async () => {
    gateway = await startTestGateway();
    const wire = await Wire.to(gateway.addresses.http);
    onTestFinished(() => wire.close());
    const page = await pages.join(wire.gateway, 'lea');
    await untilWhole(page);
    await write(page, 'before');
    await expectMessage(page, 'before');

    await gateway.stop();
    const status = page.getByRole('status');
    await status.filter({ hasText: 'Connection lost' }).waitFor();
    await write(page, 'while away');
    await page.locator('.outgoing').getByText('Waiting for the connection.').waitFor();
    await write(page, '/private bob');
    const isNotSent = page.locator('#composer-note').filter({ hasText: 'Not connected: this was not sent.' });
    await isNotSent.waitFor();

    gateway = await startTestGateway();
    wire.comeBack(gateway.addresses.http);
    await status.filter({ hasText: 'You are connected again' }).waitFor();
    await expectMessage(page, 'while away');
    await expect.poll(() => composer(page).inputValue()).toBe('/private bob');
    await isNotSent.waitFor({ state: 'detached' });
    await composer(page).fill('half a thought');
    const bob = await joinTcp(gateway, 'bob');
    await composer(page).press('Enter');
    await bob.expect(message('lea', 'half a thought'));
    bob.send(message('bob', 'welcome back'));
    await expectMessage(page, 'welcome back', 'bob');
    // Whoever reads back by keys comes by it, and by what day it was.
    await page.getByRole('log').focus();
    const focused = () => page.evaluate(() => document.activeElement?.ariaLabel ?? '');
    for (const name of [
      /welcome back$/,
      /half a thought/,
      /while away/,
      /^Not connected from .* may be missing/,
    ]) {
      await page.keyboard.press('ArrowUp');
      await expect.poll(focused).toMatch(name);
    }
    for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Today');
  });

  it('D28: dead but not closed, is found out nine seconds after a message, and nothing comes twice', async () => {
    gateway = await startTestGateway();
    const { http } = gateway.addresses;
    proxy = await FaultProxy.start({ target: http });
    const through = { addresses: { ...gateway.addresses, http: { ...http, port: proxy.port } } };
    const page = await pages.join(through, 'lea', { before: (it) => it.clock.install() });
    const bob = await joinTcp(gateway, 'bob');
    // Who watches the connection comes with the parts that are loaded last.
    await page.getByRole('button', { name: 'Wire inspector' }).waitFor();

    proxy.swallow();
    await write(page, 'into the void');
    await page.locator('.outgoing').getByText('Sending…').waitFor();
    await page.clock.runFor(5_000);
    expect(await page.getByText('Connection lost').count()).toBe(0);
    await page.clock.runFor(4_000);
    await expectStatus(page, 'Connection lost');
    await page.locator('.outgoing').getByText('On its way when the connection was lost.').waitFor();
    await write(page, 'and more');
    proxy.restore();
    await expectStatus(page, 'You are connected again');
    await bob.expect(message('lea', 'into the void') + message('lea', 'and more'));
    await expectMessage(page, 'and more');
    await expect.poll(() => messages(page)).toEqual(['into the void', 'and more']);

    await page.context().setOffline(true);
    await page.clock.runFor(6_000);
    await expectStatus(page, 'Connection lost');
    await page.context().setOffline(false);
    await expectStatus(page, 'You are connected again');
    await write(page, 'once');
    await bob.expect(message('lea', 'once'));

    // Nobody writes, and nobody says anything.
    proxy.swallow();
    await page.clock.runFor(34_500);
    await expectStatus(page, 'Connection lost');
    proxy.restore();
    await expectStatus(page, 'You are connected again');
  });
});
