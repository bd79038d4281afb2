import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const LISTENERS = ['http', 'admin'] as const;
type Listener = (typeof LISTENERS)[number];

let gateway: TestGateway;
const sockets: Socket[] = [];

async function start(limits: Parameters<typeof startTestGateway>[1] = {}): Promise<void> {
  gateway = await startTestGateway({ adminPort: 0 }, limits);
}

async function reach(where: Listener): Promise<Socket> {
  const socket = connect({ ...gateway.addresses[where]!, allowHalfOpen: true, noDelay: true });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway.stop();
});

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
const descriptors = () => readdirSync('/proc/self/fd').length;

describe.each(LISTENERS)('many requests at once, %s', (listener) => {
  it.each(['/', '/icon-512.png', '/nowhere', '/metrics'])(
    '20,000 of %s from a client that reads nothing: one is under way, no file is opened, others are served',
    async (path) => {
      await start();
      const before = descriptors();
      const greedy = await reach(listener);
      let most = 0;
      const look = setInterval(() => (most = Math.max(most, descriptors())), 1);
      greedy.write(get(path).repeat(20_000));
      for (let i = 0; i < 20; i++) {
        const { http } = gateway.addresses;
        expect((await fetch(`http://${http.host}:${http.port}/`)).status).toBe(200);
      }
      clearInterval(look);
      // The process has both ends of the greedy connection, and of the others.
      expect(most - before).toBeLessThan(16);
      // The client finds, when it reads at last, that it was cut, or closed after the most requests of one connection.
      const gone = once(greedy, 'close');
      const answers = text(greedy).catch(() => '');
      expect(statuses(await answers).length).toBeLessThanOrEqual(1001);
      greedy.destroy();
      await gone;
    },
  );

  it('are answered in order, wherever they are cut', async () => {
    await start();
    const paths = Array.from({ length: 40 }, (_, i) =>
      i % 3 === 0 ? `/nowhere${i}` : listener === 'http' ? '/' : '/clients',
    );
    const bytes = Buffer.from(paths.map((path) => get(path)).join(''));
    const socket = await reach(listener);
    const answers = text(socket);
    for (let at = 0; at < bytes.length; at += 37) {
      socket.write(bytes.subarray(at, at + 37));
      if (at % 5 === 0) await new Promise(setImmediate);
    }
    socket.end();
    expect(statuses(await answers)).toEqual(paths.map((path) => (path.includes('nowhere') ? '404' : '200')));
  });

  it('with bodies are told from what is in the bodies, in one write or in several', async () => {
    await start();
    const body = get('/in-the-body');
    const post = `POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
    const socket = await reach(listener);
    const answers = text(socket);
    socket.write(post + body + get('/nowhere'));
    socket.write(post);
    await new Promise(setImmediate);
    socket.write(body.slice(0, 9));
    await new Promise(setImmediate);
    socket.end(body.slice(9) + get('/nowhere'));
    expect(statuses(await answers)).toEqual(['404', '404', '404', '404']);
  });

  it('Expect: 100-continue is answered', async () => {
    await start();
    const socket = await reach(listener);
    const answers = text(socket);
    socket.end(get('/nowhere', 'Expect: 100-continue\r\n'));
    expect(statuses(await answers)).toEqual(['100', '404']);
  });

  it('Expect: 100-continue is answered when the body did not wait for it', async () => {
    await start();
    const socket = await reach(listener);
    const answers = text(socket);
    const head = 'Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue';
    socket.write(`POST /nowhere HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n{}`);
    socket.write(get('/nowhere', 'Connection: close\r\n'));
    expect(statuses(await answers)).toEqual(['100', '404', '404']);
  });

  // A reset would throw away what the client has not read yet.
  it.each([
    ['no request', 'NO METHOD\r\n\r\n', '400'],
    ['a head that is too long', get('/', `X: ${'x'.repeat(20_000)}\r\n`), '431'],
    ['a tunnel', get('/').replace('GET', 'CONNECT'), '400'],
  ])(
    'the answer to %s is followed by no reset, whatever comes behind that',
    async (_what, request, status) => {
      await start();
      const socket = await reach(listener);
      const answers = text(socket);
      socket.write(request + 'x'.repeat(1024 * 1024));
      expect(statuses(await answers)).toEqual([status]);
    },
  );

  it('a request that has its answer gets no second one for its content', async () => {
    await start();
    const socket = await reach(listener);
    socket.write(get('/nowhere', 'Transfer-Encoding: chunked\r\n'));
    expect(statuses(String((await once(socket, 'data'))[0]))).toEqual(['404']);
    const rest = text(socket);
    socket.write('no chunk\r\n');
    expect(await rest).toBe('');
  });
});

describe('the clock of a connection', () => {
  it('runs while an answer is not taken, whatever else the client sends', async () => {
    await start({ requestTime: 1000 });
    const socket = await reach('http');
    socket.pause();
    const send = setInterval(() => socket.write(get('/icon-512.png').repeat(100)), 20);
    const count = async () =>
      /ended_early_total\{reason="an answer was not taken in time"\} (\d+)/.exec(
        (await gateway.metrics.scrape()).text,
      )?.[1];
    await expect.poll(count).toBe('1');
    clearInterval(send);
    await expect.poll(() => gateway.admission.open).toBe(0);
  });

  it('runs while a request drips, and while its body does', async () => {
    await start({ requestTime: 1000 });
    const [head, body] = [await reach('http'), await reach('http')];
    head.write('GET / HTTP/1.1\r\nX: ');
    body.write('POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => [head, body].map((socket) => socket.write('G')), 100);
    const ends = [head, body].map((socket) => text(socket).catch(() => ''));
    const [late] = await Promise.all(ends);
    clearInterval(drip);
    expect(statuses(late!)).toEqual(['408']);
  });

  it('a connection that is kept for the next request ends without a word', async () => {
    await start({ requestTime: 1000 });
    const socket = await reach('http');
    socket.write(get('/healthz'));
    expect(statuses(await text(socket))).toEqual(['200']);
  });
});

/** Connections that ended early for this reason. */
const endedEarly = async (reason: string): Promise<number> => {
  const { text: metrics } = await gateway.metrics.scrape();
  return Number(new RegExp(`ended_early_total\\{reason="${reason}"\\} (\\d+)`).exec(metrics)![1]);
};

it('the answer to an upgrade that is rejected is followed by no reset, whatever comes behind that', async () => {
  await start();
  const socket = await reach('http');
  const answers = text(socket);
  const upgrade = get('/nowhere', 'Connection: Upgrade\r\nUpgrade: websocket\r\n');
  socket.write(upgrade + 'x'.repeat(1024 * 1024));
  expect(await answers).toMatch(/^HTTP\/1\.1 404 .*\r\nconnection: close\r\n.*\{[^}]*\}$/is);
  socket.destroy();
  await expect.poll(() => gateway.admission.open).toBe(0);
});

it.each(['Content-Length: 1000000000\r\n', 'Transfer-Encoding: chunked\r\n'])(
  'content that nobody reads ends the connection soon behind the answer, whatever is said of its length: %s',
  async (length) => {
    await start();
    const socket = await reach('http');
    // A chunk with its frame is as good as any other content.
    const content = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    socket.write(get('/healthz', length));
    const feed = (): void => {
      for (let goesOn = true; goesOn;) goesOn = socket.write(content);
    };
    socket.on('drain', feed);
    feed();
    await expect.poll(() => endedEarly('too much content')).toBe(1);
    expect(statuses(String(socket.read()))).toEqual(['200']);
  },
);

it.each(['end', 'resetAndDestroy'] as const)(
  'a connection on which nothing came is counted, once: %s',
  async (end) => {
    await start();
    (await reach('http'))[end]();
    await expect.poll(() => endedEarly('nothing came')).toBe(1);
    await expect.poll(() => gateway.admission.open).toBe(0);
    expect(await endedEarly('nothing came')).toBe(1);
  },
);

it.each([
  ['half a request', 'GET /', 'end'],
  ['half a request', 'GET /', 'resetAndDestroy'],
  ['an empty line', '\r\n', 'end'],
  ['empty lines', '\r\n\r\n\r\n', 'end'],
  ['empty lines', '\r\n\r\n\r\n', 'resetAndDestroy'],
] as const)('%s (%j) is counted, once: %s', async (_what, bytes, end) => {
  await start();
  const socket = await reach('http');
  await new Promise((taken) => socket.write(bytes, taken));
  // What came before is read when this is answered.
  const { http } = gateway.addresses;
  await fetch(`http://${http.host}:${http.port}/healthz`, { headers: { connection: 'close' } });
  socket[end]();
  await expect.poll(() => endedEarly('not HTTP')).toBe(1);
  await expect.poll(() => gateway.admission.open).toBe(0);
  expect(await endedEarly('not HTTP')).toBe(1);
  expect(await endedEarly('nothing came')).toBe(0);
});

it('an upgrade that came together with a request before it ends the connection, and is counted', async () => {
  await start();
  const socket = await reach('http');
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  socket.write(get('/') + get('/ws', upgrade));
  expect(statuses(await text(socket).catch(() => ''))).not.toContain('101');
  expect(await endedEarly('an upgrade behind another request')).toBe(1);
});

it('frames that come together with the upgrade are read', async () => {
  await start();
  const socket = await reach('http');
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  // LOGIN "bob", masked with zeros.
  const frame = Buffer.from('82880000000000000000' + '03626f62', 'hex');
  socket.write(Buffer.concat([Buffer.from(get('/ws', upgrade)), frame]));
  let answer = '';
  for await (const data of socket) {
    answer += (data as Buffer).toString('latin1');
    if (answer.endsWith('\x82\x01\x01')) break;
  }
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
});
