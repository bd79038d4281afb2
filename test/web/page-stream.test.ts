import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import { Connection, type ConnectionEvent } from '../../web/net/connection.ts';
import { watchLiveness } from '../../web/net/liveness.ts';
import { PageStream, taps } from '../../web/net/page-stream.ts';
import { bytes, login } from '../support/raw-hex.ts';
import { FakeStream } from './support/fake-stream.ts';
import { PATIENT } from '../support/patience.ts';

/** Its interval stays that of Vitest, by which it also moves the clock of these tests on. */
const until = (met: () => boolean) => vi.waitUntil(met, { timeout: PATIENT.timeout });

/** Server that answers an upgrade only when the test says so, and records what comes then. */
class SlowServer {
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #waiting: (readonly [IncomingMessage, Duplex, Buffer])[] = [];
  /** Number of upgrades requested so far. */
  asked = 0;
  readonly heard: string[] = [];
  /** What each upgrade asked for. */
  readonly targets: (string | undefined)[] = [];

  static async start(): Promise<SlowServer> {
    const server = new SlowServer();
    server.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      server.asked++;
      server.targets.push(request.url);
      server.#waiting.push([request, socket, head]);
      socket.on('error', () => socket.destroy());
    });
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/ws`;
  }

  async answer(which: 'oldest' | 'newest' = 'oldest'): Promise<ServerSocket> {
    await until(() => this.#waiting.length > 0);
    const [request, socket, head] = (which === 'newest' ? this.#waiting.pop() : this.#waiting.shift())!;
    return new Promise((resolve) => {
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        accepted.on('message', (data: Buffer, binary) =>
          this.heard.push(binary ? data.toString('hex') : data.toString()),
        );
        resolve(accepted);
      });
    });
  }

  close(): void {
    for (const [, socket] of this.#waiting) socket.destroy();
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.close();
  }
}

let server: SlowServer;
/** What the page hears of the browser. */
let world: EventTarget;
let stream: PageStream | undefined;

beforeEach(async () => {
  server = await SlowServer.start();
  // The clock is the test's; sockets go on by themselves.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
  world = new EventTarget();
  vi.stubGlobal('addEventListener', world.addEventListener.bind(world));
  watchLiveness();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  taps.clear();
  stream?.abort();
  server.close();
});

/** Opens a stream, and records how it ends. */
function open(ask?: () => Promise<boolean>) {
  const closes: string[] = [];
  const reasons: unknown[] = [];
  const opened = new PageStream({ url: server.url, ask });
  opened.attach({
    onData() {},
    onEnd() {},
    onWritable() {},
    onFault() {},
    onClose: ({ reason }) => {
      closes.push('closed');
      reasons.push(reason);
    },
  });
  stream = opened;
  return { opened, closes, reasons };
}

describe('a page’s connection whose WebSocket is still being opened', () => {
  it('is not connected, is asked for no sign of life, and is waited for', async () => {
    const { opened, closes } = open();
    opened.write(bytes(login('ann')));
    expect(opened.connected).toBe(false);
    for (let time = 0; time < 2; time++) {
      world.dispatchEvent(new Event('online'));
      vi.advanceTimersByTime(4_000);
    }
    await server.answer();
    await until(() => opened.connected && server.heard.length > 0);
    expect([server.asked, server.heard, closes]).toEqual([1, [login('ann')], []]);
  });

  it('never asks to resume without a token: silent once it is open, it is over', async () => {
    const { opened, closes } = open();
    opened.write(bytes(login('ann')));
    const accepted = await server.answer();
    await until(() => server.heard.length > 0);
    world.dispatchEvent(new Event('online'));
    const closed = once(accepted, 'close');
    vi.advanceTimersByTime(4_000);
    await closed;
    await until(() => closes.length > 0);
    expect([server.asked, server.heard]).toEqual([1, [login('ann'), '{"type":"ping"}']]);
  });
});

it('is over when its address was banned while it was away, with the reason; else it tries again (D26)', async () => {
  const { opened, reasons } = open();
  const first = await server.answer();
  first.send('{"type":"session","token":"t","grace":60000}');
  await until(() => opened.token !== null);
  first.terminate();
  await until(() => !opened.connected);
  opened.wake();
  (await server.answer()).close(1013, 'too slow');
  await until(() => vi.getTimerCount() > 0);
  vi.advanceTimersByTime(10_000);
  (await server.answer()).close(1008, 'banned by the operator');
  await until(() => reasons.length > 0);
  // The server of this test has a timer of its own until its socket has closed. One of the page would stay.
  await until(() => vi.getTimerCount() === 0);
  expect(reasons).toEqual(['banned by the operator']);
});

it('shows the texts that it sends to whoever taps it', async () => {
  const texts: unknown[] = [];
  taps.add((_stream, direction, data) => {
    if (typeof data === 'string') texts.push([direction, data]);
  });
  const { opened } = open();
  (await server.answer()).send('{"type":"session","token":"t","grace":60000}');
  await until(() => opened.token !== null);
  expect(texts).toEqual([
    ['received', '{"type":"session","token":"t","grace":60000}'],
    ['sent', '{"type":"received","bytes":0}'],
  ]);
});

it.each([
  ['', 'unknown', [true, true]],
  [',"node":"g1"', 'unknown', [false, false]],
  [',"node":"g1"', 'too late', [false, true]],
])('knows whether its login is free behind it: session%s, lost because %s', async (node, reason, frees) => {
  const { opened, reasons } = open();
  const first = await server.answer();
  expect(opened.freesLogin).toBe(false);
  first.send(`{"type":"session","token":"t","grace":60000${node}}`);
  await until(() => opened.token !== null);
  const before = opened.freesLogin;
  first.terminate();
  await until(() => !opened.connected);
  opened.wake();
  (await server.answer()).send(`{"type":"lost","reason":"${reason}"}`);
  await until(() => reasons.length > 0);
  expect([before, opened.freesLogin]).toEqual(frees);
});

it('asks for the node of a cluster that can resume it', async () => {
  const { opened } = open();
  const first = await server.answer();
  first.send('{"type":"session","token":"t","grace":60000,"node":"g 1"}');
  await until(() => opened.token !== null);
  expect(server.targets).toEqual(['/ws']);
  first.terminate();
  await until(() => !opened.connected);
  opened.wake();
  await server.answer();
  expect(server.targets).toEqual(['/ws', '/ws?node=g%201']);
});

it('resumes on another WebSocket when woken, once the one before has hung for 5 s', async () => {
  const { opened } = open();
  const first = await server.answer();
  first.send('{"type":"session","token":"t","grace":60000}');
  await until(() => opened.token !== null);
  first.terminate();
  await until(() => !opened.connected);
  opened.wake();
  await until(() => server.asked === 2);
  vi.advanceTimersByTime(4_900);
  opened.wake();
  vi.advanceTimersByTime(100);
  opened.wake();
  await until(() => server.asked === 3);
  (await server.answer('newest')).send('{"type":"resumed","received":0,"token":"u"}');
  await until(() => opened.connected);
  // What was given up comes back no more, at any time.
  vi.advanceTimersByTime(20_000);
  expect([opened.connected, opened.token, server.asked]).toEqual([true, 'u', 3]);
});

describe('a page’s connection while the server is away (Firefox holds WebSockets back that failed)', () => {
  /** Makes an availability probe that answers when the test says so. */
  const doorbell = () => {
    const waiting: ((isThere: boolean) => void)[] = [];
    const ask = vi.fn(() => new Promise<boolean>((resolve) => waiting.push(resolve)));
    return { ask, answer: (isThere: boolean) => waiting.shift()?.(isThere) };
  };

  it('asks before each WebSocket, at its own times and at once when woken', async () => {
    const { ask, answer } = doorbell();
    const { opened } = open(ask);
    opened.write(bytes(login('ann')));
    const accepted = await server.answer();
    accepted.send('{"type":"session","token":"t","grace":60000}');
    await until(() => opened.token === 't');
    accepted.terminate();
    await until(() => vi.getTimerCount() > 0 && !opened.connected);
    vi.advanceTimersByTime(1_000);
    expect(ask).toHaveBeenCalledTimes(1);
    answer(false);
    await until(() => vi.getTimerCount() > 0);
    opened.wake();
    expect(ask).toHaveBeenCalledTimes(2);
    // The first probe hangs, as on a dead network: waking the stream probes anew.
    opened.wake();
    expect([ask.mock.calls.length, server.asked]).toEqual([3, 1]);
    answer(false);
    answer(true);
    const next = await server.answer();
    await until(() => server.heard.includes('{"type":"resume","token":"t","received":0}'));
    next.send('{"type":"resumed","received":8,"token":"u"}');
    await until(() => opened.connected);
    expect(server.asked).toBe(2);
  });

  it('asks before it connects anew, too, and before another try of someone who could not get in', async () => {
    const { ask, answer } = doorbell();
    const streams: FakeStream[] = [];
    const events: ConnectionEvent['type'][] = [];
    const connection = new Connection({
      ask,
      open: (options) => streams[streams.push(new FakeStream(options)) - 1]!,
      report: ({ type }) => events.push(type),
    });
    const settled = async () => {
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    };
    connection.join('ann');
    streams[0]!.drop();
    connection.join('ann');
    answer(false);
    await settled();
    expect([events, streams.length]).toEqual([['unreachable', 'unreachable'], 1]);
    connection.join('ann');
    answer(true);
    await settled();
    streams[1]!.answer('01');
    streams[1]!.drop();
    vi.advanceTimersByTime(1_000);
    answer(false);
    await settled();
    connection.retryNow();
    expect([ask.mock.calls.length, streams.length]).toEqual([4, 2]);
    answer(true);
    await settled();
    expect(streams).toHaveLength(3);
    streams[2]!.answer('01');
    expect(events.slice(2)).toEqual(['accepted', 'lost', 'accepted']);
    streams[2]!.drop();
    connection.retryNow();
    connection.leave();
    answer(true);
    await settled();
    expect(streams).toHaveLength(3);
  });
});
