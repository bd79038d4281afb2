import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import {
  bytes,
  idPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  requestPrivate,
} from '../support/raw-hex.ts';
import { connectPage } from '../support/raw-page.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { makeCertificate } from '../support/certificate.ts';
import { upgradeByHand } from '../support/raw-upgrade.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';

let gateway: TestGateway;
let clock: ManualClock;
const sockets: WebSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await gateway.stop();
});

const folder = mkdtempSync(join(tmpdir(), 'chaton-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a certificate to files, as the settings want it. */
function certificateFiles(): { readonly tlsCert: string; readonly tlsKey: string } {
  const { cert, key } = makeCertificate('localhost');
  const files = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
  writeFileSync(files.tlsCert, cert);
  writeFileSync(files.tlsKey, key);
  return files;
}

/**
 * Starts a gateway whose token bucket allows a burst of 500 control frames and 50 in a second, as for commands that cost
 * one.
 */
async function start(tls = false): Promise<void> {
  clock = new ManualClock();
  gateway = await startTestGateway(tls ? { ...certificateFiles(), httpsPort: 0 } : {}, {}, clock);
}

async function connect(protocol = 'chaton.v1', tls = false): Promise<WebSocket> {
  const { host, port } = tls ? gateway.addresses.https! : gateway.addresses.http;
  const socket = new WebSocket(`${tls ? 'wss' : 'ws'}://${host}:${port}/ws`, protocol, {
    rejectUnauthorized: false,
  });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'open');
  return socket;
}

/** Number of times that clients were throttled for control frames. */
async function throttled(): Promise<number> {
  const { text } = await gateway.metrics.scrape();
  const [, times] = /^chaton_clients_throttled_total\{reason="too many control messages"\} (\d+)$/m.exec(
    text,
  )!;
  return Number(times);
}

/** Pings so often, one after the other: of several at once only the last is answered. */
async function pingAndHear(socket: WebSocket, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    socket.ping();
    await once(socket, 'pong');
  }
}

/** Resolves with the first binary message from now on. */
const heard = async (socket: WebSocket): Promise<string> => {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return data.toString('hex');
};

describe('messages of a WebSocket that are no data', () => {
  it.each([
    ['pings', false],
    ['pings over TLS', true],
  ])('count: who floods with %s is not read for a while, and nothing is lost', async (_what, tls) => {
    await start(tls);
    const socket = await connect('chaton.v1', tls);
    for (let volley = 0; volley < 25; volley++) await pingAndHear(socket, 20);
    for (let i = 0; i < 20; i++) socket.ping();
    const answer = heard(socket);
    socket.send(bytes(login('alice')));
    await expect.poll(throttled, { interval: 1 }).toBe(1);
    expect(gateway.chat.clients).toBe(0);
    clock.advance(3 * SECOND);
    expect(await answer).toBe('01');
  });

  it.each([61, 499, 600, 5_000])('end no client, %d pings in one read either', async (pings) => {
    await start();
    const socket = await upgradeByHand(gateway);
    const heard: Buffer[] = [];
    let isOver = false;
    socket.on('data', (data: Buffer) => heard.push(data)).on('close', () => (isOver = true));
    const loginFrame = Buffer.from(`82${(0x80 | (login('alice').length / 2)).toString(16)}00000000`, 'hex');
    const ping = Buffer.from('898000000000', 'hex');
    socket.write(
      Buffer.concat([...Array.from({ length: pings }, () => ping), loginFrame, bytes(login('alice'))]),
    );
    const accepted = () => {
      clock.advance(SECOND);
      return Buffer.concat(heard).toString('hex').endsWith('820101');
    };
    await expect.poll(accepted, { interval: 5 }).toBe(true);
    expect([isOver, gateway.chat.clients]).toEqual([false, 1]);
    socket.destroy();
  });

  it('count: so do pongs that nobody asked for', async () => {
    await start();
    const socket = await connect();
    socket.send(bytes(login('alice')));
    expect(await heard(socket)).toBe('01');
    for (let i = 0; i < 500; i++) {
      socket.pong();
      const echo = heard(socket);
      socket.send(bytes(message('alice', '')));
      await echo;
    }
    socket.pong();
    const answer = heard(socket);
    socket.send(bytes(message('alice', 'behind it')));
    await expect.poll(throttled, { interval: 1 }).toBe(1);
    clock.advance(3 * SECOND);
    expect(await answer).toBe(message('alice', 'behind it'));
  });

  it.each(['89', '8a'])(
    'D9: keep no login: who has sent 100,000 (%s) at once and leaves is gone',
    async (op) => {
      await start();
      const socket = await upgradeByHand(gateway);
      const loginFrame = Buffer.from(`82${(0x80 | (login('alice').length / 2)).toString(16)}00000000`, 'hex');
      socket.resume().write(Buffer.concat([loginFrame, bytes(login('alice'))]));
      await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(1);
      socket.end(Buffer.from(`${op}8000000000`.repeat(100_000), 'hex'));
      await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(0);
      expect(await throttled()).toBe(0);
    },
  );

  it('D28: so do messages of the control channel; the page is told', async () => {
    await start();
    const page = await connectPage(gateway);
    sockets.push(page.socket);
    page.send(login('alice'));
    await page.expect('01');
    for (let i = 0; i < 520; i++) page.say({ type: 'ping' });
    page.send(message('alice', 'behind it'));
    await page.told('throttled');
    clock.advance(3 * SECOND);
    await page.expect(message('alice', 'behind it'));
  });

  it('D9, D28: keep no login for minutes: what was read is handled, who has sent 6,000 texts and leaves is gone', async () => {
    await start();
    const page = await connectPage(gateway);
    sockets.push(page.socket);
    page.send(login('alice'));
    await page.expect('01');
    for (let i = 0; i < 6_000; i++) page.say({ type: 'ping' });
    page.socket.send(new Uint8Array(0));
    let times = 0;
    while (gateway.chat.clients > 0) {
      await expect.poll(async () => gateway.chat.clients === 0 || (await throttled()) > times).toBe(true);
      times = await throttled();
      clock.advance(3 * SECOND);
    }
    // At 50 in a second each read would be throttled a hundred times and more.
    expect(times).toBeLessThan(20);
  });

  it('D28: do not count where a page says how much of a private connection it has got', async () => {
    await start();
    const { host, port } = gateway.addresses.tcp;
    const [alice, bob] = [await connectRawTcp(host, port), await connectRawTcp(host, port)];
    for (const [peer, name] of [
      [alice, 'alice'],
      [bob, 'bob'],
    ] as const) {
      peer.send(login(name));
      await peer.expect('01');
    }
    alice.send(requestPrivate('alice', 'bob'));
    await bob.expect(requestPrivate('alice', 'bob'));
    bob.send(okPrivate('alice', 'bob'));
    await bob.expect(idPrivate('alice', 'bob', 0).slice(0, -8));
    const id = Buffer.from(await bob.read(4), 'hex').readInt32BE();
    const [one, other] = [await connectPage(gateway), await connectPage(gateway)];
    for (const endpoint of [one, other]) {
      sockets.push(endpoint.socket);
      endpoint.send(loginPrivate(id));
    }
    for (const endpoint of [one, other]) await endpoint.expect('0a');
    for (let i = 0; i < 600; i++) {
      one.send('dd'.repeat(4096));
      await other.expect('dd'.repeat(4096));
      other.say({ type: 'received', bytes: other.received });
    }
    expect(await throttled()).toBe(0);
    for (const peer of [alice, bob]) peer.reset();
    // Pings cost there as elsewhere.
    for (let i = 0; i < 520; i++) other.say({ type: 'ping' });
    await expect.poll(throttled, { interval: 1 }).toBe(1);
  });
});
