import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, messages, usePages } from './support/page.ts';
import { useWire } from './support/wire.ts';

// These tests are apart from the other drops, since only Chromium can be told to freeze a page.
describe('a page whose connection drops while it sleeps (D28)', () => {
  const room = useRoom();
  const pages = usePages();
  const joinByWire = useWire(room, pages);

  it('D28: put to sleep and woken without a network in between, it has missed nothing', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    const client = await page.context().newCDPSession(page);
    await composer(page).fill('written before');
    await client.send('Page.setWebLifecycleState', { state: 'frozen' });
    bob.send(message('bob', 'said in your sleep'));
    await bob.expect(message('bob', 'said in your sleep'));
    wire.hold();
    wire.cut();
    bob.send(message('bob', 'said when you were gone'));
    await bob.expect(message('bob', 'said when you were gone'));
    await expect.poll(() => room.gateway.resumeRegistry.waiting).toBe(1);
    wire.release();
    await client.send('Page.setWebLifecycleState', { state: 'active' });
    await expectMessage(page, 'said when you were gone', 'bob');
    await composer(page).press('Enter');
    await bob.expect(message('lea', 'written before'));
    await expectMessage(page, 'written before');
    await expect
      .poll(() => messages(page))
      .toEqual(['said in your sleep', 'said when you were gone', 'written before']);
  });
});
