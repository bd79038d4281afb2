/** The proof that both ends of a hop within a machine have the key: what a stranger can send, and who may stand between. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeHop } from '../../server/cluster/hops/hop-header.ts';
import { proveAsDialled, proveAsDialler } from '../../server/cluster/hops/loopback.ts';
import { deriveKey } from '../../server/cluster/hops/secret.ts';
import { TcpMesh } from '../../server/cluster/hops/tcp-mesh.ts';
import type { HopOutcome } from '../../shared/protocol/reasons.ts';
import type { Hop } from '../../server/cluster/mesh.ts';
import { LivenessMonitor } from '../../server/transport/socket/liveness.ts';
import { DEAF, type ByteStream, type Closed } from '../../shared/stream/byte-stream.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const SECRET = randomBytes(32);
const KEY = deriveKey(SECRET, '', 'hops over loopback');
const HOP: Hop = {
  connectId: 7,
  first: { incarnation: '0123456789abcdef', session: 2 },
  second: { incarnation: 'fedcba9876543210', session: 1 },
};
const [DIALLER, DIALLED] = [1, 2];
const STANDS = Buffer.of(0, 0, 0, 1, 1);

const open: { close(): unknown }[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const one of open.splice(0)) one.close();
});

async function node() {
  const reports: HopOutcome[] = [];
  const words: string[] = [];
  const hops: Hop[] = [];
  let onReport = () => {};
  const mesh = await TcpMesh.listen({
    ...{ host: '127.0.0.1', port: 0, advertise: null, hostname: 'localhost', key: SECRET },
    monitor: new LivenessMonitor(DEFAULT_LIMITS),
    report(outcome, _address, said) {
      reports.push(outcome);
      words.push(said);
      onReport();
    },
  });
  open.push(mesh);
  mesh.onHop = (hop, stream) => {
    hops.push(hop);
    stream.attach(DEAF);
    return true;
  };
  const reported = async (count: number) => {
    while (reports.length < count) await new Promise<void>((resolve) => (onReport = resolve));
    return reports;
  };
  return { mesh, port: Number(mesh.address.split(':')[1]), reports, words, hops, reported };
}

/** Somebody at a port who handles each connection by hand; resolves with the port. */
async function stranger(handle: (socket: Socket, count: number) => void): Promise<number> {
  let count = 0;
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    open.push({ close: () => socket.destroy() });
    handle(socket, ++count);
  });
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** A connection that dials by hand, and everything that came on it. */
class Dialler {
  readonly socket: Socket;
  readonly ended: Promise<unknown>;
  received = Buffer.alloc(0);
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.on('close', resolve));
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        this.received = Buffer.concat([this.received, bytes]);
        this.#wake();
      });
    open.push({ close: () => socket.destroy() });
  }

  static async to(port: number): Promise<Dialler> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Dialler(socket);
  }

  hello({ nonce = randomBytes(32), port = this.socket.localPort } = {}): Buffer {
    return helloAt([`127.0.0.1 ${port}`, `127.0.0.1 ${this.socket.remotePort}`], nonce);
  }

  async read(length: number): Promise<Buffer> {
    while (this.received.length < length) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.received.subarray(0, length);
  }

  /** Writes in pieces of so many bytes, each in a turn of its own. */
  async writeBy(size: number, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += size) {
      this.socket.write(bytes.subarray(at, at + size));
      await turn();
    }
  }
}

/** A hello between two ends, that of the dialler first. */
function helloAt(ends: readonly string[], nonce = randomBytes(32)): Buffer {
  const machine = `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')} ${readlinkSync('/proc/self/ns/net')}`;
  const place = createHash('sha256')
    .update([machine, ...ends].join('\n'))
    .digest();
  return Buffer.concat([Buffer.from('chaton\0\x01', 'latin1'), nonce, encodeHop(HOP), place]);
}

function mac(role: number | undefined, hello: Buffer, nonce: Buffer, key = KEY): Buffer {
  return createHmac('sha256', key).update(Buffer.of(role!)).update(hello).update(nonce).digest();
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function closedOf(stream: ByteStream): Promise<Closed> {
  return new Promise((resolve) => stream.attach({ ...DEAF, onClose: resolve }));
}

describe('a node that is dialled without TLS', () => {
  it('proves that it has the key, and takes a hop whose other side does too, however slowly it writes', async () => {
    for (const size of [1, 7, 1_000]) {
      const there = await node();
      const dialler = await Dialler.to(there.port);
      const hello = dialler.hello();
      await dialler.writeBy(size, hello);
      const answer = await dialler.read(64);
      const nonce = answer.subarray(0, 32);
      expect(answer.subarray(32).equals(mac(DIALLED, hello, nonce))).toBe(true);
      expect(there.hops).toEqual([]);
      await dialler.writeBy(size, mac(DIALLER, hello, nonce));
      expect((await dialler.read(64 + STANDS.length)).subarray(64).equals(STANDS)).toBe(true);
      expect(there.hops).toEqual([HOP]);
      expect(there.reports).toEqual(['accepted']);
    }
  });

  it.each<[string, (hello: Buffer, nonce: Buffer, answer: Buffer) => Buffer]>([
    ['another key', (hello, nonce) => mac(DIALLER, hello, nonce, randomBytes(32))],
    ['the key itself, and none derived for this', (hello, nonce) => mac(DIALLER, hello, nonce, SECRET)],
    ['its own proof', (_hello, _nonce, answer) => answer.subarray(32)],
    ['its own challenge', (_hello, nonce) => nonce],
    ['a proof of another hello', (hello, nonce) => mac(DIALLER, Buffer.from(hello).fill(1, 8, 40), nonce)],
    ['a proof of another hop', (hello, nonce) => mac(DIALLER, Buffer.from(hello).fill(1, 41, 45), nonce)],
    ['a proof for another challenge', (hello) => mac(DIALLER, hello, randomBytes(32))],
    ['nothing but an end', () => Buffer.alloc(0)],
  ])('is answered by %s: nothing is believed, and it is counted', async (_what, proofOf) => {
    const there = await node();
    const dialler = await Dialler.to(there.port);
    const hello = dialler.hello();
    dialler.socket.write(hello);
    const answer = await dialler.read(64);
    dialler.socket.end(
      Buffer.concat([proofOf(hello, answer.subarray(0, 32), answer), STANDS]).subarray(0, 31 + 6),
    );
    await dialler.ended;
    expect(await there.reported(1)).toEqual(['wrong secret']);
    expect(there.hops).toEqual([]);
    // It says nothing that tells one reason from another.
    expect(dialler.received.length).toBe(64);
  });

  it('does not take what was said once for another time', async () => {
    const there = await node();
    const nonce = randomBytes(32);
    const first = await Dialler.to(there.port);
    const hello = first.hello({ nonce });
    first.socket.write(hello);
    const proof = mac(DIALLER, hello, (await first.read(64)).subarray(0, 32));
    first.socket.write(proof);
    await first.read(64 + STANDS.length);
    const second = await Dialler.to(there.port);
    const again = second.hello({ nonce });
    second.socket.write(again);
    // Challenges of both sides are new each time.
    expect((await second.read(64)).subarray(0, 32).equals(first.received.subarray(0, 32))).toBe(false);
    second.socket.write(proof);
    await second.ended;
    expect(there.reports).toEqual(['accepted', 'wrong secret']);
  });

  it('answers nothing to who says that it is at another place, who speaks TLS then', async () => {
    const there = await node();
    const dialler = await Dialler.to(there.port);
    dialler.socket.write(dialler.hello({ port: 1 }));
    await dialler.ended;
    expect(dialler.received.length).toBe(0);
    expect(there.reports).toEqual(['not local']);
  });

  it('survives whatever is sent, in whatever pieces, cut wherever, and takes no hop for it', async () => {
    const there = await node();
    let count = 0;
    const junk = fc.record({
      size: fc.integer({ min: 4, max: 200 }),
      // What does not begin as a hello is TLS's.
      cut: fc.integer({ min: 1, max: 105 }),
      tail: fc.uint8Array({ maxLength: 200 }),
      flips: fc.array(fc.integer({ min: 1, max: 104 }), { maxLength: 3 }),
      isReset: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(junk, async ({ size, cut, tail, flips, isReset }) => {
        const dialler = await Dialler.to(there.port);
        const hello = dialler.hello();
        for (const at of flips) hello[at]! ^= 0xff;
        const bytes = Buffer.concat([hello.subarray(0, cut), tail]);
        await dialler.writeBy(size, bytes);
        if (isReset) dialler.socket.resetAndDestroy();
        else dialler.socket.end();
        await dialler.ended;
        await there.reported(++count);
      }),
      { numRuns: 50 },
    );
    expect(there.hops).toEqual([]);
    expect(there.reports.length).toBe(count);
    expect(there.reports).not.toContain('accepted');
  });

  it('gives 5 s for all of the proof, and counts who took longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const there = await node();
    const dialler = await Dialler.to(there.port);
    dialler.socket.write(dialler.hello());
    await dialler.read(64);
    vi.advanceTimersByTime(4_999);
    expect(there.reports).toEqual([]);
    vi.advanceTimersByTime(1);
    await dialler.ended;
    expect(there.reports).toEqual(['unwanted']);
  });

  it('keeps no more than 256 that have not proved anything', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const there = await node();
    const waiting = await Promise.all(Array.from({ length: 256 }, () => Dialler.to(there.port)));
    for (const dialler of waiting) dialler.socket.write(dialler.hello());
    await Promise.all(waiting.map((dialler) => dialler.read(64)));
    const late = await Dialler.to(there.port);
    await late.ended;
    expect(there.reports).toEqual(['unwanted']);
  });
});

describe('a node that dials without TLS', () => {
  const dialling = async (handle: (socket: Socket, count: number) => void) => {
    const port = await stranger(handle);
    const here = await node();
    const stream = here.mesh.dial(`127.0.0.1:${port}`, HOP);
    return { here, stream, closed: closedOf(stream) };
  };

  it.each<[string, (hello: Buffer) => Buffer]>([
    ['another key', () => Buffer.concat([randomBytes(32), randomBytes(32)])],
    ['its own challenge', (hello) => Buffer.concat([hello.subarray(8, 40), hello.subarray(8, 40)])],
    [
      'a proof of the wrong role',
      (hello) => Buffer.concat([Buffer.alloc(32), mac(DIALLER, hello, Buffer.alloc(32))]),
    ],
    ['an alert of TLS', () => Buffer.from('15030300020246', 'hex')],
  ])('says no more to who answers with %s, and tries TLS', async (_what, answerOf) => {
    const received: Buffer[] = [];
    let onTls = (_first: Buffer) => {};
    const firstOfTls = new Promise<Buffer>((resolve) => (onTls = resolve));
    const { here, stream, closed } = await dialling((socket, count) => {
      socket.on('data', (bytes: Buffer) => {
        if (count === 1) {
          received.push(bytes);
          socket.end(answerOf(bytes));
        } else {
          onTls(bytes);
          socket.destroy();
        }
      });
    });
    stream.write(Buffer.from('private'));
    expect((await firstOfTls)[0]).toBe(0x16);
    expect((await closed).clean).toBe(false);
    expect(Buffer.concat(received).length).toBe(105);
    expect(here.reports).toEqual(['failed']);
  });

  it('goes over TLS where something passes its bytes on, though both ends have the key', async () => {
    const there = await node();
    const { here, stream } = await dialling((socket) => {
      const onwards = connect({ port: there.port, host: '127.0.0.1', allowHalfOpen: true });
      onwards.on('error', () => {});
      socket.on('close', () => onwards.destroy());
      onwards.on('close', () => socket.destroy());
      socket.pipe(onwards).pipe(socket);
    });
    stream.write(Buffer.from('private'));
    await here.reported(1);
    expect(here.words).toEqual(['hop to another node, over TLS']);
    expect(there.reports).toEqual(['not local', 'accepted']);
    expect(there.hops).toEqual([HOP]);
    stream.abort();
  });

  it('takes nothing from its client until the other side has proved itself, and gives up at once when told to', async () => {
    let onSilent = () => {};
    const silent = new Promise<void>((resolve) => (onSilent = resolve));
    const { here, stream, closed } = await dialling((socket) => socket.once('data', () => onSilent()));
    expect(stream.write(Buffer.from('private'))).toBe(false);
    await silent;
    stream.abort();
    expect(await closed).toEqual({ clean: false });
    expect(here.reports).toEqual(['failed']);
  });

  it('goes on with what was written meanwhile, and with the end behind it', async () => {
    const [there, here] = [await node(), await node()];
    const pieces: string[] = [];
    const ended = new Promise<void>((resolve) => {
      there.mesh.onHop = (_hop, stream) => {
        stream.attach({
          ...DEAF,
          onData: (bytes) => void pieces.push(String(Buffer.from(bytes))),
          onEnd: () => resolve(),
        });
        return true;
      };
    });
    const stream = here.mesh.dial(there.mesh.address, HOP);
    let drains = 0;
    stream.attach({ ...DEAF, onWritable: () => void drains++ });
    stream.write(Buffer.from('one '));
    stream.write(Buffer.from('two'));
    await here.reported(1);
    expect(drains).toBe(1);
    stream.end();
    await ended;
    expect(pieces.join('')).toBe('one two');
  });
});

describe('an end that is not at loopback', () => {
  /** A connection that says where it is, and on which a hello came. */
  function fake(ends: Partial<Socket>, hello: Buffer = Buffer.alloc(0)) {
    const written: Buffer[] = [];
    const stream = new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        written.push(bytes);
        done();
      },
    });
    if (hello.length > 0) stream.push(hello);
    const loopback = { localAddress: '127.0.0.1', localPort: 1, remoteAddress: '127.0.0.1', remotePort: 2 };
    return { socket: Object.assign(stream, loopback, ends) as unknown as Socket, written };
  }

  it.each<Partial<Socket>>([
    { localAddress: '10.0.0.1' },
    { remoteAddress: '10.0.0.1' },
    { remoteAddress: 'fe80::1%lo' },
    { localAddress: '::1', remoteAddress: '::2' },
    { remoteAddress: undefined },
  ])('is told to speak TLS, also by who has the key and sees the same ends: %j', async (ends) => {
    const there = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', ...ends };
    const hello = helloAt([`${there.remoteAddress} 2`, `${there.localAddress} 1`]);
    const { socket, written } = fake(ends, hello);
    expect(await proveAsDialled(socket, KEY)).toBe('not local');
    expect(written).toEqual([]);
  });

  it('is the only reason for that: both ends at loopback, in either spelling, agree, with new challenges each time', async () => {
    const nonces: string[] = [];
    for (const prefix of ['', '::ffff:']) {
      const dialler = fake({ localPort: 2, remotePort: 1 });
      void proveAsDialler(dialler.socket, KEY, HOP);
      dialler.socket.emit('connect');
      while (dialler.written.length === 0) await turn();
      const address = `${prefix}127.0.0.1`;
      const dialled = fake({ localAddress: address, remoteAddress: address }, dialler.written[0]);
      void proveAsDialled(dialled.socket, KEY);
      while (dialled.written.length === 0) await turn();
      nonces.push(dialler.written[0]!.toString('hex', 8, 40), dialled.written[0]!.toString('hex', 0, 32));
    }
    expect(new Set(nonces).size).toBe(4);
  });

  it.each<Partial<Socket>>([{ localAddress: '10.0.0.1' }, { remoteAddress: '192.168.1.1' }])(
    'does not dial without TLS: %j',
    async (ends) => {
      const { socket, written } = fake(ends);
      const proved = proveAsDialler(socket, KEY, HOP);
      socket.emit('connect');
      expect(await proved).toBe(false);
      expect(written).toEqual([]);
    },
  );
});
