import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { digestOf, GIB, MIB, noise, type Digest } from '../support/relay-bulk.ts';
import type { Kind, RawConnection } from '../support/raw-connection.ts';
import { runGateway, type RunningGateway } from '../support/relay-process.ts';
import { RelayRoom, type Member } from '../support/relay-room.ts';

const OFFERED = GIB;
/** Number of bytes that are read in the end, twice those that may be on the way; all of them with CHATON_RELAY_MIB=1024. */
const PASSED = Number(process.env['CHATON_RELAY_MIB'] ?? 64) * MIB;

/** Most bytes that the gateway may hold. */
const ON_THE_WAY = 32 * MIB;
/**
 * Most bytes that the kernel may hold: two connections, with the largest receive and send buffers that Linux grows by
 * itself.
 */
const IN_KERNELS = 2 * (32 + 4) * MIB;
/** Fewest rounds of chat beside the relay; a chat that had to wait for the relay would have one round only. */
const ROUNDS = 10;

const PAIRS: ReadonlyArray<readonly [writer: Kind, reader: Kind]> = [
  ['tcp', 'tcp'],
  ['tcp', 'websocket'],
  ['websocket', 'tcp'],
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends as fast as the connection takes it; `taken` counts the bytes. */
class Writer {
  taken = 0;
  readonly #endpoint: RawConnection;

  constructor(endpoint: RawConnection) {
    this.#endpoint = endpoint;
  }

  /** Resolves when all of it was taken, or the connection is over. */
  async offer(chunks: Iterable<Uint8Array>): Promise<void> {
    for (const chunk of chunks) {
      if (!(await this.#endpoint.write(chunk))) return;
      this.taken += chunk.length;
    }
  }

  /** Resolves when nothing has been taken for half a second. */
  async untilBackpressure(): Promise<void> {
    for (let before = -1; before !== this.taken;) {
      before = this.taken;
      await pause(500);
    }
  }
}

/**
 * Reads `wanted` bytes with a pause every 4 MiB, so that the gateway has to apply backpressure again and again.
 * @param onRead called with the number of bytes read so far
 */
async function readInFits(
  endpoint: RawConnection,
  wanted: number,
  onRead: (size: number) => void,
): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  let nextPause = 4 * MIB;
  endpoint.inbox.divert((data) => {
    if (size === wanted) return;
    onRead(size);
    hash.update(data.subarray(0, wanted - size));
    size = Math.min(wanted, size + data.length);
    if (size < nextPause) return;
    nextPause += 4 * MIB;
    endpoint.pause();
    setTimeout(() => endpoint.resume(), 1);
  });
  endpoint.resume();
  while (size < wanted) {
    if (endpoint.inbox.ended) throw new Error(`it ended after ${size} bytes`);
    await pause(5);
  }
  return { size, sha256: hash.digest('hex') };
}

/** Lets two clients chat beside the work and some rounds more, each seeing exactly their own traffic. */
async function chatDuring(work: Promise<unknown>, [alice, bob]: readonly Member[]): Promise<void> {
  if (!alice || !bob) throw new Error('no two to talk');
  const state = { over: false };
  const watched = work.finally(() => (state.over = true));
  for (let round = 0; !state.over || round < ROUNDS; round++) {
    const said = message('alice', `round ${round}`) + privateMessage('alice', 'bob', 'psst');
    alice.peer.send(said);
    await alice.peer.expect(message('alice', `round ${round}`));
    await bob.peer.expect(said);
    bob.peer.send(privateMessage('bob', 'alice', 'here'));
    await alice.peer.expect(privateMessage('bob', 'alice', 'here'));
    await pause(1);
  }
  await watched;
}

describe('an endpoint that does not read, at a gateway that is a process of its own', () => {
  let gateway: RunningGateway;
  let room: RelayRoom;
  let talkers: readonly Member[];

  /** Establishes a private connection whose owners have left the room (D22). */
  async function connectPair(writer: Kind, reader: Kind): Promise<[RawConnection, RawConnection]> {
    const owners = [await room.join('requester', writer), await room.join('target', reader)] as const;
    const endpoints = await room.establish(...owners);
    for (const { peer } of owners) {
      peer.end();
      await peer.expectEnd();
    }
    return endpoints;
  }

  beforeAll(async () => {
    gateway = await runGateway();
    room = new RelayRoom(gateway);
    talkers = [await room.join('alice', 'tcp'), await room.join('bob', 'websocket')];
  });

  afterAll(async () => {
    room.dropEveryone();
    expect(await gateway.stop()).toBe(0);
  });

  it.each(PAIRS)(
    'D20: from %s to %s, 1 GiB offered: the writer is held back, nothing piles up, and nobody else notices',
    async (writerKind, readerKind) => {
      const [out, into] = await connectPair(writerKind, readerKind);
      into.pause();
      const writer = new Writer(out);
      const sent = writer.offer(noise(1, OFFERED));
      await writer.untilBackpressure();
      expect(writer.taken).toBeLessThan(IN_KERNELS);
      await chatDuring(writer.untilBackpressure(), talkers);
      expect(writer.taken).toBeLessThan(IN_KERNELS);

      // The gateway or the operating system holds the bytes that were taken and have not come out.
      let mostHeld = 0;
      const received = readInFits(into, PASSED, (read) => {
        mostHeld = Math.max(mostHeld, writer.taken - read);
      });
      await chatDuring(received, talkers);
      expect(await received).toEqual(digestOf(noise(1, PASSED)));
      expect(mostHeld).toBeLessThan(ON_THE_WAY);
      into.reset();
      await Promise.all([sent, out.over]);
    },
  );
});
