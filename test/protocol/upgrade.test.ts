import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, login } from '../support/raw-hex.ts';
import type { TestGateway } from '../support/raw-connection.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';
import { leave } from '../support/raw-room.ts';
import { askUpgrade, upgradeRequest } from '../support/raw-upgrade.ts';

const LISTED = 'https://chat.example.org';

describe('the WebSocket endpoint', () => {
  let gateway: TestGateway;
  let own: string;

  beforeEach(async () => {
    gateway = await startTestGateway({ allowOrigins: [LISTED] });
    own = `${gateway.addresses.http.host}:${gateway.addresses.http.port}`;
  });
  afterEach(() => gateway.stop());

  /** Asks for an upgrade and gives the status; a connection that is made is dropped. */
  async function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
    const { status, socket } = await askUpgrade(gateway, path, headers);
    socket?.destroy();
    return status;
  }

  describe('subprotocol', () => {
    it.each([
      ['chaton.v1 is taken when offered', ['chaton.v1'], 'chaton.v1'],
      ['chaton.v1 is taken among others', ['soap', 'chaton.v1'], 'chaton.v1'],
      ['chaton.v1 is spoken when none is offered', [], ''],
    ])('D24: %s', async (_title, offered, chosen) => {
      const peer = await connectRawWebSocket(`ws://${own}/ws`, offered);
      expect(peer.socket.protocol).toBe(chosen);
      peer.send(login('alice'));
      await peer.expect(ACCEPTED);
      await leave(peer);
    });

    it('D24: a client that offers only others is answered 400', async () => {
      await expect(connectRawWebSocket(`ws://${own}/ws`, ['soap', 'chaton.v2'])).rejects.toThrow();
      const answer = await askUpgrade(gateway, '/ws', { 'Sec-WebSocket-Protocol': 'soap, chaton.v2' });
      answer.socket?.destroy();
      expect(answer.status).toBe(400);
    });

    it('D24: no compression, even when offered', async () => {
      const peer = await connectRawWebSocket(`ws://${own}/ws`, ['chaton.v1'], { perMessageDeflate: true });
      expect(peer.socket.extensions).toBe('');
      await leave(peer);
    });
  });

  describe('Origin', () => {
    it('D27: a client without Origin is let in', async () => {
      expect(await statusOf('/ws')).toBe(101);
    });

    it('D27: the page’s own host is let in', async () => {
      expect(await statusOf('/ws', { Origin: `http://${own}` })).toBe(101);
    });

    it('D27: an origin in the configured list is let in', async () => {
      expect(await statusOf('/ws', { Origin: LISTED })).toBe(101);
    });

    it.each([
      ['another site', () => 'https://evil.example'],
      ['another port of the same host', () => 'http://127.0.0.1:1'],
      ['a subdomain of a listed one', () => 'https://evil.chat.example.org'],
      ['a listed host under another scheme', () => 'http://chat.example.org'],
      ['an opaque origin', () => 'null'],
      ['no URL at all', () => 'nonsense'],
    ])('D27: %s is answered 403', async (_title, origin) => {
      expect(await statusOf('/ws', { Origin: origin() })).toBe(403);
      await expect(
        connectRawWebSocket(`ws://${own}/ws`, ['chaton.v1'], { origin: origin() }),
      ).rejects.toThrow('403');
    });

    it.each([
      ['over http', 'http://gateway.example', 101],
      ['behind a proxy that speaks TLS', 'https://gateway.example', 101],
      ['with more behind it', 'http://gateway.example.evil.example', 403],
      ['with more before it', 'http://evil-gateway.example', 403],
      ['as a user of another', 'http://gateway.example@evil.example', 403],
      ['with another port', 'http://gateway.example:8081', 403],
    ])('D27: the host that the client asked for, %s: %s is answered %i', async (_title, origin, status) => {
      expect(await statusOf('/ws', { Host: 'gateway.example', Origin: origin })).toBe(status);
    });
  });

  it.each(['/', '/index.html', '/nowhere', '/ws/', '/ws/deeper', '/wss', '//ws'])(
    'D24: an upgrade on %s is not answered 101, with any Origin',
    async (path) => {
      expect(await statusOf(path)).toBeGreaterThanOrEqual(400);
      expect(await statusOf(path, { Origin: 'https://evil.example' })).toBeGreaterThanOrEqual(400);
    },
  );

  it('D24: a query on /ws changes nothing', async () => {
    expect(await statusOf('/ws?x=1')).toBe(101);
  });

  it('D24: a plain GET of /ws is answered in words that it needs an upgrade', async () => {
    const response = await fetch(`http://${own}/ws`);
    expect([400, 404, 426]).toContain(response.status);
    expect(await response.text()).not.toBe('');
  });

  it('RFC 6455: a client that breaks right after asking for an upgrade disturbs nobody', async () => {
    const { host, port } = gateway.addresses.http;
    const ask = upgradeRequest(own);
    for (let i = 0; i < 20; i++) {
      const socket = connect(port, host);
      await once(socket, 'connect');
      socket.write(ask);
      socket.resetAndDestroy();
    }
    const peer = await connectRawWebSocket(`ws://${own}/ws`);
    await leave(peer);
  });

  it.each([
    [
      'behind a request that is not answered yet',
      (ask: string) => `GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n${ask}`,
    ],
    ['of an address that cannot be read', (ask: string) => ask.replace('/ws', '/%zz')],
  ])('RFC 6455: an upgrade %s ends the connection', async (_title, change) => {
    const socket = connect(gateway.addresses.http);
    socket.on('error', () => {}).resume();
    socket.write(change(upgradeRequest(own)));
    await once(socket, 'close');
  });

  it('RFC 6455: a client that ends its writing right behind the handshake is let go of', async () => {
    const socket = connect({ ...gateway.addresses.http, allowHalfOpen: true });
    socket.resume().end(upgradeRequest(own));
    await once(socket, 'close');
  });

  it.each([
    ['no key', { 'Sec-WebSocket-Key': '' }],
    ['a key that is not one', { 'Sec-WebSocket-Key': 'no' }],
    ['an old version', { 'Sec-WebSocket-Version': '7' }],
  ])('RFC 6455: a handshake with %s is answered 4xx', async (_title, headers) => {
    const status = await statusOf('/ws', headers);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});
