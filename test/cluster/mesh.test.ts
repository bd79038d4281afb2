/** Hops between nodes: the same bytes, in order, with the ends that a connection may have (D20, D21). */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeHop, encodeHop } from '../../server/cluster/hops/hop-header.ts';
import { deriveKey } from '../../server/cluster/hops/secret.ts';
import { TcpMesh } from '../../server/cluster/hops/tcp-mesh.ts';
import type { HopOutcome } from '../../shared/protocol/reasons.ts';
import type { Hop } from '../../server/cluster/mesh.ts';
import { LivenessMonitor } from '../../server/transport/socket/liveness.ts';
import { readBuffer } from '../../server/transport/socket/shared-read-buffer.ts';
import type { ByteStream, Closed } from '../../shared/stream/byte-stream.ts';
import { BACKPRESSURE } from '../../shared/stream/holds.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { pause } from './support/engine.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const KEY = randomBytes(32);
const HOP: Hop = {
  connectId: -7,
  first: { incarnation: '0123456789abcdef', session: 2 ** 33 },
  second: { incarnation: 'fedcba9876543210', session: 1 },
};

/** One end of a hop, with everything that came. */
class End {
  readonly stream: ByteStream;
  readonly received: Buffer[] = [];
  readonly closed: Promise<Closed>;
  length = 0;
  hasEnded = false;
  drains = 0;
  #onClosed!: (closed: Closed) => void;
  #wake: () => void = () => {};

  constructor(stream: ByteStream) {
    this.stream = stream;
    this.closed = new Promise((resolve) => (this.#onClosed = resolve));
    stream.attach({
      onData: (bytes) => {
        this.received.push(Buffer.from(bytes));
        this.length += bytes.length;
        this.#wake();
      },
      onEnd: () => {
        this.hasEnded = true;
        this.#wake();
      },
      onWritable: () => {
        this.drains++;
        this.#wake();
      },
      onFault() {},
      onClose: (closed) => {
        this.#onClosed(closed);
        this.#wake();
      },
    });
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

interface Reported {
  readonly outcome: HopOutcome;
  readonly words: string;
}

const meshes: TcpMesh[] = [];
const listen = async (key = KEY) => {
  const reports: Reported[] = [];
  const monitor = new LivenessMonitor(DEFAULT_LIMITS);
  const mesh = await TcpMesh.listen({
    host: '127.0.0.1',
    port: 0,
    advertise: null,
    hostname: 'localhost',
    key,
    monitor,
    report: (outcome, _address, words) => reports.push({ outcome, words }),
  });
  meshes.push(mesh);
  const accepted = new Promise<{ hop: Hop; end: End }>((resolve) => {
    mesh.onHop = (hop, stream) => {
      resolve({ hop, end: new End(stream) });
      return true;
    };
  });
  return { mesh, reports, monitor, accepted };
};
/** How a hop goes: a name is no address of which it is known that it is this machine's. */
const WAYS = [
  ['loopback', (address: string) => address],
  ['TLS', (address: string) => address.replace('127.0.0.1', 'localhost')],
] as const;
const couple = async (addressOf: (address: string) => string) => {
  const [there, here] = [await listen(), await listen()];
  const near = new End(here.mesh.dial(addressOf(there.mesh.address), HOP));
  const { hop, end: far } = await there.accepted;
  return { near, far, hop, here, there };
};

afterEach(() => {
  for (const mesh of meshes.splice(0)) mesh.close();
});

describe.each(WAYS)('a hop between two nodes, over %s,', (way, addressOf) => {
  it('says what it is for, stands at both ends, and ends cleanly when both have ended their writing', async () => {
    const { near, far, hop, here, there } = await couple(addressOf);
    expect(hop).toEqual(HOP);
    near.stream.write(Buffer.from('from here'));
    far.stream.write(Buffer.from('from there'));
    near.stream.end();
    await far.until(() => far.hasEnded);
    // The other direction stays open.
    far.stream.write(Buffer.from(', and more'));
    far.stream.end();
    expect(await Promise.all([near.closed, far.closed])).toMatchObject([{ clean: true }, { clean: true }]);
    expect(Buffer.concat(far.received).toString()).toBe('from here');
    expect(Buffer.concat(near.received).toString()).toBe('from there, and more');
    expect([...here.reports, ...there.reports]).toEqual([
      { outcome: 'dialled', words: `hop to another node, over ${way}` },
      { outcome: 'accepted', words: `hop from another node, over ${way}` },
    ]);
    expect([here.monitor.size, there.monitor.size]).toEqual([0, 0]);
  });

  it('hands on the same bytes, however they are written and whenever the reader pauses', async () => {
    const step = fc.record({ size: fc.nat({ max: 70_000 }), pauses: fc.boolean(), turns: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { near, far } = await couple(addressOf);
        const sent: Buffer[] = [];
        for (const { size, pauses, turns } of steps) {
          const bytes = randomBytes(size);
          sent.push(Buffer.from(bytes));
          near.stream.write(bytes);
          // Only what is valid during the call may be used.
          bytes.fill(0);
          if (pauses) far.stream.hold(BACKPRESSURE);
          if (turns) await new Promise((resolve) => setImmediate(resolve));
          if (turns) far.stream.release(BACKPRESSURE);
        }
        near.stream.end();
        far.stream.release(BACKPRESSURE);
        await far.until(() => far.hasEnded);
        expect(Buffer.concat(far.received).equals(Buffer.concat(sent))).toBe(true);
        far.stream.end();
        expect((await near.closed).clean).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('brings as much as it likes: the bound on what is no content of a client is not for a gateway', async () => {
    const { near, far } = await couple(addressOf);
    near.stream.write(Buffer.alloc(300_000));
    await far.until(() => far.length === 300_000);
    // All connections over TLS are looked at once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    near.stream.write(Buffer.from('more'));
    await far.until(() => far.length === 300_004);
  });

  it('hands on together what came in one turn, though TLS hands on 16 KiB at a time', async () => {
    const { near, far } = await couple(addressOf);
    const bytes = randomBytes(4 * 1024 * 1024);
    near.stream.write(bytes);
    await far.until(() => far.length === bytes.length);
    expect(Buffer.concat(far.received).equals(bytes)).toBe(true);
    expect(Math.max(...far.received.map(({ length }) => length))).toBeGreaterThan(32 * 1024);
    expect(far.received.length).toBeLessThan(bytes.length / (16 * 1024));
  });

  it('hands on everything that came before an end, and before the reader paused, in its order', async () => {
    const { near, far } = await couple(addressOf);
    const bytes = randomBytes(3 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at += 10_000) near.stream.write(bytes.subarray(at, at + 10_000));
    near.stream.end();
    await far.until(() => far.length > 0);
    // Part of it has been read from the connection, and not been handed on.
    far.stream.hold(BACKPRESSURE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { length } = far;
    await new Promise((resolve) => setImmediate(resolve));
    expect(far.length).toBe(length);
    far.stream.release(BACKPRESSURE);
    await far.until(() => far.hasEnded);
    expect(Buffer.concat(far.received).equals(bytes)).toBe(true);
  });

  it('sends bytes of the shared read buffer as they are, with the head of the frame before them', async () => {
    const { near, far } = await couple(addressOf);
    const sent: Buffer[] = [];
    for (const size of [1, 70_000, 256 * 1024, 3]) {
      const bytes = randomBytes(size);
      sent.push(bytes);
      readBuffer.set(bytes);
      near.stream.write(readBuffer.subarray(0, size));
      readBuffer.fill(0);
    }
    near.stream.end();
    await far.until(() => far.hasEnded);
    expect(Buffer.concat(far.received).equals(Buffer.concat(sent))).toBe(true);
  });

  it('holds the writer when the reader pauses, keeps what is queued bounded, and goes on', async () => {
    const { near, far } = await couple(addressOf);
    far.stream.hold(BACKPRESSURE);
    const block = Buffer.alloc(64 * 1024, 7);
    let written = 0;
    // The kernel's buffers take some MiB; then the writer is held.
    for (;;) {
      written += block.length;
      if (!near.stream.write(block)) {
        const before = near.drains;
        const goesOn = await Promise.race([
          near.until(() => near.drains > before).then(() => true),
          new Promise<false>((resolve) => setTimeout(() => resolve(false), 300)),
        ]);
        if (!goesOn) break;
      }
    }
    expect(far.length).toBe(0);
    expect(near.stream.buffered).toBeLessThan(2 * 1024 * 1024);
    far.stream.release(BACKPRESSURE);
    near.stream.end();
    await far.until(() => far.hasEnded);
    expect(far.length).toBe(written);
  });

  it.each(['while it writes', 'when it has half-closed'])(
    'is reset, and never ends cleanly, when the other process is killed %s',
    async (when) => {
      const { mesh, accepted } = await listen();
      const script = fileURLToPath(new URL('support/hop-process.ts', import.meta.url));
      const endsAfter = when === 'while it writes' ? [] : ['20'];
      const child = spawn(process.execPath, [
        script,
        addressOf(mesh.address),
        KEY.toString('hex'),
        ...endsAfter,
      ]);
      try {
        const { end } = await accepted;
        await end.until(() => (endsAfter.length > 0 ? end.hasEnded : end.length > 2_000));
        child.kill('SIGKILL');
        expect((await end.closed).clean).toBe(false);
        expect(end.hasEnded).toBe(endsAfter.length > 0);
      } finally {
        child.kill('SIGKILL');
      }
    },
  );

  it('is reset at the other end when one aborts, though both have ended nothing', async () => {
    const { near, far } = await couple(addressOf);
    near.stream.write(Buffer.from('half of it'));
    await far.until(() => far.length > 0);
    near.stream.abort();
    expect((await far.closed).clean).toBe(false);
    expect((await near.closed).clean).toBe(false);
    expect(far.hasEnded).toBe(false);
  });

  it('is refused with another secret, which is said and counted, and so is what is no hop', async () => {
    const [there, here] = [await listen(), await listen(randomBytes(32))];
    const near = new End(here.mesh.dial(addressOf(there.mesh.address), HOP));
    expect((await near.closed).clean).toBe(false);
    // Over TLS as well, since the other side may not know of anything else.
    const times = way === 'TLS' ? 1 : 2;
    expect(there.reports.map(({ outcome }) => outcome)).toEqual(Array(times).fill('wrong secret'));
    // Both sides say in a sentence which settings differ, and no line of OpenSSL.
    expect(here.reports.map(({ outcome }) => outcome)).toEqual(['wrong secret']);
    const words = new Set([...there.reports, ...here.reports].map((report) => report.words));
    expect([...words]).toEqual([expect.stringMatching(/^that gateway and this one .*--cluster-secret-file/)]);
    // Somebody who speaks no TLS.
    const { port } = new URL(`http://${there.mesh.address}`);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    const isGone = new Promise((resolve) => socket.on('close', resolve));
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await isGone;
    const [stranger] = there.reports.slice(times);
    expect(stranger?.outcome).toBe('unwanted');
    expect(stranger?.words).toMatch(/^the other side is no gateway of this room: [a-z ]+$/);
  });

  it('is refused when nobody waits for it, and fails when nobody is there', async () => {
    const [there, here] = [await listen(), await listen()];
    there.mesh.onHop = () => false;
    const unwanted = new End(here.mesh.dial(addressOf(there.mesh.address), HOP));
    expect((await unwanted.closed).clean).toBe(false);
    expect(there.reports.map(({ outcome }) => outcome)).toEqual(['unwanted']);
    there.mesh.close();
    const nobody = new End(here.mesh.dial(addressOf(there.mesh.address), HOP));
    expect((await nobody.closed).clean).toBe(false);
    expect(here.reports.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
  });
});

describe('a hop', () => {
  it.each(['up', 'down'] as const)(
    'stands while nobody says anything, and breaks at both ends when its direction %s is lost, half-closed as it is',
    async (lost) => {
      const [there, here] = [await listen(), await listen()];
      const { port } = new URL(`http://${there.mesh.address}`);
      const proxy = await FaultProxy.start({ target: { host: '127.0.0.1', port: Number(port) } });
      try {
        const near = new End(here.mesh.dial(`localhost:${proxy.port}`, HOP));
        const { end: far } = await there.accepted;
        near.stream.end();
        await far.until(() => far.hasEnded);
        const [link] = proxy.links;
        const { up, down } = link!;
        const passFiveSeconds = () => {
          for (let second = 0; second < 5; second++) for (const { monitor } of [here, there]) monitor.tick();
        };
        for (let turn = 0; turn < 12; turn++) {
          const before = [up.passed, down.passed];
          passFiveSeconds();
          while (up.passed === before[0] || down.passed === before[1]) await pause();
        }
        expect([here.monitor.size, there.monitor.size]).toEqual([1, 1]);
        link![lost].hold();
        const isOver = Promise.all([near.closed, far.closed]);
        for (let turn = 0; turn < 5; turn++) {
          const other = link![lost === 'up' ? 'down' : 'up'];
          const { passed } = other;
          passFiveSeconds();
          while (other.passed === passed && !link!.isGone) await pause();
        }
        const ends = await isOver;
        expect(ends.map(({ clean }) => clean)).toEqual([false, false]);
        expect(ends[lost === 'up' ? 1 : 0].givenUp).toBe('silent');
      } finally {
        await proxy.stop();
      }
    },
  );

  it.each(['127.0.0.1:99999', 'nowhere', '[::zz]:1', ''])(
    'fails like any other when a node says that it is at %j, where nobody can be',
    async (address) => {
      const here = await listen();
      const near = new End(here.mesh.dial(address, HOP));
      expect((await near.closed).clean).toBe(false);
      expect(here.reports.map(({ outcome }) => outcome)).toEqual(['failed']);
    },
  );

  it('has a header that is read as it was written, and a key of its own for each room', () => {
    expect(decodeHop(encodeHop(HOP))).toEqual(HOP);
    expect(decodeHop(encodeHop(HOP).subarray(1))).toBe(null);
    const keys = ['main', 'other'].map((room) =>
      deriveKey('a secret of some length', room, 'hops').toString('hex'),
    );
    expect(new Set(keys).size).toBe(2);
  });
});
