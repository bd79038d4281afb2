/** Asks for private connections from a page, and opens them with a native peer. */
import type { Page } from 'playwright';
import { idPrivate, loginPrivate, requestPrivate } from '../../support/raw-hex.ts';
import type { RawConnection } from '../../support/raw-connection.ts';
import type { Room } from '../../support/raw-room.ts';
import { begin } from './page.ts';

const ESTABLISHED = '0a';

/** Waits until the heading of the open private conversation says these words. */
export const expectState = (page: Page, words: string) =>
  page.locator('.private-bar [role=status]').filter({ hasText: words }).waitFor();

/** Begins a direct conversation, and asks for a private connection from its heading. */
export async function ask(page: Page, login: string): Promise<void> {
  await begin(page, login);
  await page.getByRole('button', { name: 'Private connection', exact: true }).click();
}

/** Reads ID_PRIVATE, as it must come next, and gives its id. */
export async function readId(peer: RawConnection, requester: string, target: string): Promise<number> {
  const before = idPrivate(requester, target, 0).slice(0, -8);
  await peer.expect(before);
  return Buffer.from(await peer.read(4), 'hex').readInt32BE();
}

/** Opens a native peer's side of a private connection. */
export async function openEndpoint(room: Room, id: number): Promise<RawConnection> {
  const endpoint = await room.connect();
  endpoint.send(loginPrivate(id));
  await endpoint.expect(ESTABLISHED);
  return endpoint;
}

/** Opens a private connection between a page and a native peer, requested by the peer. */
export async function openWithNative(room: Room, page: Page) {
  const bob = await room.join('bob');
  bob.send(requestPrivate('bob', 'lea'));
  await page.getByRole('button', { name: 'Accept' }).click();
  const endpoint = await openEndpoint(room, await readId(bob, 'bob', 'lea'));
  await expectState(page, 'The private connection is open.');
  return { bob, endpoint };
}
