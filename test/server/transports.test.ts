import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { KINDS, SECURE_WAYS, type RawConnection } from '../support/raw-connection.ts';

/** Longer than every constant deadline, in ms: of admission, of an upgrade, of a close, between two checks. */
const LONG = 12_000;
/** Limits with far shorter deadlines, in ms, wherever these are settings; those of the handshakes hold on a busy machine. */
const LIMITS = {
  requestTime: 4000,
  identifyTime: 4000,
  commandTime: 4000,
  writeStall: 1000,
  relayStall: 1000,
  pingInterval: 1000,
  maxRefusals: 1000,
} as const;

const folder = mkdtempSync(join(tmpdir(), 'chaton-transports-'));
const pem = makeCertificate('transports.example');
const FILES = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
writeFileSync(FILES.tlsCert, pem.cert);
writeFileSync(FILES.tlsKey, pem.key);
const PORTS = { ...FILES, tcpLong64Port: 0, tlsTcpPort: 0, httpsPort: 0 } as const;

/** Ways to connect: directly, and through a proxy that passes on a client of this address. */
const CASES = [...KINDS, ...SECURE_WAYS].flatMap((transport) =>
  [undefined, '203.0.113.7'].map((from) => ({
    transport,
    from,
    name: `${transport}${from ? '-by-proxy' : ''}`,
  })),
);

describe('every transport, with and without a proxy', { timeout: LONG * 3 }, () => {
  let direct: TestGateway;
  let behind: TestGateway;
  beforeAll(async () => {
    direct = await startTestGateway(PORTS, LIMITS);
    behind = await startTestGateway({ ...PORTS, proxies: ['127.0.0.0/8'] }, LIMITS);
  });
  afterAll(() => Promise.all([direct.stop(), behind.stop()]));

  const enter = async ({ transport, from }: (typeof CASES)[number], name: string): Promise<RawConnection> => {
    const opened = await connectRaw(from === undefined ? direct : behind, transport, undefined, from);
    opened.send(login(name));
    await opened.expect(ACCEPTED);
    return opened;
  };

  /** Sends a LOGIN that is refused: it goes the whole way and back, and no other client gets anything. */
  const ask = async (peer: RawConnection, pieces: number): Promise<void> => {
    const hex = login('again');
    // The LOGIN is sent in two pieces, since a command that is not complete has a deadline, too.
    peer.send(hex.slice(0, 6));
    await pass(pieces);
    peer.send(hex.slice(6));
    await peer.expect('02');
  };

  const WAYS: Readonly<Record<string, (opened: RawConnection) => Promise<void>>> = {
    idle: () => pass(LONG),
    async busy(opened) {
      const until = performance.now() + LONG;
      while (performance.now() < until) await ask(opened, 100);
    },
  };

  it('idle or busy for longer than every deadline: it is still there', async () => {
    const all: Array<
      readonly [name: string, RawConnection, spend: (opened: RawConnection) => Promise<void>]
    > = [];
    // The handshakes follow one another: twenty at once would take longer than one may.
    for (const one of CASES)
      for (const [way, spend] of Object.entries(WAYS)) {
        const name = `${one.name}, ${way}`;
        all.push([name, await enter(one, name.slice(0, 30)), spend]);
      }
    const ends = await Promise.all(
      all.map(async ([name, opened, spend]): Promise<string> => {
        try {
          await spend(opened);
          await ask(opened, 0);
          opened.reset();
          return `${name}: still there`;
        } catch (error) {
          return `${name}: ${(error as Error).message}`;
        }
      }),
    );
    const expected = CASES.flatMap(({ name }) =>
      Object.keys(WAYS).map((way) => `${name}, ${way}: still there`),
    );
    expect(ends).toEqual(expected);
  });
});

describe('what a connection takes from all', () => {
  it.each(CASES)(
    '$name: is given back when it is gone, however often one comes',
    async ({ transport, from }) => {
      const gateway = await startTestGateway(
        { ...PORTS, ...(from && { proxies: ['127.0.0.0/8'] }) },
        { maxConnectionsPerAddress: 2 },
      );
      try {
        for (let round = 0; round < 5; round++) {
          const peer = await connectRaw(gateway, transport, undefined, from);
          peer.send(login('comes and goes') + message('comes and goes', 'hi'));
          await peer.expect(ACCEPTED + message('comes and goes', 'hi'));
          expect(gateway.admission.open).toBe(1);
          if (round % 2 === 0) peer.reset();
          else {
            peer.end();
            await peer.expectClose();
          }
          await expect.poll(() => gateway.admission.open).toBe(0);
        }
      } finally {
        await gateway.stop();
      }
    },
  );

  it.each(CASES.filter(({ from }) => from !== undefined))(
    '$name: counts for the address that the proxy names',
    async ({ transport, from }) => {
      const limits = { maxConnectionsPerAddress: 1 };
      const gateway = await startTestGateway({ ...PORTS, proxies: ['127.0.0.0/8'] }, limits);
      try {
        const first = await connectRaw(gateway, transport, undefined, from);
        first.send(login('first'));
        await first.expect(ACCEPTED);
        const second = async (): Promise<void> => {
          const peer = await connectRaw(gateway, transport, undefined, from);
          peer.send(login('second'));
          await peer.expect(ACCEPTED);
        };
        await expect(second()).rejects.toThrow(/503|ECONNRESET|closed|ended|disconnected|EPIPE/);
        const other = await connectRaw(gateway, transport, undefined, '203.0.113.8');
        other.send(login('other'));
        await other.expect(ACCEPTED);
        for (const peer of [first, other]) peer.reset();
      } finally {
        await gateway.stop();
      }
    },
  );
});
