/**
 * Fragments (RFC 6455 §5.4) over ws and wss: they count as they come, under the limits and deadlines of TCP (D24–D26).
 */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Limits } from '../../server/chat/limits/limits.ts';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import { ACCEPTED, bytes, login, message } from '../support/raw-hex.ts';
import type { TestGateway } from '../support/raw-connection.ts';
import { connectUnder, startSecureGateway } from '../support/secure-gateway.ts';

const MAX_EMPTY_FRAGMENTS = 64;

/** Builds a frame with a mask of zeros. */
function frame(first: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const head =
    payload.length < 126
      ? [first, 0x80 | payload.length]
      : [first, 0x80 | 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.of(...head, 0, 0, 0, 0), payload]);
}

/** WebSocket client that records what comes: payload, in hex, and pongs. */
class Peer {
  readonly socket: WebSocket;
  got = '';
  readonly pongs: string[] = [];
  readonly closed: Promise<number>;
  readonly #under: { write(bytes: Uint8Array): unknown };
  #wake: () => void = () => {};

  constructor({ socket, under }: Awaited<ReturnType<typeof connectUnder>>) {
    this.socket = socket;
    this.#under = under;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.got += data.length === 0 ? 'end' : data.toString('hex');
      this.#wake();
    });
    socket.on('pong', (data) => {
      this.pongs.push(data.toString());
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  write(...frames: readonly Buffer[]): void {
    this.#under.write(Buffer.concat(frames));
  }

  async until(hex: string): Promise<void> {
    while (!this.got.startsWith(hex)) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.got = this.got.slice(hex.length);
  }
}

describe.each(['ws', 'wss'] as const)('fragments over %s', (scheme) => {
  let gateway: TestGateway;
  const clock = new ManualClock();
  const peers: Peer[] = [];
  afterEach(async () => {
    for (const { socket } of peers.splice(0)) socket.terminate();
    await gateway.stop();
  });

  async function join(name: string, protocol = 'chaton.v1'): Promise<Peer> {
    const peer = new Peer(await connectUnder(gateway, scheme, protocol));
    peers.push(peer);
    peer.write(frame(0x82, bytes(login(name))));
    await peer.until(ACCEPTED);
    return peer;
  }

  async function start(limits: Partial<Limits> = {}, withClock?: ManualClock): Promise<void> {
    gateway = await startSecureGateway(limits, withClock);
  }

  it('D24: a command is carried out when its last byte is there, though the message goes on', async () => {
    await start();
    const alice = await join('alice');
    const hello = bytes(message('alice', 'hello'));
    alice.write(
      frame(0x02, hello.subarray(0, 5)),
      frame(0x89, Buffer.from('between')),
      frame(0x00, hello.subarray(5)),
    );
    await alice.until(message('alice', 'hello'));
    expect(alice.pongs).toEqual(['between']);
    alice.write(frame(0x00, hello), frame(0x80), frame(0x82, hello));
    await alice.until(message('alice', 'hello') + message('alice', 'hello'));
  });

  it('D24: sixteen thousand fragments of a byte are what their bytes are', async () => {
    await start();
    const alice = await join('alice');
    const said = message('alice', 'x'.repeat(1000)).repeat(15);
    const all = [...bytes(said)].map((byte, i) => frame(i === 0 ? 0x02 : 0x00, Uint8Array.of(byte)));
    alice.write(...all);
    await alice.until(said);
  });

  it('D3, D24: half a command in a fragment is cut when a command has to be complete', async () => {
    await start({ commandTime: 5 * SECOND }, clock);
    const alice = await join('alice');
    alice.write(frame(0x02, bytes(message('alice', 'hello')).subarray(0, 5)), frame(0x89, Buffer.from('?')));
    await expect.poll(() => alice.pongs).toEqual(['?']);
    clock.advance(3 * SECOND);
    alice.write(frame(0x00, Uint8Array.of(0)), frame(0x89, Buffer.from('!')));
    await expect.poll(() => alice.pongs).toEqual(['?', '!']);
    clock.advance(5 * SECOND);
    expect(await alice.closed).toBe(1008);
  });

  it.each([
    ['half a head', [Buffer.of(0x82)]],
    ['a message without a byte that goes on', [frame(0x02), frame(0x00)]],
    ['half a ping', [frame(0x89, Buffer.from('abc')).subarray(0, 8)]],
  ])('D24: %s is not waited for longer than for a command', async (_, begun) => {
    await start({ commandTime: 5 * SECOND }, clock);
    const alice = await join('alice');
    const bob = await join('bob');
    alice.write(frame(0x89, Buffer.from('?')), ...begun);
    await expect.poll(() => alice.pongs).toEqual(['?']);
    clock.advance(7 * SECOND);
    expect(await alice.closed).toBe(1008);
    bob.write(frame(0x82, bytes(message('bob', 'still here'))));
    await bob.until(message('bob', 'still here'));
  });

  it('D24: a message that goes on behind whole commands is like any silence', async () => {
    await start({ commandTime: 5 * SECOND, pingInterval: 3_600 * SECOND }, clock);
    const alice = await join('alice');
    alice.write(frame(0x02, bytes(message('alice', 'one'))));
    await alice.until(message('alice', 'one'));
    // A write over TLS is known to be taken only in a later turn.
    for (let second = 0; second < 60; second++) {
      clock.advance(SECOND);
      await new Promise(setImmediate);
    }
    alice.write(frame(0x80, bytes(message('alice', 'two'))));
    await alice.until(message('alice', 'two'));
  });

  it('D24: a message has only so many fragments without a byte', async () => {
    await start();
    const alice = await join('alice');
    const empty = Array<Buffer>(MAX_EMPTY_FRAGMENTS - 1).fill(frame(0x00));
    alice.write(frame(0x02), ...empty, frame(0x80, bytes(message('alice', 'so many'))));
    await alice.until(message('alice', 'so many'));
    alice.write(frame(0x02), ...empty, frame(0x00), frame(0x80));
    expect(await alice.closed).toBe(1008);
    expect(alice.got).toBe('');
  });

  it('D25: a message whose fragments are all empty is the end of writing', async () => {
    await start();
    const alice = await join('alice');
    alice.write(frame(0x02), frame(0x00), frame(0x80));
    await alice.until('end');
    expect(await alice.closed).toBe(1000);
  });

  it('D26: fragments over 64 KiB close with 1009, after all that came before', async () => {
    await start();
    const alice = await join('alice');
    const said = bytes(message('alice', 'x'.repeat(1000)));
    const count = Math.floor(65_536 / said.length);
    alice.write(frame(0x02), ...Array<Buffer>(count).fill(frame(0x00, said)), frame(0x00, said));
    await alice.until(said.toString('hex').repeat(count));
    expect(await alice.closed).toBe(1009);
  });

  it('D28: a text in fragments is one, is bounded in bytes and fragments, and has its time', async () => {
    await start({ commandTime: 5 * SECOND }, clock);
    const ping = Buffer.from('{"type":"ping"}');
    const alice = await join('alice', 'chaton.web.v1');
    const told = new Promise((resolve) =>
      alice.socket.on('message', (data: Buffer, isBinary) => {
        if (!isBinary && data.toString().includes('"received"')) resolve(data.toString());
      }),
    );
    alice.write(frame(0x01, ping.subarray(0, 4)), frame(0x00), frame(0x80, ping.subarray(4)));
    expect(await told).toBe('{"type":"received","bytes":10}');
    alice.write(frame(0x01, new Uint8Array(700).fill(32)), frame(0x00, new Uint8Array(100)));
    expect(await alice.closed).toBe(1002);
    const bob = await join('bob', 'chaton.web.v1');
    bob.write(frame(0x01), ...Array<Buffer>(MAX_EMPTY_FRAGMENTS).fill(frame(0x00)));
    expect(await bob.closed).toBe(1008);
    const carol = await join('carol', 'chaton.web.v1');
    carol.write(frame(0x01, ping), frame(0x89, Buffer.from('?')));
    await expect.poll(() => carol.pongs).toEqual(['?']);
    clock.advance(7 * SECOND);
    expect(await carol.closed).toBe(1008);
  });

  it('RFC 6455 §5.5.3: of many pings at once the last is answered', async () => {
    await start();
    const alice = await join('alice');
    // The pings are fewer than are read without throttling.
    const count = 400;
    alice.write(...Array.from({ length: count }, (_, i) => frame(0x89, Buffer.from(String(i)))));
    await expect.poll(() => alice.pongs.at(-1)).toBe(String(count - 1));
    expect(alice.pongs.length).toBeLessThan(count / 2);
  });
});
