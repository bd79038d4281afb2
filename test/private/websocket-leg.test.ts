import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { digestOf, KIB, MIB, noise, receiveAll } from '../support/relay-bulk.ts';
import { KINDS, type Kind, type RawConnection } from '../support/raw-connection.ts';
import { RawWebSocket } from '../support/raw-websocket.ts';
import { expectCleanEnd, untilHeld, useRelayRoom, watchStreams } from '../support/relay-room.ts';

/** Longer than any deadline of the gateway. */
const AN_HOUR_MS = 3_600_000;

const PIECE = 8 * KIB;
const LAST = new Uint8Array(60_000).fill(0x5a);

const BREAKS: ReadonlyArray<readonly [what: string, code: number, breaks: (socket: WebSocket) => void]> = [
  ['closes 1000 without an end of writing', 1000, (socket) => socket.close(1000)],
  ['closes without a code', 1005, (socket) => socket.close()],
  [
    'ends its writing and closes 1000 before the other has ended',
    1000,
    (socket) => {
      socket.send(new Uint8Array(0));
      socket.close(1000);
    },
  ],
  [
    'sends data after its end of writing',
    1002,
    (socket) => {
      socket.send(new Uint8Array(0));
      socket.send(new Uint8Array(1));
    },
  ],
  [
    'ends its writing twice',
    1002,
    (socket) => {
      socket.send(new Uint8Array(0));
      socket.send(new Uint8Array(0));
    },
  ],
  ['sends text', 1003, (socket) => socket.send('text')],
  ['sends a message over 64 KiB', 1009, (socket) => socket.send(new Uint8Array(64 * KIB + 1))],
];

describe('a WebSocket endpoint', () => {
  const running = useRelayRoom();

  /** Establishes a private connection; gives the gateway's own ends of both sides, too. */
  async function establish(
    otherKind: Kind,
  ): Promise<
    [endpoint: RawWebSocket, other: RawConnection, { ofEndpoint: ByteStream; ofOther: ByteStream }]
  > {
    const streams = watchStreams(running.gateway);
    const requester = await running.room.join('requester', 'websocket');
    const target = await running.room.join('target', otherKind);
    const [endpoint, other] = await running.room.establish(requester, target);
    if (!(endpoint instanceof RawWebSocket)) throw new Error('not a WebSocket');
    const [ofEndpoint, ofOther] = streams.slice(-2);
    if (!ofEndpoint || !ofOther) throw new Error('no endpoints');
    return [endpoint, other, { ofEndpoint, ofOther }];
  }

  async function untilEndpointsFreed(): Promise<void> {
    await untilHeld(running.gateway, { connections: 2, clients: 2 });
  }

  describe.each(KINDS)('whose other endpoint is %s', (otherKind) => {
    it.each(BREAKS)(
      'D21, D25, D26: that %s (%i) is broken, and breaks the other',
      async (_, code, breaks) => {
        const [endpoint, other] = await establish(otherKind);
        await endpoint.write('ab');
        await other.inbox.expect('ab');
        breaks(endpoint.socket);
        expect(await endpoint.over).toMatchObject({ code });
        // The gateway may have passed on its own end only, and a socket that has read that must write to learn of more.
        while (await other.write('77')) await new Promise(setImmediate);
        expect((await other.over).reset).toBe(true);
        await untilEndpointsFreed();
      },
    );

    it('D25: may close 1000 by itself as soon as both have ended, and loses nothing by it', async () => {
      const [endpoint, other] = await establish(otherKind);
      other.end();
      await endpoint.inbox.expectEnd();
      const received = receiveAll(other);
      // All messages are sent in one go, so that the close frame is behind everything, whatever the gateway can take at
      // once.
      for (const chunk of noise(5, MIB)) endpoint.socket.send(chunk);
      endpoint.end();
      endpoint.socket.close(1000);
      expect(await received).toEqual(digestOf(noise(5, MIB)));
      await expectCleanEnd(endpoint);
      await expectCleanEnd(other);
      await untilEndpointsFreed();
    });

    it('D24, D25: twenty thousand messages of a byte come whole, and both ends behind them', async () => {
      const [endpoint, other] = await establish(otherKind);
      other.end();
      await endpoint.inbox.expectEnd();
      const received = receiveAll(other);
      const sent = Buffer.concat([...noise(7, 20_000)]);
      for (const byte of sent) endpoint.socket.send(Buffer.of(byte));
      endpoint.end();
      endpoint.socket.close(1000);
      expect(await received).toEqual(digestOf([sent]));
      await expectCleanEnd(endpoint);
      await expectCleanEnd(other);
      await untilEndpointsFreed();
    });

    it('D25: may do so even while the other reads nothing, and loses nothing by it', async () => {
      const [endpoint, other, hold] = await establish(otherKind);
      other.end();
      await endpoint.inbox.expectEnd();
      other.pause();
      const sent = await fill(endpoint, 5, hold.ofOther);
      // All of it is in one packet: the gateway may have read the close before it can pass on the last bytes.
      endpoint.socket.send(LAST);
      endpoint.end();
      endpoint.socket.close(1000);
      const received = receiveAll(other);
      other.resume();
      expect(await received).toEqual(digestOf(sent(), [LAST]));
      await expectCleanEnd(endpoint);
      await expectCleanEnd(other);
      await untilEndpointsFreed();
    });
  });

  describe.each(KINDS)('that reads nothing for an hour, whose other endpoint is %s', (otherKind) => {
    // The clock of the gateway's deadlines is fake; the sockets themselves go on.
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
    afterEach(() => void vi.useRealTimers());

    it.each(['the other’s', 'its own'])(
      'D20, D25: gets all that was held for it when the last end came, which was %s',
      async (last) => {
        const [endpoint, other, hold] = await establish(otherKind);
        if (last === 'the other’s') {
          endpoint.end();
          await other.inbox.expectEnd();
        }
        endpoint.pause();
        const sent = await fill(other, 6, hold.ofEndpoint);
        other.end();
        if (last === 'its own') {
          await running.room.join('barrier', otherKind);
          endpoint.end();
          await other.inbox.expectEnd();
        }
        await expectCleanEnd(other);
        vi.advanceTimersByTime(AN_HOUR_MS);
        const received = receiveAll(endpoint);
        endpoint.resume();
        expect(await received).toEqual(digestOf(sent()));
        await expectCleanEnd(endpoint);
      },
    );
  });
});

/**
 * Sends until the gateway has pending bytes for the other side, which does not read but takes more; gives what was sent.
 */
async function fill(
  from: RawConnection,
  seed: number,
  other: ByteStream,
): Promise<() => Iterable<Uint8Array>> {
  let count = 0;
  for (const piece of pieces(seed)) {
    if (other.buffered >= 2 * PIECE) break;
    await from.write(piece);
    count++;
    await new Promise(setImmediate);
  }
  expect(other.buffered).toBeGreaterThanOrEqual(2 * PIECE);
  return () => pieces(seed, count);
}

/** Generates small pieces of noise. */
function* pieces(seed: number, count = 2048): Generator<Uint8Array> {
  for (const chunk of noise(seed, count * PIECE))
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}
