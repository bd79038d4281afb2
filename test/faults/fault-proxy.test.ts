import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy, type LinkFaults } from '../support/fault-proxy.ts';
import type { Roll } from '../support/random.ts';
import { noise } from '../support/relay-bulk.ts';

interface Side {
  readonly socket: Socket;
  /** Bytes up to the end of writing or the reset. */
  readonly received: Promise<{ readonly bytes: Buffer; readonly end: 'end' | 'reset' }>;
}

interface Pair {
  readonly proxy: FaultProxy;
  readonly near: Side;
  readonly far: Side;
}

const running: Array<() => unknown> = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stop of running.splice(0)) await stop();
});

function sideOf(socket: Socket): Side {
  const parts: Buffer[] = [];
  const received = new Promise<{ bytes: Buffer; end: 'end' | 'reset' }>((resolve) => {
    const over = (end: 'end' | 'reset') => () => resolve({ bytes: Buffer.concat(parts), end });
    socket.on('data', (data) => parts.push(data));
    socket.on('end', over('end')).on('error', over('reset'));
  });
  return { socket, received };
}

/** Connects two sockets through a proxy with these faults. */
async function joined(faults: LinkFaults | ((index: number, roll: Roll) => LinkFaults)): Promise<Pair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const plan = typeof faults === 'function' ? faults : () => faults;
  const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port }, plan });
  running.push(
    () => proxy.stop(),
    () => server.close(),
  );
  const accepted = once(server, 'connection');
  // A later connection is cut off at the end of the test.
  server.on('connection', (socket) => socket.on('error', () => {}));
  const near = sideOf(connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true }));
  const [socket] = (await accepted) as [Socket];
  return { proxy, near, far: sideOf(socket) };
}

/** Expects the first `length` bytes of the text, and this end. */
async function expectReceived({ received }: Side, length: number, end: 'end' | 'reset'): Promise<void> {
  const { bytes, ...rest } = await received;
  expect({ ...rest, length: bytes.length }).toEqual({ end, length });
  // A byte-by-byte `toEqual` would take a second.
  expect(bytes.equals(TEXT.subarray(0, length))).toBe(true);
}

const TEXT = Buffer.concat([...noise(1, 150_000)]);

describe('the fault proxy', () => {
  it.each<readonly [string, LinkFaults]>([
    ['without faults', {}],
    ['in small pieces', { up: { pieces: [1, 700] }, down: { pieces: [1000, 1001] } }],
    ['late, and each byte differently', { up: { delay: 5, jitter: 20, pieces: [1, 9000] } }],
  ])('passes every byte and each end of writing on, in order: %s', async (_title, faults) => {
    const { near, far } = await joined(faults);
    near.socket.end(TEXT);
    await expectReceived(far, TEXT.length, 'end');
    far.socket.end(TEXT);
    await expectReceived(near, TEXT.length, 'end');
  });

  it('passes no more bytes in a second than it may', async () => {
    const { near, far } = await joined({ up: { rate: 500_000, pieces: [5000, 5000] } });
    // The fake clock of the pipe moves only when the test advances it; sockets go on by themselves.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const start = performance.now();
    near.socket.end(TEXT);
    const received = expectReceived(far, TEXT.length, 'end');
    const state = { isReceived: false };
    const noted = received.finally(() => (state.isReceived = true));
    while (!state.isReceived) {
      vi.advanceTimersByTime(1);
      await new Promise(setImmediate);
    }
    await noted;
    expect(performance.now() - start).toBeGreaterThanOrEqual(290);
  });

  it.each(['reset', 'end'] as const)('cuts after exactly so many bytes: %s', async (how) => {
    const { near, far } = await joined({ up: { cut: { after: 77_777, how } } });
    near.socket.write(TEXT);
    await expectReceived(far, 77_777, how);
    expect((await near.received).end).toBe(how);
  });

  it('passes a reset on', async () => {
    const { near, far } = await joined({});
    near.socket.write('purr');
    await once(far.socket, 'data');
    far.socket.resetAndDestroy();
    expect((await near.received).end).toBe('reset');
  });

  it('as a black hole passes nothing, and all of it once it is restored', async () => {
    const { proxy, near, far } = await joined({});
    near.socket.write(TEXT.subarray(0, 7));
    await once(far.socket, 'data');
    proxy.swallow();
    let heard = 0;
    far.socket.on('data', (data) => (heard += data.length));
    near.socket.end(TEXT.subarray(7));
    // A new connection is accepted, and gets nothing else.
    const late = sideOf(connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true }));
    await once(late.socket, 'connect');
    await new Promise((resolve) => late.socket.write('mew', resolve));
    expect(heard).toBe(0);
    proxy.restore();
    await expectReceived(far, TEXT.length, 'end');
  });

  it('does the same to the same connection whenever its seed is the same', async () => {
    const faults = (_index: number, roll: Roll): LinkFaults => ({
      up: { cut: { after: 1 + roll(TEXT.length), how: 'end' } },
    });
    const lengths: number[] = [];
    for (let run = 0; run < 2; run++) {
      const { near, far } = await joined(faults);
      near.socket.write(TEXT);
      lengths.push((await far.received).bytes.length);
    }
    expect(lengths[0]).toBe(lengths[1]);
    expect(lengths[0]).toBeLessThan(TEXT.length);
  });
});
