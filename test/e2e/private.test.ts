import { describe, expect, it } from 'vitest';
import { message, okPrivate, requestPrivate } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';
import { composer, expectMessage, messages, usePages, write } from './support/page.ts';
import { ask, expectState, openEndpoint, openWithNative, readId } from './support/private.ts';

describe('private connections, between a page and a native client', () => {
  const room = useRoom();
  const pages = usePages();

  it('are asked for by the page, and carry text as MESSAGE commands, byte for byte (§3, §4)', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await ask(page, 'bob');
    await expectState(page, 'Request sent.');
    await page.getByText('The server only passes it on').waitFor();
    await bob.expect(requestPrivate('lea', 'bob'));
    bob.send(okPrivate('lea', 'bob'));
    const endpoint = await openEndpoint(room, await readId(bob, 'lea', 'bob'));
    await expectState(page, 'The private connection is open.');

    await write(page, 'hé 😺');
    await endpoint.expect(message('lea', 'hé 😺'));
    await expectMessage(page, 'hé 😺');
    endpoint.sendPieces([message('bob', 'salut').slice(0, 12), message('bob', 'salut').slice(12)]);
    await expectMessage(page, 'salut', 'bob');
    await expect.poll(() => messages(page)).toEqual(['hé 😺', 'salut']);
  });

  it('are half-closed by the page, which still receives, and closed by the other (D21)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { endpoint } = await openWithNative(room, page);
    await write(page, 'last words');
    await endpoint.expect(message('lea', 'last words'));
    await page.getByRole('button', { name: 'End my side' }).press('Enter');
    await endpoint.expectEnd();
    await expectState(page, 'You have ended your side.');
    expect(await composer(page).count()).toBe(0);
    endpoint.send(message('bob', 'still here'));
    await expectMessage(page, 'still here', 'bob');
    endpoint.end();
    await expectState(page, 'Both sides have ended.');
  });
});
