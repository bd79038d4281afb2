/** Networks without limits per address, and the warning that clients share an address. */
import { afterEach, describe, expect, it } from 'vitest';
import { SharedAddressWatch } from '../../server/app/shared-address.ts';
import { readConfig } from '../../server/config/config.ts';
import { PresenceRateLimiter } from '../../server/chat/limits/presence-rate-limiter.ts';
import { defaultGateways, sharedAddresses, type ReadRoutes } from '../../server/addresses/own-addresses.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-time.ts';
import { ACCEPTED, login, loginPrivate } from '../support/raw-hex.ts';
import { connectPage } from '../support/raw-page.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';
import { DEFAULT_CONFIG } from '../support/defaults.ts';

const HIDDEN = '198.51.100.7';
const OTHER = '203.0.113.7';
const gateways: TestGateway[] = [];

afterEach(() => Promise.all(gateways.splice(0).map((gateway) => gateway.stop())));

async function start(...args: Parameters<typeof startTestGateway>): Promise<TestGateway> {
  const gateway = await startTestGateway(...args);
  gateways.push(gateway);
  return gateway;
}

/** A native client that seems to come from this address, by way of a proxy. */
async function nativeFrom({ addresses: { tcp } }: TestGateway, address: string): Promise<RawConnection> {
  const peer = await connectRawTcp(tcp.host, tcp.port);
  const [version, here] = address.includes(':') ? ['TCP6', '::1'] : ['TCP4', '127.0.0.1'];
  peer.send(Buffer.from(`PROXY ${version} ${address} ${here} 5000 7777\r\n`));
  return peer;
}

const webFrom = ({ addresses: { http } }: TestGateway, address: string): Promise<RawConnection> =>
  connectRawWebSocket(`ws://${http.host}:${http.port}/ws`, ['chaton.v1'], {
    headers: { 'x-forwarded-for': address },
  });

describe('--exempt-networks', () => {
  const config = { proxies: ['127.0.0.1'], exemptNetworks: ['198.51.100.0/24', '::1'] };

  it('is a list of networks, none by default', () => {
    const invocation = readConfig(['--exempt-networks', '10.88.0.1,2001:DB8::/32'], {});
    expect(invocation.kind === 'run' && invocation.config.exemptNetworks).toEqual([
      '10.88.0.1',
      '2001:db8::/32',
    ]);
    expect(DEFAULT_CONFIG.exemptNetworks).toEqual([]);
  });

  it('have no limit of connections per address; others have', async () => {
    const gateway = await start(config, { maxConnectionsPerAddress: 1 });
    for (const [from, kind] of [
      [nativeFrom, 'native'],
      [webFrom, 'web'],
    ] as const)
      for (const number of [1, 2]) {
        const peer = await from(gateway, HIDDEN);
        peer.send(login(`${kind}${number}`));
        await peer.expect(ACCEPTED);
      }
    const first = await nativeFrom(gateway, OTHER);
    first.send(login('first'));
    await first.expect(ACCEPTED);
    await expect(webFrom(gateway, OTHER)).rejects.toThrow('503');
  });

  it('have no limit of arrivals', async () => {
    const gateway = await start(config, { maxArrivalsPerMinute: 1 });
    for (const number of [1, 2, 3]) {
      const peer = await nativeFrom(gateway, HIDDEN);
      peer.send(login(`cat${number}`));
      await peer.expect(ACCEPTED);
    }
    expect(gateway.admission.networks).toBe(0);
  });

  it.each([
    [HIDDEN, 'the connect_id is unknown, lapsed or used'],
    [OTHER, 'too many wrong connect_ids, try again later'],
  ])('count no wrong connect_ids: the second from %s ends with "%s"', async (address, reason) => {
    const gateway = await start(config, { maxMisses: 1 });
    const guesser = await nativeFrom(gateway, address);
    guesser.send(loginPrivate(1));
    await guesser.expectClose();
    const other = await webFrom(gateway, address);
    other.send(loginPrivate(1));
    expect((await other.expectClose()).reason).toBe(reason);
  });

  it('have no budget of presence messages', () => {
    const limiter = new PresenceRateLimiter(new ManualClock(), { presenceRate: 1 });
    limiter.charge(null, 1e6);
    expect([limiter.isOver(null), limiter.size]).toEqual([false, 0]);
  });

  it('keep as many connections to be resumed as there may be in all', async () => {
    const exempt = { exemptNetworks: ['127.0.0.1'] };
    for (const [overrides, kept] of [
      [exempt, 2],
      [{}, 1],
    ] as const) {
      const gateway = await start(overrides, { maxResumablePerNetwork: 1 });
      for (const name of ['alice', 'bob']) {
        const page = await connectPage(gateway);
        page.send(login(name));
        await page.expect(ACCEPTED);
        await page.token();
        await page.told('ack');
        page.reset();
      }
      const left = () => [gateway.chat.clients, gateway.resumeRegistry.waiting];
      await expect.poll(left).toEqual([kept, kept]);
    }
  });
});

describe('the addresses that a port mapping may give to clients', () => {
  const read =
    (ipv4: string, ipv6 = ''): ReadRoutes =>
    (path) =>
      path === '/proc/net/route' ? ipv4 : ipv6;
  const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

  it('are the gateways of the default routes', () => {
    const routes = [
      'eth0\t00000000\t0100580A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t0000580A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
      'tun0\t00000000\t01020304\t0003\t0\t0\t0\t00000080\t0\t0\t0',
      'ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0',
    ];
    expect(defaultGateways(read(`${HEAD}${routes.join('\n')}\n`))).toEqual(['10.88.0.1']);
  });

  it('are those of IPv6, too', () => {
    const [none, via] = ['0'.repeat(32), `fd00${'0'.repeat(27)}1`];
    const routes = [
      `fd00${'0'.repeat(28)} 40 ${none} 00 ${none} 00000100 00000001 00000000 00000001 eth0`,
      `${none} 00 ${none} 00 ${via} 00000400 00000003 00000000 00000003 eth0`,
      `${none} 00 ${none} 00 ${none} ffffffff 00000001 00000000 00200200 lo`,
    ];
    expect(defaultGateways(read(HEAD, routes.join('\n')))).toEqual(['fd00::1']);
  });

  it('are none where the system has no such tables', () => {
    expect(defaultGateways(read(''))).toEqual([]);
  });
});

describe('the warning that clients share an address', () => {
  it('comes with the fifth login from a suspect, once', () => {
    const lines: unknown[] = [];
    const warn = (about: object) => lines.push(about);
    const watch = new SharedAddressWatch({ warn } as never, [HIDDEN, 'fd00::1']);
    for (let i = 0; i < 20; i++) watch.loggedIn(OTHER);
    for (let i = 0; i < 4; i++) watch.loggedIn(HIDDEN);
    expect(lines).toEqual([]);
    for (const address of [HIDDEN, HIDDEN, ...Array.from({ length: 9 }, () => 'fd00::1')])
      watch.loggedIn(address);
    expect(lines).toEqual([{ address: HIDDEN }]);
  });

  it('is in the log of the gateway, unless the settings speak of the address', async () => {
    const addresses = sharedAddresses();
    for (const exemptNetworks of [[], addresses]) {
      const lines: string[] = [];
      const overrides = { proxies: ['127.0.0.1'], exemptNetworks, logLevel: 'warn' } as const;
      const gateway = await start(overrides, {}, undefined, (line) => lines.push(line));
      for (const [at, address] of addresses.entries())
        for (let i = 0; i < 6; i++) {
          const peer = await nativeFrom(gateway, address);
          peer.send(login(`cat${i} of ${at}`));
          await peer.expect(ACCEPTED);
        }
      const warnings = lines.filter((line) => line.includes('many clients seem to have one address'));
      // A machine without a network has no such address.
      expect(warnings).toHaveLength(addresses.length > 0 && exemptNetworks.length === 0 ? 1 : 0);
    }
  });
});
