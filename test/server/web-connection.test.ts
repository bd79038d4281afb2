/** One HTTP connection: what is kept of a client whose answer is not taken, and how long one may be idle. */
import { EventEmitter, once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { queryObjects } from 'node:v8';
import { afterEach, expect, it } from 'vitest';
import type { Evictable } from '../../server/admission/admission.ts';
import { FairQueue } from '../../server/http/fair-queue.ts';
import { answerClientError, WebServer } from '../../server/http/web-server.ts';
import { LivenessMonitor } from '../../server/transport/socket/liveness.ts';
import { DEFAULT_CONFIG } from '../support/defaults.ts';

const ended: Array<() => void> = [];

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** Opens a connection to a web server of this test, whose seconds the test ticks; `answered` has the paths so far. */
async function open(requestTime: number) {
  const answered: (string | undefined)[] = [];
  const http = createHttpServer((request, answer) => {
    answered.push(request.url);
    // What a request has with it is read before it is answered.
    if (request.method === 'POST') return void request.resume().once('end', () => answer.end());
    // One is more than the operating system takes.
    answer.end(Buffer.alloc(request.url === '/large' ? 40 * 1024 * 1024 : 1));
  });
  http.on(
    'clientError',
    answerClientError(() => {}),
  );
  const idle = new Set<Evictable>();
  const monitor = new LivenessMonitor(DEFAULT_CONFIG.limits);
  const web = new WebServer(
    http,
    {
      monitor,
      queue: new FairQueue(),
      requestTime,
      idle,
      onEarlyEnd: () => {},
      onHandshake: () => false,
    },
    new EventEmitter(),
  );
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect({
    port: (listener.address() as AddressInfo).port,
    host: '127.0.0.1',
    noDelay: true,
  });
  ended.push(
    () => client.destroy(),
    () => web.destroyAll(),
    () => listener.close(),
  );
  const [accepted] = (await once(listener, 'connection')) as [Socket];
  web.take(accepted, { address: '', slot: null, isProbe: false });
  return { client, accepted, answered, monitor, idle, web };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const buffers = () => queryObjects(Buffer, { format: 'count' });

it('bytes that come one by one while an answer is not taken are kept in one piece, up to a bound', async () => {
  const { client, accepted, answered } = await open(10_000);
  client.write(get('/small'));
  await once(client, 'data');
  client.pause();
  const before = accepted.bytesRead;
  client.write(get('/large'));
  await until(() => answered.length >= 2);
  const next = get('/next', `X: ${'x'.repeat(1_000)}\r\n`);
  const kept = buffers();
  for (let index = 0; index < next.length; index++) {
    client.write(next.charAt(index));
    await until(() => accepted.bytesRead > before + get('/large').length + index);
  }
  expect(buffers() - kept).toBeLessThan(100);
  expect(answered.length).toBe(2);
  // Beyond the bound it waits in the operating system, until the answer is taken.
  client.write(get('/more').repeat(1_000));
  client.resume();
  await until(() => answered.length >= 500);
  expect(answered.slice(0, 4)).toEqual(['/small', '/large', '/next', '/more']);
});

it('is idle for the whole of its time, wherever in a second that begins', async () => {
  const { client, monitor, web } = await open(1_000);
  monitor.tick();
  expect(web.size).toBe(1);
  client.write(get('/'));
  await once(client, 'data');
  monitor.tick();
  expect(web.size).toBe(1);
  const closed = once(client, 'close');
  monitor.tick();
  await closed;
  await until(() => web.size === 0);
});

it('content that came behind the answer to its request begins no other, which would be late', async () => {
  const { client, accepted, monitor } = await open(1_000);
  const request = get('/', 'Content-Length: 3\r\n');
  client.write(request);
  const [answer] = (await once(client, 'data')) as [Buffer];
  client.write('abc');
  await until(() => accepted.bytesRead === request.length + 3);
  // What was read is parsed in its turn, the next but one at the latest.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  const rest = text(client);
  for (let second = 0; second < 2; second++) monitor.tick();
  expect([answer.toString('latin1', 0, 12), await rest]).toEqual(['HTTP/1.1 200', '']);
});

it('empty lines behind a request begin no other, which would be late', async () => {
  const { client, accepted, monitor } = await open(1_000);
  client.write(get('/'));
  await once(client, 'data');
  // More than is read at once.
  const lines = '\r\n'.repeat(5_000);
  client.write(lines);
  await until(() => accepted.bytesRead === get('/').length + lines.length);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  const rest = text(client);
  for (let second = 0; second < 3; second++) monitor.tick();
  expect(await rest).toBe('');
});

it('a fault is answered behind the whole request before it, which has its own answer', async () => {
  const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\n';
  for (const fault of ['no request\r\n\r\n', `CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`, get('/', upgrade)]) {
    const { client } = await open(10_000);
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc${fault}`);
    const answers = (await text(client)).match(/^HTTP\/1\.1 \d+/gm);
    expect(answers, fault).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  }
});

it('a connection that has its last answer, and lingers, makes room for another', async () => {
  const { client, idle, web } = await open(10_000);
  client.write(get('/', 'Connection: close\r\n'));
  await once(client.resume(), 'end');
  expect(web.size).toBe(1);
  for (const connection of idle) connection.evict();
  expect(web.size).toBe(0);
});
