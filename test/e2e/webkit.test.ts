import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idPrivate, loginPrivate, message, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { WebKitDriver } from './support/webkit-driver.ts';
import type { WebKitPage } from './support/webkit-page.ts';
import { Wire } from './support/wire.ts';

describe('the page, in WebKit', () => {
  const room = useRoom();
  let driver: WebKitDriver | undefined;
  let page: WebKitPage;
  let wire: Wire;
  beforeAll(async () => {
    driver = await WebKitDriver.start();
  });
  afterAll(() => driver?.stop());
  beforeEach(async () => {
    wire = await Wire.to(room.gateway.addresses.http);
    page = await driver!.open();
  });
  afterEach(async () => {
    await page.close();
    await wire.close();
  });

  const home = () => `http://127.0.0.1:${wire.gateway.addresses.http.port}/`;
  const join = async (name: string) => {
    await page.goto(home());
    await page.join(name);
  };

  it('joins, and talks with a native client both ways, byte for byte', async () => {
    const bob = await room.join('bob');
    await join('Léa');
    await page.write('hé là');
    await bob.expect(message('Léa', 'hé là'));
    bob.send(message('bob', 'salut 😺'));
    await page.expectMessages(['hé là', 'salut 😺']);
  });

  it('has the heading of each choice of the settings nearer to its own choices than to those above', async () => {
    await join('lea');
    await page.press('Settings');
    await page.expectText('.settings legend', 'Theme');
    const distances = await page.run<[above: number, below: number][]>(`
      return [...document.querySelectorAll('.settings legend')].map((legend) => {
        const { top, bottom } = legend.getBoundingClientRect();
        const above = legend.parentElement.previousElementSibling.getBoundingClientRect().bottom;
        return [top - above, legend.nextElementSibling.getBoundingClientRect().top - bottom];
      })`);
    for (const [above, below] of distances) expect(above).toBeGreaterThan(below + 8);
  });

  it('D28: goes on where it was when its connection drops, without a word lost or doubled', async () => {
    const bob = await room.join('bob');
    await join('lea');
    // The gateway gets this message, and its echo never arrives.
    wire.deafen();
    await page.write('on its way');
    await bob.expect(message('lea', 'on its way'));
    wire.hold();
    wire.cut();
    await page.expectText('[role=status]', 'Connection lost');
    await page.write('meanwhile');
    bob.send(message('bob', 'unheard'));
    await bob.expect(message('bob', 'unheard'));
    wire.release();
    // The page may be back by itself already.
    await page.pressIfThere('Try now');
    await bob.expect(message('lea', 'meanwhile'));
    await page.expectMessages(['on its way', 'unheard', 'meanwhile']);
    expect(room.gateway.chat.clients).toBe(2);
  });

  it('keeps its conversation and the draft when it is loaded again', async () => {
    const bob = await room.join('bob');
    await join('lea');
    await page.write('before');
    await page.expectMessages(['before']);
    await page.type('.composer textarea', 'half a thought');
    await page.reload();
    await page.expectMessages(['before']);
    await expect
      .poll(() => page.run('return document.querySelector(".composer textarea").value'))
      .toBe('half a thought');
    await page.write('!');
    await bob.expect(message('lea', 'before') + message('lea', 'half a thought!'));
  });

  it('is there again after a visit to another site, and after being loaded again', async () => {
    const bob = await room.join('bob');
    await join('lea');
    await page.write('before');
    await page.expectMessages(['before']);
    // Another host is another site, for which WebKit changes the process.
    await page.goto(`${home().replace('127.0.0.1', 'localhost')}healthz`);
    await page.back(home());
    await page.expectMessages(['before']);
    await page.reload();
    await page.expectMessages(['before']);
    await page.write('after');
    await bob.expect(message('lea', 'before') + message('lea', 'after'));
  });

  it('has private connections, half-closed by either side', async () => {
    const bob = await room.join('bob');
    await join('lea');
    bob.send(requestPrivate('bob', 'lea'));
    await page.expectText('.request-card', 'Accept');
    // Not by a pointer, which it lets through for a moment.
    await page.pressIfThere('Accept');
    await bob.expect(idPrivate('bob', 'lea', 0).slice(0, -8));
    const endpoint = await room.connect();
    endpoint.send(loginPrivate(Buffer.from(await bob.read(4), 'hex').readInt32BE()));
    await endpoint.expect('0a');
    await page.expectText('.private-bar [role=status]', 'The private connection is open.');
    await page.write('psst');
    await endpoint.expect(message('lea', 'psst'));
    // Not by a pointer, which it lets wait for a moment after it has come.
    await page.pressIfThere('End my side');
    await endpoint.expectEnd();
    endpoint.send(message('bob', 'still here'));
    await page.expectMessages(['psst', 'still here']);
    endpoint.end();
    await page.expectText('.private-bar [role=status]', 'Both sides have ended.');
  });
});
