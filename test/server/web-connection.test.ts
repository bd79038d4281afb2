/** One HTTP connection: what is kept of a client whose answer is not taken, and how long one may be idle. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../server/config/config.ts';
import { FairQueue } from '../../server/http/fair-queue.ts';
import { WebServer } from '../../server/http/web-server.ts';
import { LivenessMonitor } from '../../server/transport/socket/liveness.ts';

const ended: Array<() => void> = [];

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

/** Opens a connection to a web server of this test, whose seconds the test ticks; `answered` has the paths so far. */
async function open(requestTime: number) {
  const answered: (string | undefined)[] = [];
  const http = createHttpServer((request, answer) => {
    answered.push(request.url);
    // One is more than the operating system takes.
    answer.end(Buffer.alloc(request.url === '/large' ? 40 * 1024 * 1024 : 1));
  });
  const monitor = new LivenessMonitor(DEFAULT_CONFIG.limits);
  const web = new WebServer(http, {
    monitor,
    queue: new FairQueue(),
    requestTime,
    idle: new Set(),
    onEarlyEnd: () => {},
    onHandshake: () => false,
  });
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
  return { client, accepted, answered, monitor, web };
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
