import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { composer, expectMessage, usePages, write } from './support/page.ts';

describe('a connection lost, in a browser', () => {
  const pages = usePages();
  let gateway: TestGateway | undefined;
  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  const joinTcp = async (at: TestGateway, name: string): Promise<RawConnection> => {
    const peer = await connectRaw(at, 'tcp');
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    return peer;
  };

  it('is said, and repaired under the same name when the gateway is back on its ports', async () => {
    gateway = await startTestGateway();
    const { http, tcp } = gateway.addresses;
    const page = await pages.join(gateway, 'lea');
    await write(page, 'before');
    await expectMessage(page, 'before');

    await gateway.stop();
    const status = page.getByRole('status');
    await status.filter({ hasText: 'Connection lost' }).waitFor();
    await write(page, 'while away');
    await page.locator('.outgoing').getByText('Waiting for the connection.').waitFor();
    await composer(page).fill('half a thought');

    gateway = await startTestGateway({ httpPort: http.port, tcpPort: tcp.port });
    await status.filter({ hasText: 'You are connected again' }).waitFor();
    await expectMessage(page, 'while away');
    await expect.poll(() => composer(page).inputValue()).toBe('half a thought');
    const bob = await joinTcp(gateway, 'bob');
    await composer(page).press('Enter');
    await bob.expect(message('lea', 'half a thought'));
    bob.send(message('bob', 'welcome back'));
    await expectMessage(page, 'welcome back', 'bob');
    await page.getByText(/^Not connected from/).waitFor();
  });
});
