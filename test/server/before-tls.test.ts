import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import { ACCEPTED, login } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';

const folder = mkdtempSync(join(tmpdir(), 'chaton-before-tls-'));
const pem = makeCertificate('before-tls.example');
const PORTS = {
  tlsCert: join(folder, 'cert.pem'),
  tlsKey: join(folder, 'key.pem'),
  tlsTcpPort: 0,
  httpsPort: 0,
};
writeFileSync(PORTS.tlsCert, pem.cert);
writeFileSync(PORTS.tlsKey, pem.key);

/** Longest time, in ms, that a handshake may take, and that stopping may (D26). */
const HANDSHAKE_TIME = 6 * SECOND;
const LAST_DEADLINE = 5 * SECOND;

const LISTENERS = ['https', 'tcpTls'] as const;
type Listener = (typeof LISTENERS)[number];

let gateway: TestGateway;
let clock: ManualClock;
const lines: string[] = [];
const sockets: Socket[] = [];

async function start(...[config, limits]: Parameters<typeof startTestGateway>): Promise<void> {
  lines.length = 0;
  clock = new ManualClock();
  gateway = await startTestGateway({ ...PORTS, logLevel: 'debug', ...config }, limits, clock, (line) =>
    lines.push(line),
  );
}

/** Opens a connection that sends nothing, or only these bytes. */
async function reach(listener: Listener | 'tcp' | 'http', first = ''): Promise<Socket> {
  const socket = connect(gateway.addresses[listener]!);
  socket.on('error', () => {}).resume();
  sockets.push(socket);
  await once(socket, 'connect');
  if (first !== '') socket.write(first);
  return socket;
}

const gone = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));
/** Series of a counter that are not zero. */
const metric = async (name: string): Promise<string[]> =>
  (await gateway.metrics.scrape()).text
    .split('\n')
    .filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
const from = (address: string) => `PROXY TCP4 ${address} 192.0.2.1 5000 7777\r\n`;

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway.stop();
});

describe.each(LISTENERS)('before TLS, %s', (listener) => {
  it('a connection that begins no handshake is counted at once, and ended in time', async () => {
    await start();
    const silent = await reach(listener);
    await expect.poll(() => gateway.admission.open).toBe(1);
    const end = gone(silent);
    clock.advance(HANDSHAKE_TIME);
    await end;
    await expect.poll(() => gateway.admission.open).toBe(0);
    expect(await metric('chaton_connections_ended_early_total')).toEqual([
      'chaton_connections_ended_early_total{reason="no TLS handshake in time"} 1',
    ]);
  });

  it('a handshake that stands still has the same time', async () => {
    await start();
    const halfway = await reach(listener, '\x16\x03\x01');
    await expect.poll(() => gateway.admission.open).toBe(1);
    const end = gone(halfway);
    clock.advance(HANDSHAKE_TIME);
    await end;
  });

  it('such connections do not keep the server from stopping', async () => {
    await start();
    const silent = await Promise.all([reach(listener), reach(listener, '\x16\x03\x01')]);
    await expect.poll(() => gateway.admission.open).toBe(2);
    const ends = silent.map(gone);
    const stopped = gateway.stop();
    clock.advance(LAST_DEADLINE);
    await stopped;
    await Promise.all(ends);
    await expect.poll(() => gateway.admission.open).toBe(0);
    await start();
  });

  it('they cannot fill the server for everybody', async () => {
    await start({}, { maxConnections: 4 });
    const silent = await Promise.all(Array.from({ length: 12 }, () => reach(listener)));
    const { host, port } = gateway.addresses.tcp;
    const native = await connectRawTcp(host, port);
    native.send(login('native'));
    await native.expect(ACCEPTED);
    const secure = connectTls({
      port: gateway.addresses[listener]!.port,
      ca: pem.cert,
      servername: 'localhost',
    });
    await once(secure, 'secureConnect');
    secure.destroy();
    expect(silent.filter(({ destroyed }) => destroyed).length).toBeGreaterThanOrEqual(8);
    native.reset();
  });
});

it('a handshake of an address over its limits is refused before it begins', async () => {
  await start({ proxies: ['127.0.0.0/8'] }, { maxArrivalsPerMinute: 2 });
  const shake = async (address: string): Promise<string> => {
    const below = await reach('tcpTls', from(address));
    const socket = connectTls({ socket: below, ca: pem.cert, servername: 'localhost' });
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve('done')).once('error', () => resolve('refused'));
    });
  };
  const ends = [];
  for (const address of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2'])
    ends.push(await shake(address));
  expect(ends).toEqual(['done', 'done', 'refused', 'done']);
});

it('a ban during a handshake holds for whoever is in the middle of it', async () => {
  await start({ proxies: ['127.0.0.0/8'], adminPort: 0 });
  const below = await reach('tcpTls', from('203.0.113.9'));
  // Who comes later and is let in shows that the PROXY header was read.
  const other = connectTls({
    socket: await reach('tcpTls', from('203.0.113.8')),
    ca: pem.cert,
    servername: 'localhost',
  });
  await once(other, 'secureConnect');
  const { host, port } = gateway.addresses.admin!;
  await fetch(`http://${host}:${port}/bans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'address', value: '203.0.113.9', until: Date.now() + 60_000 }),
  });
  const secure = connectTls({ socket: below, ca: pem.cert, servername: 'localhost' });
  secure.on('error', () => {}).on('secureConnect', () => secure.write(Buffer.from(login('late'), 'hex')));
  const answer = new Promise((resolve) => secure.once('data', resolve));
  expect(await Promise.race([answer, gone(below)])).toBeUndefined();
  expect(await metric('chaton_connections_rejected_total')).toEqual([
    'chaton_connections_rejected_total{reason="refused by the operator"} 1',
  ]);
});

it('what follows a handshake and is no TLS ends the connection', async () => {
  await start();
  for (const listener of LISTENERS) {
    const below = await reach(listener);
    const secure = connectTls({ socket: below, ca: pem.cert, servername: 'localhost' });
    secure.on('error', () => {});
    await once(secure, 'secureConnect');
    below.write(Buffer.concat([Buffer.from('1703030020', 'hex'), Buffer.alloc(32)]));
    await gone(below);
  }
});

describe('a load balancer that only looks whether somebody listens', () => {
  it.each(['tcp', 'tcpTls', 'http', 'https'] as const)(
    '%s: is no warning, and nobody connected',
    async (where) => {
      await start({ proxies: ['127.0.0.0/8'] });
      for (const end of ['destroy', 'resetAndDestroy'] as const)
        for (let i = 0; i < 10; i++) (await reach(where))[end]();
      await expect.poll(() => gateway.admission.open).toBe(0);
      await gateway.stop();
      expect(
        lines.filter((line) => /"level":[3-6]0/.test(line) && !/stopp|certificate in use/.test(line)),
      ).toEqual([]);
      expect(lines.join('')).not.toContain('"connected"');
      expect(await metric('chaton_connections_rejected_total{')).toEqual([]);
      expect(await metric('chaton_connections_opened_total{')).toEqual([]);
      await start();
    },
  );

  it('without proxies: a connection that was reset at once has no line with an empty address', async () => {
    await start();
    for (let i = 0; i < 50; i++) (await reach('tcp')).resetAndDestroy();
    await expect.poll(() => gateway.admission.open).toBe(0);
    expect(lines.filter((line) => line.includes('"address":""'))).toEqual([]);
  });
});
