import { describe, expect, it } from 'vitest';
import { isOwnOrigin, parseOrigin, pathOf } from '../../server/addresses/origin.ts';
import { startTestGateway } from '../support/gateway.ts';
import { askUpgrade, upgradeRequest } from '../support/raw-upgrade.ts';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

describe('origins (D27)', () => {
  it.each([
    ['http://chat.example', 'http://chat.example'],
    ['HTTP://Chat.Example:80', 'http://chat.example'],
    ['https://chat.example:443/', 'https://chat.example'],
    ['https://chat.example:80', 'https://chat.example:80'],
    ['http://[0:0::1]:8080', 'http://[::1]:8080'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['file://', null],
    ['null', null],
    ['', null],
    ['http://', null],
    ['http://a/b', null],
    ['http://user@a', null],
    ['http://a?b', null],
    ['chrome-extension://abc', null],
    ['http://a b', null],
  ])('%s is %s', (text, origin) => {
    expect(parseOrigin(text)).toBe(origin);
  });

  it.each<readonly [origin: string, host: string | undefined, isOwn: boolean]>([
    ['http://chat.example', 'chat.example', true],
    ['http://chat.example', 'chat.example:80', true],
    ['http://chat.example', 'CHAT.Example', true],
    ['https://chat.example', 'chat.example:443', true],
    ['https://chat.example', 'chat.example', true],
    ['http://chat.example:8080', 'Chat.example:8080', true],
    ['http://[::1]:8080', '[0:0:0:0:0:0:0:1]:8080', true],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', true],
    ['http://chat.example', 'chat.example:8080', false],
    ['http://chat.example', 'chat.example.evil.example', false],
    ['http://chat.example', 'evil@chat.example', false],
    ['file://', '', false],
    ['file://', undefined, false],
    ['null', 'null', false],
    ['null', '', false],
  ])('%s on %s is its own: %s', (origin, host, isOwn) => {
    expect(isOwnOrigin(origin, { target: '/ws', host })).toBe(isOwn);
  });

  it('who sends an absolute URL means the host in it', () => {
    const sent = { target: 'http://chat.example:80/ws', host: 'evil.example' };
    expect(isOwnOrigin('http://chat.example', sent)).toBe(true);
    expect(isOwnOrigin('http://evil.example', sent)).toBe(false);
  });

  it.each([
    ['/ws?x', '/ws?x'],
    ['http://a', '/'],
    ['http://a?x', '/?x'],
    ['HTTPS://A:1/b/c', '/b/c'],
    ['//a/b', '//a/b'],
    ['*', '*'],
    ['/ws?%zz', '/ws?%zz'],
    ['/%zz?x', '/%25'],
  ])('the path of %s is %s', (target, path) => {
    expect(pathOf(target)).toBe(path);
  });
});

describe('an upgrade that is refused', () => {
  const lines: string[] = [];
  const run = async (
    path: string,
    headers: Record<string, string>,
    config: Parameters<typeof startTestGateway>[0] = {},
  ): Promise<{ status: number; counts: string[] }> => {
    lines.length = 0;
    const gateway = await startTestGateway({ logLevel: 'info', ...config }, {}, undefined, (line) =>
      lines.push(line),
    );
    const { status, socket } = await askUpgrade(gateway, path, headers);
    socket?.destroy();
    const counts = (await gateway.metrics.scrape()).text
      .split('\n')
      .filter((line) => /^chaton_(upgrades|connections)_rejected_total\{.* [1-9]/.test(line));
    await gateway.stop();
    return { status, counts };
  };

  it.each<readonly [string, number, string, Record<string, string>]>([
    ['the Origin may not connect', 403, '/ws', { Origin: 'https://evil.example' }],
    ['the Origin may not connect', 403, '/ws', { Origin: 'file://', Host: '' }],
    ['the Origin may not connect', 403, '/ws', { Origin: 'null' }],
    ['no WebSocket there', 404, '/else', {}],
    [
      'another version of WebSocket',
      426,
      '/ws',
      { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': 'http://evil.example' },
    ],
    ['another version of WebSocket', 426, '/ws', { 'Sec-WebSocket-Version': '7' }],
    ['no WebSocket handshake', 400, '/ws', { 'Sec-WebSocket-Key': 'no' }],
    ['no WebSocket handshake', 400, '/ws', { 'Sec-WebSocket-Protocol': 'chaton.v1, chaton.v1' }],
    ['no WebSocket handshake', 400, '/ws', { 'Sec-WebSocket-Protocol': 'chaton.v1, ' }],
    ['unknown subprotocol', 400, '/ws', { 'Sec-WebSocket-Protocol': 'soap' }],
  ])('%s: %i, one line in the log, one count', async (reason, status, path, headers) => {
    const answer = await run(path, headers);
    expect(answer).toEqual({ status, counts: [`chaton_upgrades_rejected_total{reason="${reason}"} 1`] });
    expect(lines.filter((line) => line.includes(`"reason":"${reason}"`))).toHaveLength(1);
  });

  it('names the origins, so that a proxy that changes Host is found', async () => {
    await run('/ws', { Origin: 'https://Chat.example:443', Host: 'inner:8080' });
    expect(lines.join('')).toContain('"origin":"https://chat.example","host":"inner:8080"');
  });

  it('HTTP/1.0 is none of WebSocket (RFC 6455 §4.2.1)', async () => {
    const gateway = await startTestGateway();
    const socket = connect(gateway.addresses.http);
    socket.write(
      'GET /ws HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    await gateway.stop();
  });

  it.each(['/healthz', '/', '/ws'])('%s with two Hosts is answered 400 (RFC 9112 §3.2)', async (path) => {
    const gateway = await startTestGateway();
    const socket = connect(gateway.addresses.http);
    const request = upgradeRequest('a').replace('Host: a', 'Host: a\r\nHost: b');
    const plain = `GET ${path} HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`;
    socket.write(path === '/ws' ? request : plain);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
    expect((await gateway.metrics.scrape()).text).toMatch(/reason="not HTTP"\} 1\n/);
    await gateway.stop();
  });

  // Node would answer, or end, each of these by itself.
  it.each<readonly [string, string, number, string]>([
    ['without a Host (RFC 9112 §3.2)', 'GET / HTTP/1.1\r\n', 400, 'reason="not HTTP"} 1'],
    [
      'with a Host that is none (RFC 9112 §3.2)',
      'GET / HTTP/1.1\r\nHost: a b\r\n',
      400,
      'reason="not HTTP"} 1',
    ],
    ['of HTTP/2.0 (RFC 9112 §2.3)', 'GET / HTTP/2.0\r\nHost: a\r\n', 400, 'reason="not HTTP"} 1'],
    ['of HTTP/0.9', 'GET / HTTP/0.9\r\nHost: a\r\n', 400, 'reason="not HTTP"} 1'],
    ['for a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n', 400, 'reason="not HTTP"} 1'],
    ['that expects what nobody knows', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n', 200, ''],
    [
      'for an upgrade by HEAD',
      upgradeRequest('a').replace('GET', 'HEAD').slice(0, -2),
      404,
      'reason="no WebSocket there"} 1',
    ],
  ])('a request %s is answered, and counted where it is rejected', async (_what, head, status, count) => {
    const gateway = await startTestGateway();
    const socket = connect(gateway.addresses.http);
    socket.write(`${head}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    socket.destroy();
    expect((await gateway.metrics.scrape()).text).toContain(count);
    await gateway.stop();
  });

  it('a listed origin is let in however the list or the browser writes it', async () => {
    const { status } = await run(
      '/ws',
      { Origin: 'https://CHAT.example:443' },
      { allowOrigins: ['https://chat.example'] },
    );
    expect(status).toBe(101);
  });
});
