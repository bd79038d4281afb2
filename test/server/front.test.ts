import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ManualClock } from '../support/manual-time.ts';
import { ACCEPTED, login, loginPrivate, message } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';

const LIMITS = { maxMisses: 1 } as const;

/** PROXY header, version 1, of a client at this address. */
const v1 = (address: string): string =>
  Buffer.from(`PROXY TCP4 ${address} 192.0.2.1 5000 7777\r\n`).toString('hex');
/** PROXY header, version 2, of a client at this address. */
const v2 = (address: string): string =>
  `0d0a0d0a000d0a515549540a2111000c${Buffer.from(address.split('.').map(Number)).toString('hex')}c0000201${'0'.repeat(8)}`;

let behind: TestGateway;

beforeAll(async () => {
  behind = await startTestGateway({ proxies: ['127.0.0.0/8'] }, LIMITS);
});

afterAll(() => behind.stop());

/** Presents a wrong connect_id and waits for the close: the limits of D18 see one address. */
async function guess(gateway: TestGateway, header: string): Promise<void> {
  const { host, port } = gateway.addresses.tcp;
  const peer = await connectRawTcp(host, port);
  peer.send(header + loginPrivate(1));
  await peer.expectClose();
}

async function guessOverWebSocket(
  gateway: TestGateway,
  headers: Record<string, string>,
): Promise<string | undefined> {
  const { host, port } = gateway.addresses.http;
  const peer = await connectRawWebSocket(`ws://${host}:${port}/ws`, ['chaton.v1'], { headers });
  peer.send(loginPrivate(1));
  return (await peer.expectClose()).reason;
}

const FIRST = 'the connect_id is unknown, lapsed or used';
const REFUSED_NOW = 'too many wrong connect_ids, try again later';

describe('behind a proxy', () => {
  it.each([
    ['version 1', v1],
    ['version 2', v2],
  ])(
    'a PROXY header, %s, is where the client is, and commands follow it in the same packet',
    async (_name, header) => {
      const { host, port } = behind.addresses.tcp;
      const peer = await connectRawTcp(host, port);
      peer.send(header('203.0.113.9') + login('alice'));
      await peer.expect(ACCEPTED);
      expect([...behind.chat.connections.sessions].map(({ source: origin }) => origin.address)).toEqual([
        '203.0.113.9',
      ]);
      peer.end();
      await peer.expectClose();
    },
  );

  it.each([1, 20, v1('203.0.113.9').length / 2, v1('203.0.113.9').length / 2 + 3])(
    'a header, commands and the end of writing are understood wherever they are cut, here at %i (D9)',
    async (cut) => {
      const { host, port } = behind.addresses.tcp;
      const { clients } = behind.chat;
      const all = Buffer.from(v1('203.0.113.9') + login('alice') + message('alice', 'hi'), 'hex');
      const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
      const received = buffer(socket);
      await new Promise((written) => socket.write(all.subarray(0, cut), written));
      // The request lets the gateway read the first part by itself before the rest is sent.
      expect((await fetch(`http://127.0.0.1:${behind.addresses.http.port}/healthz`)).ok).toBe(true);
      socket.end(all.subarray(cut));
      expect((await received).toString('hex')).toBe(ACCEPTED + message('alice', 'hi'));
      await expect.poll(() => behind.chat.clients).toBe(clients);
    },
  );

  it('the end of writing may come together with the header, and nothing else', async () => {
    const { host, port } = behind.addresses.tcp;
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.end(Buffer.from(v1('203.0.113.9'), 'hex'));
    expect(await buffer(socket)).toHaveLength(0);
  });

  it('a connection costs and can do as much as one without a proxy: it has an outlet of its own', async () => {
    const { host, port } = behind.addresses.tcp;
    const peer = await connectRawTcp(host, port);
    peer.send(v1('203.0.113.9') + login('alice'));
    await peer.expect(ACCEPTED);
    const [alice] = [...behind.chat.connections.sessions];
    expect(alice!.outbox.directWriter!.canWriteDirectly).toBe(true);
    peer.end();
    await peer.expectClose();
  });

  it('D18: the limits see the client, not the proxy, over TCP and WebSocket alike', async () => {
    await guess(behind, v1('203.0.113.1'));
    expect(await guessOverWebSocket(behind, { 'x-forwarded-for': '203.0.113.1' })).toBe(REFUSED_NOW);
    expect(await guessOverWebSocket(behind, { 'x-forwarded-for': '203.0.113.1, 203.0.113.2' })).toBe(FIRST);
    expect(await guessOverWebSocket(behind, { 'x-forwarded-for': '6.6.6.6, 203.0.113.2' })).toBe(REFUSED_NOW);
  });

  it.each([
    ['without a header', login('alice')],
    ['with half of one, and then its end', '50524f585920'],
  ])('a connection from the proxy %s is refused', async (_name, hex) => {
    const { host, port } = behind.addresses.tcp;
    const peer = await connectRawTcp(host, port);
    peer.send(hex);
    peer.end();
    await expect(peer.expect(ACCEPTED)).rejects.toThrow(/ECONNRESET|closed|ended/);
  });

  it('is ready: the server passes its own listener', async () => {
    const { host, port } = behind.addresses.http;
    expect((await fetch(`http://${host}:${port}/readyz`)).status).toBe(200);
  });
});

describe('a claim from an address that is not listed', () => {
  it('is refused over TCP, and ignored over HTTP', async () => {
    const claims: string[] = [];
    const settings = { proxies: ['192.0.2.0/24'], logLevel: 'info' } as const;
    const gateway = await startTestGateway(settings, LIMITS, new ManualClock(), (line) => {
      const { msg, address } = JSON.parse(line) as { msg: string; address: string };
      if (msg.includes('not in --proxies')) claims.push(`${address} ${msg.split(' ', 1)[0]}`);
    });
    try {
      const { host, port } = gateway.addresses.tcp;
      for (let i = 0; i < 3; i++) {
        const forger = await connectRawTcp(host, port);
        forger.send(v1('203.0.113.1') + login('alice'));
        await forger.expectClose();
      }
      const honest = await connectRawTcp(host, port);
      honest.send(login('alice'));
      await honest.expect(ACCEPTED);
      const [session] = [...gateway.chat.connections.sessions];
      expect(session!.source.address).toBe('127.0.0.1');
      expect(session!.outbox.directWriter!.canWriteDirectly).toBe(true);
      expect(await guessOverWebSocket(gateway, { 'x-forwarded-for': '203.0.113.1' })).toBe(FIRST);
      expect(await guessOverWebSocket(gateway, { 'x-forwarded-for': '203.0.113.2' })).toBe(REFUSED_NOW);
      // A flood of them is none of lines.
      expect(claims).toEqual(['127.0.0.1 rejected:', '127.0.0.1 ignored:']);
      honest.reset();
    } finally {
      await gateway.stop();
    }
  });
});
