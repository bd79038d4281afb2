import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const TOKEN = 'a-token-of-the-test';
const adminTokenFile = join(mkdtempSync(join(tmpdir(), 'chaton-guard-')), 'token');
writeFileSync(adminTokenFile, TOKEN);

let open: TestGateway;
let closed: TestGateway;
const lines: string[] = [];

beforeAll(async () => {
  open = await startTestGateway({ adminPort: 0, logLevel: 'warn' }, {}, undefined, (line) =>
    lines.push(line),
  );
  closed = await startTestGateway({ adminPort: 0, adminTokenFile });
});
afterAll(() => Promise.all([open.stop(), closed.stop()]));

/** Sends these lines to a listener; gives the status and the body of its answer. */
async function ask(
  gateway: TestGateway,
  ...head: readonly string[]
): Promise<{ status: number; body: string }> {
  const { host, port } = gateway.addresses.admin!;
  const socket = connect(port, host);
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  socket.write(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
  return { status: Number(status), body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

const statusOf = async (gateway: TestGateway, ...head: readonly string[]) =>
  (await ask(gateway, ...head)).status;

it('a request for a tunnel is answered, and ends nothing but its connection', async () => {
  for (const gateway of [open, closed])
    expect(await statusOf(gateway, 'CONNECT a:443 HTTP/1.1', 'Host: a')).toBe(400);
  expect(await statusOf(open, 'GET /readyz HTTP/1.1', 'Host: localhost')).toBe(200);
});

describe('without a token, the operator’s listener', () => {
  it.each([
    ['localhost', 200],
    ['localhost:9090', 200],
    ['LocalHost', 200],
    ['localhost.', 200],
    ['localhost.:9090', 200],
    ['127.0.0.1', 200],
    ['127.0.0.1:9090', 200],
    ['192.168.1.9:1', 200],
    ['[::1]', 200],
    ['[::1]:9090', 200],
    ['[FE80::1]', 200],
    ['evil.example', 403],
    ['evil.example:9090', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['evil.localhost', 403],
    ['[evil.example]', 403],
    ['::1', 403],
    ['localhost:9090:1', 403],
    ['localhost@evil.example', 400],
    ['evil.example, localhost', 400],
    ['localhost..', 403],
    ['', 403],
  ])('answers to Host: %s with %i, whatever else is sent', async (host, status) => {
    for (const more of [
      'Accept: */*',
      'Authorization: x',
      `Authorization: Bearer ${TOKEN}`,
      'X-Forwarded-Host: localhost',
    ])
      expect([more, await statusOf(open, 'GET /clients HTTP/1.1', `Host: ${host}`, more)]).toEqual([
        more,
        status,
      ]);
  });

  it('answers every route, known or not, to nobody who calls it by a name', async () => {
    for (const target of [
      '/clients',
      '/bans',
      '/metrics',
      '/log-level',
      '/nowhere',
      '/',
      '/%zz',
      `/clients/${'1'.repeat(200)}`,
    ])
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE']) {
        const head = [
          `${method} ${target} HTTP/1.1`,
          'Host: evil.example',
          'Authorization: x',
          'Content-Length: 0',
        ];
        expect([method, target, await statusOf(open, ...head)]).toEqual([method, target, 403]);
      }
    // Node's parser takes the methods of RTSP as well, for which no router has a route.
    expect(await statusOf(open, 'DESCRIBE / RTSP/1.0', 'Host: evil.example')).toBe(403);
  });

  it('takes each name that a request calls it by', async () => {
    const at = (target: string, ...hosts: readonly string[]) =>
      statusOf(open, `GET ${target} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), 'Authorization: x');
    expect(await at('http://localhost/clients', '127.0.0.1')).toBe(200);
    expect(await at('http://evil.example/clients', '127.0.0.1')).toBe(403);
    expect(await at('http://127.0.0.1/clients', 'evil.example')).toBe(403);
    expect([400, 403]).toContain(await at('/clients', '127.0.0.1', 'evil.example'));
    expect([400, 403]).toContain(await at('/clients', 'evil.example', '127.0.0.1'));
    // HTTP/1.0 allows a request without a Host.
    expect(await statusOf(open, 'GET /clients HTTP/1.0')).toBe(403);
    expect(await statusOf(open, 'GET /clients HTTP/1.0', 'Authorization: x')).toBe(403);
    expect(await statusOf(open, 'GET /clients HTTP/1.0', 'Host: 127.0.0.1')).toBe(200);
  });

  it('counts a request without a Host, or in another HTTP, as well', async () => {
    const count = async () =>
      Number(
        /requests_rejected_total\{reason="no HTTP"\} (\d+)/.exec((await open.metrics.scrape()).text)?.[1],
      );
    const before = await count();
    expect(await statusOf(open, 'GET /clients HTTP/1.1')).toBe(400);
    expect(await statusOf(open, 'GET /clients HTTP/2.0', 'Host: localhost')).toBe(400);
    expect(await count()).toBe(before + 2);
  });

  it('counts a connection beyond those that it has at a time', async () => {
    const { host, port } = open.addresses.admin!;
    // A request whose content is still to come makes no room for others.
    const head =
      'POST /notice HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n';
    const busy: Socket[] = [];
    while (busy.length < 16) {
      const socket = connect(port, host);
      busy.push(socket);
      socket.write(head);
      await once(socket, 'data');
    }
    await once(
      connect(port, host).on('error', () => {}),
      'close',
    );
    await Promise.all(busy.map((socket) => once(socket.end('x').resume(), 'close')));
    await expect
      .poll(async () => (await open.metrics.scrape()).text)
      .toMatch(/requests_rejected_total\{reason="too many connections"\} [1-9]/);
  });

  it('says and counts whom it does not let in, and says a flood in one line', async () => {
    lines.length = 0;
    for (let times = 0; times < 20; times++)
      await statusOf(open, 'GET /clients HTTP/1.1', 'Host: localhost', 'Origin: http://localhost');
    const said = () => lines.filter((line) => line.includes('"reason":"web page"'));
    expect(said().length).toBeGreaterThan(0);
    const requests = () =>
      said().reduce((sum, line) => sum + ((JSON.parse(line) as { requests?: number }).requests ?? 1), 0);
    await expect.poll(requests).toBe(20);
    expect(said().length).toBeLessThan(20);
    expect(await open.metrics.scrape()).toMatchObject({
      text: expect.stringMatching(
        /chaton_operator_requests_rejected_total\{reason="web page"\} 20\n/,
      ) as string,
    });
  });
});

describe('with a token, the operator’s listener', () => {
  it.each([
    [`Bearer ${TOKEN}`, 200],
    [`bearer  ${TOKEN}`, 200],
    [`Bearer ${TOKEN}x`, 401],
    [`Bearer ${TOKEN.slice(1)}`, 401],
    [`Basic ${TOKEN}`, 401],
    [TOKEN, 401],
    ['Bearer ', 401],
    ['', 401],
  ])('wants it: Authorization: %s is answered %i, by any name', async (authorization, status) => {
    for (const host of ['127.0.0.1', 'gateway.example']) {
      const head = ['GET /nowhere HTTP/1.1', `Host: ${host}`, `Authorization: ${authorization}`];
      expect(await statusOf(closed, ...head)).toBe(status === 200 ? 404 : status);
    }
  });

  it('is for no web page, token or not', async () => {
    for (const mark of ['Origin: null', 'Origin: http://127.0.0.1', 'Origin:', 'Sec-Fetch-Site: same-origin'])
      for (const target of ['/metrics', '/nowhere'])
        expect(
          await statusOf(closed, `GET ${target} HTTP/1.1`, 'Host: a', mark, `Authorization: Bearer ${TOKEN}`),
        ).toBe(403);
  });
});

describe('the operator is served', () => {
  it.each([
    ['say nothing', ''],
    ['begin a request', 'GET /metrics HTTP/1.1\r\nHost'],
    ['were not let in', 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])(
    'while strangers hold any number of connections that %s, and those who made room are counted',
    async (_, sent) => {
      const before = await endedForRoom();
      const { host, port } = closed.addresses.admin!;
      const strangers = Array.from({ length: 50 }, () => connect(port, host).on('error', () => {}));
      for (const stranger of strangers) {
        if (stranger.connecting) await Promise.race([once(stranger, 'connect'), once(stranger, 'close')]);
        if (sent !== '' && !stranger.destroyed) stranger.write(sent);
      }
      const head = ['GET /nowhere HTTP/1.1', 'Host: a', `Authorization: Bearer ${TOKEN}`];
      const answer = ask(closed, ...head).catch(() => null);
      expect(await answer).toMatchObject({ status: 404 });
      expect(await endedForRoom()).toBeGreaterThan(before);
      for (const stranger of strangers) stranger.destroy();
    },
  );

  async function endedForRoom(): Promise<number> {
    const { text } = await closed.metrics.scrape();
    return Number(/connections_ended_early_total\{reason="made room for another"\} (\d+)/.exec(text)![1]);
  }
});
