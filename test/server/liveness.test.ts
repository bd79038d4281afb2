import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { TcpStream } from '../../server/transport/tcp/tcp-stream.ts';
import { LivenessMonitor } from '../../server/transport/socket/liveness.ts';
import type { Closed, StreamHandler } from '../../shared/stream/byte-stream.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ManualClock, MINUTE, SECOND } from '../support/manual-time.ts';
import { bytes, login } from '../support/raw-hex.ts';
import type { CloseKind } from '../../shared/protocol/reasons.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

/** More bytes than the operating system holds for a client that does not read. */
const TOO_MUCH = new Uint8Array(128 * 2 ** 20);
const STALLED = { clean: false, givenUp: 'stalled' };

const toEnd: Array<{ destroy(): unknown }> = [];
let gateway: TestGateway | undefined;

afterEach(async () => {
  for (const it of toEnd.splice(0)) it.destroy();
  await gateway?.stop();
  gateway = undefined;
});

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Makes a monitored stream, and its other side, which reads nothing until it is told to. */
async function makePair(patience?: number) {
  const watch = new LivenessMonitor(DEFAULT_LIMITS);
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  toEnd.push({ destroy: () => server.close() });
  await once(server, 'listening');
  const peer = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).pause();
  peer.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [
    Socket & { readonly _handle: { writeQueueSize: number } },
  ];
  const stream = new TcpStream(socket);
  watch.add(stream);
  toEnd.push(stream, peer);
  const closed = new Promise<Closed>((resolve) => {
    const handler: StreamHandler = {
      onData() {},
      onEnd() {},
      onWritable() {},
      onFault() {},
      onClose: resolve,
      ...(patience !== undefined && { writeTimeout: patience }),
    };
    stream.attach(handler);
  });
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) watch.tick();
  };
  return {
    stream,
    peer,
    closed,
    pass,
    waiting: () => socket._handle.writeQueueSize,
    isGone: () => socket.destroyed,
  };
}

describe('what is queued and not taken', () => {
  it('D26: for 10 s makes the transport give the connection up', async () => {
    const { stream, closed, pass, isGone } = await makePair();
    pass(60);
    stream.write(TOO_MUCH);
    pass(10);
    expect(isGone()).toBe(false);
    pass(1);
    expect(await closed).toEqual(STALLED);
  });

  it('D26: counts from when some of it was taken last, even less than a whole write', async () => {
    const { stream, peer, pass, waiting, isGone } = await makePair();
    stream.write(TOO_MUCH);
    const queued = stream.buffered;
    for (let i = 0; i < 5; i++) {
      pass(10);
      const before = waiting();
      peer.resume();
      await until(() => waiting() < before);
      peer.pause();
      expect(stream.buffered).toBe(queued);
    }
    pass(10);
    expect(isGone()).toBe(false);
    pass(1);
    expect(isGone()).toBe(true);
  });

  it('D20: may take a reader longer where its owner is patient', async () => {
    const { stream, closed, pass, isGone } = await makePair(5 * MINUTE);
    stream.write(TOO_MUCH);
    pass(300);
    expect(isGone()).toBe(false);
    pass(1);
    expect(await closed).toEqual(STALLED);
  });

  it('D9: after an end of writing counts as well', async () => {
    const { stream, closed, pass } = await makePair();
    stream.write(TOO_MUCH);
    stream.end();
    pass(11);
    expect(await closed).toEqual(STALLED);
  });

  it.each<readonly [kind: CloseKind, seconds: number]>([
    ['too-slow', 2],
    ['not-allowed', 11],
  ])('D26: after a close as %s: given up after %i s', async (kind, seconds) => {
    const { stream, closed, pass, isGone } = await makePair();
    stream.write(TOO_MUCH);
    stream.close(kind, '');
    pass(seconds - 1);
    expect(isGone()).toBe(false);
    pass(1);
    await closed;
  });
});

describe('pings', () => {
  const clock = new ManualClock();

  const open = async (name: string, options = {}): Promise<WebSocket> => {
    gateway ??= await startTestGateway({}, {}, clock);
    const { host, port } = gateway.addresses.http;
    const socket = new WebSocket(`ws://${host}:${port}/ws`, ['chaton.v1'], options);
    await once(socket, 'open');
    socket.send(bytes(login(name)));
    await once(socket, 'message');
    return socket;
  };

  /** Resolves when the gateway has read what this socket has sent. */
  const settled = async (socket: WebSocket): Promise<void> => {
    socket.ping();
    await once(socket, 'pong');
  };

  /** Advances the clock by 20 s; resolves when these sockets were pinged meanwhile. */
  const pass = async (...sockets: WebSocket[]): Promise<void> => {
    const pinged = sockets.map((socket) => once(socket, 'ping'));
    clock.advance(20 * SECOND);
    await Promise.all(pinged);
  };

  it('D26: come every 20 s; two in a row that find no sign of life end the connection', async () => {
    const [mute, lively] = [await open('mute', { autoPong: false }), await open('lively')];
    const over = once(mute, 'close');
    for (let i = 0; i < 4; i++) {
      await pass(mute, lively);
      await settled(lively);
      if (i === 1) await settled(mute);
    }
    expect(gateway?.chat.clients).toBe(2);
    await pass(lively);
    expect((await over)[0]).toBe(1006);
    await until(() => gateway?.chat.clients === 1);
    await settled(lively);
    expect((await gateway?.metrics.scrape())?.text).toMatch(
      /reason="no answer to pings",by_server="true"\} 1/,
    );
    toEnd.push({ destroy: () => lively.terminate() });
  });
});
