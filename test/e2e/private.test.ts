import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import {
  idPrivate,
  koPrivate,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  requestPrivate,
} from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { useRoom, type Room } from '../support/raw-room.ts';
import { begin, composer, expectMessage, expectOpen, messages, usePages, write } from './support/page.ts';

const ESTABLISHED = '0a';

/** Waits until the heading of the open private conversation says these words. */
const expectState = (page: Page, words: string) =>
  page.locator('.private-bar [role=status]').filter({ hasText: words }).waitFor();

/** Begins a direct conversation, and asks for a private connection from its heading. */
async function ask(page: Page, login: string): Promise<void> {
  await begin(page, login);
  await page.getByRole('button', { name: 'Private connection', exact: true }).click();
}

/** Reads ID_PRIVATE, as it must come next, and gives its id. */
async function readId(peer: RawConnection, requester: string, target: string): Promise<number> {
  const before = idPrivate(requester, target, 0).slice(0, -8);
  await peer.expect(before);
  return Buffer.from(await peer.read(4), 'hex').readInt32BE();
}

/** Opens a native peer's side of a private connection. */
async function openEndpoint(room: Room, id: number): Promise<RawConnection> {
  const endpoint = await room.connect();
  endpoint.send(loginPrivate(id));
  await endpoint.expect(ESTABLISHED);
  return endpoint;
}

/** Opens a private connection between a page and a native peer, requested by the peer. */
async function openWithNative(room: Room, page: Page) {
  const bob = await room.join('bob');
  bob.send(requestPrivate('bob', 'lea'));
  await page.getByRole('button', { name: 'Accept' }).click();
  const endpoint = await openEndpoint(room, await readId(bob, 'bob', 'lea'));
  await expectState(page, 'The private connection is open.');
  return { bob, endpoint };
}

describe('private connections, between a page and a native client', () => {
  const room = useRoom();
  const pages = usePages();

  it('are asked for by the page, and carry text as MESSAGE commands, byte for byte (§3, §4)', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await ask(page, 'bob');
    await expectState(page, 'You have asked.');
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

  it('are announced to the page wherever it looks, and refused by it (D16)', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    bob.send(requestPrivate('bob', 'lea'));
    await page
      .getByRole('region', { name: 'Requests' })
      .filter({ hasText: 'bob asks for a private connection' })
      .waitFor();
    await page.getByRole('button', { name: 'Refuse' }).click();
    await bob.expect(koPrivate('bob', 'lea'));
    await page.getByRole('button', { name: 'Refuse' }).waitFor({ state: 'detached' });
  });

  it('are refused to the page, which can ask again', async () => {
    const bob = await room.join('bob');
    const page = await pages.join(room.gateway, 'lea');
    await ask(page, 'bob');
    await bob.expect(requestPrivate('lea', 'bob'));
    bob.send(koPrivate('lea', 'bob'));
    await expectState(page, 'bob has refused.');
    expect(await composer(page).count()).toBe(0);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await bob.expect(requestPrivate('lea', 'bob'));
    await page.getByRole('button', { name: 'Stop waiting' }).click();
    await expectState(page, 'You have stopped waiting');
  });

  it('are half-closed by the page, which still receives, and closed by the other (D21)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { endpoint } = await openWithNative(room, page);
    await write(page, 'last words');
    await endpoint.expect(message('lea', 'last words'));
    await page.getByRole('button', { name: 'End my side' }).click();
    await endpoint.expectEnd();
    await expectState(page, 'You have ended your side.');
    expect(await composer(page).count()).toBe(0);
    endpoint.send(message('bob', 'still here'));
    await expectMessage(page, 'still here', 'bob');
    endpoint.end();
    await expectState(page, 'Both sides have ended.');
  });

  it('are half-closed by the other, whom the page can still write to (D21)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    endpoint.send(message('bob', 'that is all'));
    endpoint.end();
    await expectMessage(page, 'that is all', 'bob');
    await expectState(page, 'bob has ended their side. What you write now is perhaps not received.');
    await write(page, 'one more thing');
    await endpoint.expect(message('lea', 'one more thing'));
    await page
      .locator('.group.mine')
      .filter({ hasText: 'one more thing' })
      .getByText('Perhaps not received')
      .waitFor();
    bob.reset();
    await expectState(page, 'bob has left the room.');
    await page.getByRole('button', { name: 'End my side' }).click();
    await endpoint.expectEnd();
    await expectState(page, 'Both sides have ended.');
    await expect
      .poll(() => page.locator('.note-line').allTextContents())
      .toEqual([
        'bob asks for a private connection with you.',
        'The private connection is open.',
        'bob has ended their side.',
        'Both sides have ended. The private connection is closed.',
      ]);
  });

  it('say when the other is gone, and can be opened again (D21)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    endpoint.send(message('bob', 'before'));
    await expectMessage(page, 'before', 'bob');
    endpoint.reset();
    await expectState(page, 'The private connection was lost');

    await page.getByRole('button', { name: 'Ask again' }).click();
    await bob.expect(requestPrivate('lea', 'bob'));
    bob.send(okPrivate('lea', 'bob'));
    const again = await openEndpoint(room, await readId(bob, 'lea', 'bob'));
    await expectState(page, 'The private connection is open.');
    await write(page, 'after');
    await again.expect(message('lea', 'after'));
    await expectMessage(page, 'after');
    await expect.poll(() => messages(page)).toEqual(['before', 'after']);
  });

  it('show bytes that are no commands as text, and those that are no text as a dump', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { endpoint } = await openWithNative(room, page);
    endpoint.send(Buffer.from('GET / <b>é</b>\n'));
    await page.locator('.raw').filter({ hasText: 'GET / <b>é</b>' }).waitFor();
    endpoint.send('ff00fe41');
    await page.locator('.raw').filter({ hasText: 'ff 00 fe 41' }).waitFor();
    await page.getByText('Bytes that are not text').waitFor();
    await write(page, 'are you a browser?');
    await endpoint.expect(message('lea', 'are you a browser?'));
  });

  it('carry bare STRINGs, in which they are answered, and what is unfinished after a while (D29)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { endpoint } = await openWithNative(room, page);
    endpoint.sendPieces(['00', '0000', '026f', '6b']);
    await expectMessage(page, 'ok', 'bob');
    await write(page, 'hé');
    await endpoint.expect('00000003' + '68c3a9');
    endpoint.send('00000005' + '68656c');
    await page.locator('.raw').filter({ hasText: '␀␀␀␅hel' }).waitFor();
    endpoint.send('6c6f');
    await expectMessage(page, 'hello', 'bob');
    await page.locator('.raw').waitFor({ state: 'detached' });
    endpoint.send('ffff');
    await page.locator('.raw').filter({ hasText: 'ff ff' }).waitFor();
  });

  it('outlive the main connections, and are counted while unread (D22)', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    bob.reset();
    await page.getByRole('button', { name: /^Everyone/ }).click();
    endpoint.send(message('bob', 'one') + message('bob', 'two'));
    await page.getByRole('img', { name: '2 unread messages' }).waitFor();
    await page.getByRole('button', { name: /^bob/ }).click();
    await expectMessage(page, 'two', 'bob');
    await write(page, 'still private');
    await endpoint.expect(message('lea', 'still private'));
  });

  it('go on with several people at once, apart from their direct messages', async () => {
    const page = await pages.join(room.gateway, 'lea');
    const { bob, endpoint } = await openWithNative(room, page);
    const carol = await room.join('carol');
    carol.send(requestPrivate('carol', 'lea'));
    await page.getByRole('region', { name: 'Requests' }).getByRole('button', { name: 'Accept' }).click();
    const other = await openEndpoint(room, await readId(carol, 'carol', 'lea'));
    await expectOpen(page, 'carol');
    await write(page, 'to carol');
    await other.expect(message('lea', 'to carol'));
    await expectMessage(page, 'to carol');
    bob.send(privateMessage('bob', 'lea', 'a direct one'));
    await page.getByRole('button', { name: /a direct one/ }).waitFor();
    await page.getByRole('button', { name: /^bob.*open/ }).click();
    await expectOpen(page, 'bob');
    await write(page, 'to bob');
    await endpoint.expect(message('lea', 'to bob'));
    await expectMessage(page, 'to bob');
    await expect.poll(() => messages(page)).toEqual(['to bob']);
  });
});
