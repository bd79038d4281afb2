import type { Page } from 'playwright';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { composer, expectMessage, messages, usePages } from './support/page.ts';
import { networkIsBack, Wire } from './support/wire.ts';

const outgoing = (page: Page) => page.locator('.outgoing');

describe('the server killed and restarted while someone types and sends', () => {
  const pages = usePages();
  const running: GatewayProcess[] = [];
  let wire: Wire | undefined;
  afterEach(async () => {
    await wire?.close();
    for (const gateway of running.splice(0)) {
      gateway.kill('SIGKILL');
      await gateway.exit;
    }
  });
  const start = async () => {
    const gateway = new GatewayProcess(['--http-port=0', '--tcp-port=0', '--tcp-long64-port=0']);
    running.push(gateway);
    const { page, host, port } = await gateway.ready();
    return { gateway, http: { host, port: Number(new URL(page).port) }, host, port };
  };
  const joinTcp = async (host: string, port: number): Promise<RawConnection> => {
    const bob = await connectRawTcp(host, port);
    bob.send(login('bob'));
    await bob.expect(ACCEPTED);
    return bob;
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'loses nothing, sends nothing twice, and keeps the order (%s)',
    async (signal) => {
      const first = await start();
      wire = await Wire.to(first.http);
      const page = await pages.join(wire.gateway, 'lea');
      const before = await joinTcp(first.host, first.port);
      const texts = Array.from({ length: 24 }, (_, index) => `message ${index}`);
      const all = texts.map((text) => message('lea', text));

      const restart = async () => {
        wire?.hold();
        first.gateway.kill(signal);
        await first.gateway.exit;
        const second = await start();
        const after = await joinTcp(second.host, second.port);
        wire?.comeBack(second.http);
        wire?.release();
        // The event saves the wait for the page's next attempt, some seconds later.
        await networkIsBack(page);
        return after;
      };
      let restarting: Promise<RawConnection> | undefined;
      for (const [index, text] of texts.entries()) {
        await composer(page).fill(text);
        await composer(page).press('Enter');
        if (index === 8) restarting = restart();
      }
      const after = await restarting!;
      await expectMessage(page, texts.at(-1)!);
      // Whether a server that was killed had passed on what was on its way nobody knows: the page asks.
      const asked = (await outgoing(page).allTextContents()).map((text) => /message \d+/.exec(text)?.[0]);
      expect(asked.length).toBeLessThanOrEqual(signal === 'SIGKILL' ? 1 : 0);
      const isSent = (text: string) => !asked.includes(text);
      // Together the two servers have sent every byte of the rest to the other client, in order.
      const got = await before.readToEnd();
      const passedOn = all.findIndex((_, end) => all.slice(0, end).join('') === got);
      expect(passedOn).toBeGreaterThanOrEqual(0);
      await after.expect(
        texts
          .slice(passedOn)
          .filter(isSent)
          .map((text) => message('lea', text))
          .join(''),
      );
      // The log lays out only the messages near the viewport, and at its end what it asks about.
      const shown = await messages(page);
      expect(shown).toEqual([...texts.filter(isSent), ...asked].slice(-shown.length));
      after.end();
      await after.expectEnd();
    },
    // The test presses keys and starts two servers, on a machine that may be busy.
    120_000,
  );
});
