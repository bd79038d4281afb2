import { describe, expect, it } from 'vitest';
import { message } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { expectMessage, expectStatus, messages, usePages, write } from './support/page.ts';
import { networkIsBack, useWire } from './support/wire.ts';

describe('a page whose connection drops while people talk (D28)', () => {
  const room = useRoom();
  const pages = usePages();
  const joinByWire = useWire(room, pages);

  it('D28: loses and repeats nothing, of its own and of others, and nobody sees it go', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    const expected: string[] = [];
    for (let round = 0; round < 5; round++) {
      // The gateway gets this message, and its echo never arrives.
      wire.deafen();
      await write(page, `on its way ${round}`);
      await bob.expect(message('lea', `on its way ${round}`));
      wire.hold();
      wire.cut();
      await expectStatus(page, 'Connection lost');
      await write(page, `meanwhile ${round}`);
      bob.send(message('bob', `unheard ${round}`));
      await bob.expect(message('bob', `unheard ${round}`));
      wire.release();
      await networkIsBack(page);
      await bob.expect(message('lea', `meanwhile ${round}`));
      await expectMessage(page, `meanwhile ${round}`);
      expected.push(`on its way ${round}`, `unheard ${round}`, `meanwhile ${round}`);
    }
    await expect.poll(() => messages(page)).toEqual(expected);
    expect(await page.getByText(/left|Not connected from/).count()).toBe(0);
    expect(room.gateway.chat.clients).toBe(2);
  });

  it('D28: asks a connection that is silent after it woke for a sign of life, and goes on without it', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    wire.deafen();
    bob.send(message('bob', 'into the void'));
    await bob.expect(message('bob', 'into the void'));
    await networkIsBack(page);
    await expectMessage(page, 'into the void', 'bob');
    await expect.poll(() => messages(page)).toEqual(['into the void']);
  });

  it('D28: loaded again while its connection is gone, it gets its name at once', async () => {
    const { wire, page } = await joinByWire('lea');
    await write(page, 'before');
    await expectMessage(page, 'before');
    wire.hold();
    wire.cut();
    await expectStatus(page, 'Connection lost');
    await expect.poll(() => room.gateway.resumeRegistry.waiting).toBe(1);
    wire.release();
    await page.reload();
    await write(page, 'after');
    await expectMessage(page, 'after');
    expect(room.gateway.resumeRegistry.waiting).toBe(0);
    expect(await page.getByText('still taken').count()).toBe(0);
  });
});
