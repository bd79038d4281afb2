/** What is written while there is no connection, or none any more that it could be proved to have passed. */
import type { Page } from 'playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { ACCEPTED, login, message, privateMessage } from '../support/raw-hex.ts';
import { startTestGateway } from '../support/gateway.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { useRoom } from '../support/raw-room.ts';
import { begin, expectMessage, expectStatus, usePages, write } from './support/page.ts';
import { networkIsBack, useWire, Wire } from './support/wire.ts';

const outgoing = (page: Page) => page.locator('.outgoing');

describe('text that is written without a connection', () => {
  const room = useRoom();
  const pages = usePages();
  const joinByWire = useWire(room, pages);

  it('waits, can be discarded, and goes out in order, in the room and to one person', async () => {
    const bob = await room.join('bob');
    const { wire, page } = await joinByWire('lea');
    wire.hold();
    wire.cut();
    await expectStatus(page, 'Connection lost');
    for (const text of ['one', 'not this', 'two']) await write(page, text);
    await outgoing(page).getByText('Waiting for the connection.').nth(2).waitFor();
    await outgoing(page).filter({ hasText: 'not this' }).getByRole('button', { name: 'Discard' }).click();
    await begin(page, 'bob');
    await write(page, 'three');
    wire.release();
    await networkIsBack(page);
    await bob.expect(message('lea', 'one') + message('lea', 'two') + privateMessage('lea', 'bob', 'three'));
    await expectMessage(page, 'three');
    expect(await outgoing(page).count()).toBe(0);
  });
});

describe('text that was on its way when the connection was lost for good', () => {
  const pages = usePages();
  let gateway: TestGateway | undefined;
  let bob: RawConnection | undefined;
  let wire: Wire | undefined;
  afterEach(async () => {
    bob?.reset();
    await wire?.close();
    await gateway?.stop();
  });

  it('is not sent again by itself when the network broke and the server may have it: the person decides', async () => {
    gateway = await startTestGateway({}, { resumeGrace: 0 });
    bob = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    bob.send(login('bob'));
    await bob.expect(ACCEPTED);
    wire = await Wire.to(gateway.addresses.http);
    const page = await pages.join(wire.gateway, 'lea');
    await write(page, 'before');
    await expectMessage(page, 'before');
    wire.deafen();
    await write(page, 'perhaps');
    await bob.expect(message('lea', 'before') + message('lea', 'perhaps'));
    await write(page, 'behind it');
    wire.cut();
    await bob.expect(message('lea', 'behind it'));
    await outgoing(page).getByText('The connection was lost on the way: perhaps not delivered.').waitFor();
    await expectMessage(page, 'behind it');
    await outgoing(page).getByRole('button', { name: 'Send again' }).click();
    await bob.expect(message('lea', 'perhaps'));
    await outgoing(page).waitFor({ state: 'detached' });
  });
});
