import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { message, privateMessage } from '../support/raw-hex.ts';
import { digestOf, GIB, MIB, noise, type Digest } from '../support/relay-bulk.ts';
import type { Kind, RawLeg } from '../support/relay-leg.ts';
import { runGateway, type RunningGateway } from '../support/relay-process.ts';
import { RelayRoom, type Member } from '../support/relay-room.ts';

const OFFERED = GIB;
/** How much of it is read in the end; all of it with CHATON_RELAY_MIB=1024. */
const PASSED = Number(process.env['CHATON_RELAY_MIB'] ?? 256) * MIB;
const WARM_UP = 128 * MIB;

/** What the operating system may hold on the way: two connections, each with a sender's and a receiver's buffer. */
const ON_THE_WAY = 32 * MIB;
/** Resident memory of the gateway while the writer is held back, against where it was before: measured 0.05 MiB. */
const STALLED_GROWTH = 2 * MIB;
/**
 * The same while the bytes flow. It then moves with the garbage collector, which lets read buffers pile up before it
 * takes them (measured: 24 MiB down to 39 MiB up, for 128 MiB as for 1 GiB): what passes must not stay.
 */
const FLOWING_GROWTH = 64 * MIB;
/** For a round of chat. It takes some milliseconds; one that had to wait for the relay would take seconds. */
const PATIENCE_MS = 2_000;

const PAIRS: ReadonlyArray<readonly [writer: Kind, reader: Kind]> = [
  ['tcp', 'tcp'],
  ['tcp', 'websocket'],
  ['websocket', 'tcp'],
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends as fast as it is taken; `taken` follows. */
class Writer {
  taken = 0;
  readonly #leg: RawLeg;

  constructor(leg: RawLeg) {
    this.#leg = leg;
  }

  /** Resolves when all of it was taken, or the connection is over. */
  async offer(chunks: Iterable<Uint8Array>): Promise<void> {
    for (const chunk of chunks) {
      if (!(await this.#leg.send(chunk))) return;
      this.taken += chunk.length;
    }
  }

  /** Resolves when nothing has been taken for half a second. */
  async untilHeldBack(): Promise<void> {
    for (let before = -1; before !== this.taken;) {
      before = this.taken;
      await pause(500);
    }
  }
}

/** Reads so much, in fits and starts: every 4 MiB it pauses, so that the gateway has to hold back again and again. */
async function readInFits(leg: RawLeg, wanted: number): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  let nextPause = 4 * MIB;
  leg.inbox.divert((data) => {
    if (size === wanted) return;
    hash.update(data.subarray(0, wanted - size));
    size = Math.min(wanted, size + data.length);
    if (size < nextPause) return;
    nextPause += 4 * MIB;
    leg.pause();
    setTimeout(() => leg.resume(), 1);
  });
  leg.resume();
  while (size < wanted) {
    if (leg.inbox.ended) throw new Error(`it ended after ${size} bytes`);
    await pause(5);
  }
  return { size, sha256: hash.digest('hex') };
}

/** Highest resident memory until the work is done. */
async function highestDuring(gateway: RunningGateway, work: Promise<unknown>): Promise<number> {
  let highest = gateway.residentBytes();
  const timer = setInterval(() => (highest = Math.max(highest, gateway.residentBytes())), 10);
  await work.finally(() => clearInterval(timer));
  return highest;
}

/** Two others talk while the work goes on, each seeing exactly their own traffic; gives the slowest round, in ms. */
async function chatDuring(work: Promise<unknown>, [alice, bob]: readonly Member[]): Promise<number> {
  if (!alice || !bob) throw new Error('no two to talk');
  const state = { over: false };
  const watched = work.finally(() => (state.over = true));
  let slowest = 0;
  for (let round = 0; !state.over; round++) {
    const started = performance.now();
    const said = message('alice', `round ${round}`) + privateMessage('alice', 'bob', 'psst');
    alice.peer.send(said);
    await alice.peer.expect(message('alice', `round ${round}`));
    await bob.peer.expect(said);
    bob.peer.send(privateMessage('bob', 'alice', 'here'));
    await alice.peer.expect(privateMessage('bob', 'alice', 'here'));
    slowest = Math.max(slowest, performance.now() - started);
    await pause(1);
  }
  await watched;
  return slowest;
}

describe('a leg that does not read, at a gateway that is a process of its own', () => {
  let gateway: RunningGateway;
  let room: RelayRoom;
  let talkers: readonly Member[];

  /** A private connection whose owners have left the room (D22): the room hears nothing of it. */
  async function connectPair(writer: Kind, reader: Kind): Promise<[RawLeg, RawLeg]> {
    const owners = [await room.join('requester', writer), await room.join('target', reader)] as const;
    const legs = await room.establish(...owners);
    for (const { peer } of owners) {
      peer.end();
      await peer.expectEnd();
    }
    return legs;
  }

  beforeAll(async () => {
    gateway = await runGateway();
    room = new RelayRoom(gateway);
    talkers = [await room.join('alice', 'tcp'), await room.join('bob', 'websocket')];
    // Until the process has the memory that it works with.
    for (const [writer, reader] of PAIRS) {
      const [out, into] = await connectPair(writer, reader);
      const sent = new Writer(out).offer(noise(0, WARM_UP));
      await chatDuring(Promise.all([sent, readInFits(into, WARM_UP)]), talkers);
      out.reset();
      await into.over;
    }
  });

  afterAll(async () => {
    room.dropEveryone();
    expect(await gateway.stop()).toBe(0);
  });

  it.each(PAIRS)(
    'D20: from %s to %s, 1 GiB offered: the writer is held back, memory stands still, and nobody else notices',
    async (writerKind, readerKind) => {
      const [out, into] = await connectPair(writerKind, readerKind);
      const before = gateway.residentBytes();
      into.pause();
      const writer = new Writer(out);
      const sent = writer.offer(noise(1, OFFERED));
      await writer.untilHeldBack();
      expect(writer.taken).toBeLessThan(ON_THE_WAY);
      // Before the others talk, whose talk has garbage of its own.
      expect(gateway.residentBytes() - before).toBeLessThan(STALLED_GROWTH);
      const slowestStalled = await chatDuring(writer.untilHeldBack(), talkers);
      expect(writer.taken).toBeLessThan(ON_THE_WAY);

      const received = readInFits(into, PASSED);
      const highest = highestDuring(gateway, received);
      const slowestFlowing = await chatDuring(highest, talkers);
      expect(await received).toEqual(digestOf(noise(1, PASSED)));
      expect((await highest) - before).toBeLessThan(FLOWING_GROWTH);
      expect(Math.max(slowestStalled, slowestFlowing)).toBeLessThan(PATIENCE_MS);
      into.reset();
      await Promise.all([sent, out.over]);
    },
  );
});
