import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { rawTcpOn } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';

const TRANSPORTS = ['tcp', 'tcp-long64', 'tls', 'ws', 'wss'] as const;
type Transport = (typeof TRANSPORTS)[number];

/** Longer than every constant deadline, in ms: of admission, of an upgrade, of a close, between two checks. */
const LONG = 12_000;
/** Limits with far shorter deadlines, in ms, wherever these are settings. */
const LIMITS = {
  requestTime: 1000,
  identifyTime: 1000,
  commandTime: 1000,
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

interface Opened {
  readonly peer: RawPeer;
  /** Breaks the connection: RST, under TLS, too. */
  readonly drop: () => void;
}

/** Connects; with `from`, as a proxy does that passes on a client of this address. */
async function open(gateway: TestGateway, transport: Transport, from: string | null): Promise<Opened> {
  const { tcp, tcpLong64, tcpTls, http, https } = gateway.addresses;
  const options = { ca: pem.cert, family: 4, ...(from && { headers: { 'x-forwarded-for': from } }) };
  if (transport === 'ws' || transport === 'wss') {
    const base = transport === 'ws' ? `ws://127.0.0.1:${http.port}` : `wss://localhost:${https!.port}`;
    const peer = await connectRawWebSocket(`${base}/ws`, ['chaton.v1'], options);
    return { peer, drop: () => peer.reset() };
  }
  const header = from === null ? '' : `PROXY TCP4 ${from} 192.0.2.1 5000 7777\r\n`;
  const { host, port } = { tcp, 'tcp-long64': tcpLong64!, tls: tcpTls! }[transport];
  const below = connect({ host, port, allowHalfOpen: true, noDelay: true });
  below.on('error', () => {});
  await once(below, 'connect');
  if (header !== '') below.write(header);
  const drop = () => void below.resetAndDestroy();
  if (transport !== 'tls') return { peer: rawTcpOn(below), drop };
  const socket = connectTls({ socket: below, ca: pem.cert, servername: 'localhost' });
  await once(socket, 'secureConnect');
  return { peer: rawTcpOn(socket), drop };
}

const CASES = TRANSPORTS.flatMap((transport) =>
  [null, '203.0.113.7'].map((from) => ({ transport, from, name: `${transport}${from ? '-by-proxy' : ''}` })),
);

describe('every transport, with and without a proxy', { timeout: LONG * 3 }, () => {
  let direct: TestGateway;
  let behind: TestGateway;
  beforeAll(async () => {
    direct = await startTestGateway(PORTS, LIMITS);
    behind = await startTestGateway({ ...PORTS, proxies: ['127.0.0.0/8'] }, LIMITS);
  });
  afterAll(() => Promise.all([direct.stop(), behind.stop()]));

  const enter = async ({ transport, from }: (typeof CASES)[number], name: string): Promise<Opened> => {
    const opened = await open(from === null ? direct : behind, transport, from);
    opened.peer.send(login(name));
    await opened.peer.expect(ACCEPTED);
    return opened;
  };

  /** Sends a LOGIN that is refused: it goes the whole way and back, and no other client gets anything. */
  const ask = async ({ peer }: Opened, pieces: number): Promise<void> => {
    const hex = login('again');
    // The LOGIN is sent in two pieces, since a command that is not complete has a deadline, too.
    peer.send(hex.slice(0, 6));
    await pass(pieces);
    peer.send(hex.slice(6));
    await peer.expect('02');
  };

  const WAYS: Readonly<Record<string, (opened: Opened) => Promise<void>>> = {
    idle: () => pass(LONG),
    async busy(opened) {
      const until = performance.now() + LONG;
      while (performance.now() < until) await ask(opened, 100);
    },
  };

  it('idle or busy for longer than every deadline: it is still there', async () => {
    const ends = CASES.flatMap((one) =>
      Object.entries(WAYS).map(async ([way, spend]): Promise<string> => {
        const name = `${one.name}, ${way}`;
        const opened = await enter(one, name.slice(0, 30));
        try {
          await spend(opened);
          await ask(opened, 0);
          opened.drop();
          return `${name}: still there`;
        } catch (error) {
          return `${name}: ${(error as Error).message}`;
        }
      }),
    );
    const expected = CASES.flatMap(({ name }) =>
      Object.keys(WAYS).map((way) => `${name}, ${way}: still there`),
    );
    expect(await Promise.all(ends)).toEqual(expected);
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
          const { peer, drop } = await open(gateway, transport, from);
          peer.send(login('comes and goes') + message('comes and goes', 'hi'));
          await peer.expect(ACCEPTED + message('comes and goes', 'hi'));
          expect(gateway.admission.open).toBe(1);
          if (round % 2 === 0) drop();
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

  it.each(CASES.filter(({ from }) => from !== null))(
    '$name: counts for the address that the proxy names',
    async ({ transport, from }) => {
      const limits = { maxConnectionsPerAddress: 1 };
      const gateway = await startTestGateway({ ...PORTS, proxies: ['127.0.0.0/8'] }, limits);
      try {
        const first = await open(gateway, transport, from);
        first.peer.send(login('first'));
        await first.peer.expect(ACCEPTED);
        const second = async (): Promise<void> => {
          const { peer } = await open(gateway, transport, from);
          peer.send(login('second'));
          await peer.expect(ACCEPTED);
        };
        await expect(second()).rejects.toThrow(/503|ECONNRESET|closed|ended|disconnected|EPIPE/);
        const other = await open(gateway, transport, '203.0.113.8');
        other.peer.send(login('other'));
        await other.peer.expect(ACCEPTED);
        for (const { drop } of [first, other]) drop();
      } finally {
        await gateway.stop();
      }
    },
  );
});
