import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf, MIB, noise, receiveAll, type Digest } from '../support/relay-bulk.ts';
import type { Kind, RawConnection } from '../support/raw-connection.ts';
import { expectCleanEnd, untilHeld, useRelayRoom } from '../support/relay-room.ts';

/** Number of bytes that is more than the operating system holds between two sockets. */
const SIZE = 48 * MIB;
const ENDS: readonly Kind[] = ['tcp', 'websocket'];
const PAIRS = ENDS.flatMap((writer) => ENDS.map((reader) => [writer, reader] as const));

/** Sends until backpressure; gives the number of bytes taken by then, and the rest of the sending. */
async function fill(
  endpoint: RawConnection,
  seed: number,
): Promise<{ readonly taken: number; readonly sent: Promise<void> }> {
  let taken = 0;
  const offer = async (): Promise<void> => {
    for (const chunk of noise(seed, SIZE)) {
      if (!(await endpoint.write(chunk))) return;
      taken += chunk.length;
    }
  };
  const sent = offer();
  for (let before = -1; before !== taken;) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(SIZE);
  return { taken, sent };
}

/** Reads all that comes until the connection is over; gives its digest, and that of as much of the noise. */
async function receiveUntilOver(
  endpoint: RawConnection,
  seed: number,
): Promise<[got: Digest, wanted: Digest]> {
  const hash = createHash('sha256');
  let size = 0;
  endpoint.inbox.divert((data) => {
    hash.update(data);
    size += data.length;
  });
  endpoint.resume();
  await endpoint.over;
  return [{ size, sha256: hash.digest('hex') }, digestOf(noise(seed, size))];
}

describe.each(PAIRS)(
  'a writer (%s) that is held back by its reader (%s)',
  (writerKind: Kind, readerKind: Kind) => {
    const running = useRelayRoom();

    async function establish(): Promise<[RawConnection, RawConnection]> {
      const requester = await running.room.join('requester', writerKind);
      const target = await running.room.join('target', readerKind);
      return running.room.establish(requester, target);
    }

    const untilEndpointsFreed = (): Promise<void> =>
      untilHeld(running.gateway, { connections: 2, clients: 2 });

    it('D21: is reset when the reader breaks', async () => {
      const [writer, reader] = await establish();
      reader.pause();
      const { sent } = await fill(writer, 1);
      reader.reset();
      expect((await writer.over).reset).toBe(true);
      await sent;
      await untilEndpointsFreed();
    });

    it('D21: and breaks, resets the reader, who has read a part and no end', async () => {
      const [writer, reader] = await establish();
      reader.pause();
      const { sent } = await fill(writer, 2);
      writer.reset();
      const [got, wanted] = await receiveUntilOver(reader, 2);
      expect(got).toEqual(wanted);
      expect((await reader.over).reset).toBe(true);
      expect(reader.inbox.ended).toBe(false);
      await sent;
      await untilEndpointsFreed();
    });

    it('D20, D21: both ways, each by itself; each goes on when its own reader reads, to its end', async () => {
      const [a, b] = await establish();
      a.pause();
      b.pause();
      const toB = await fill(a, 3);
      const toA = await fill(b, 4);
      const atB = receiveAll(b);
      b.resume();
      await toB.sent;
      a.end();
      expect(await atB).toEqual(digestOf(noise(3, SIZE)));
      const atA = receiveAll(a);
      a.resume();
      await toA.sent;
      b.end();
      expect(await atA).toEqual(digestOf(noise(4, SIZE)));
      for (const endpoint of [a, b]) await expectCleanEnd(endpoint);
      await untilEndpointsFreed();
    });
  },
);
