import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IncomingMessages } from '../../../server/cluster/jetstream/incoming.ts';
import { ManualClock } from '../../support/manual-time.ts';
import { dice } from '../../support/random.ts';

const MOST_AT_A_TIME = 64;
const MEGABYTE = 1024 * 1024;

/** A log whose messages hold their position, and what of it is fetched. */
function follow(from: number, sizeOf: (position: number) => number) {
  const clock = new ManualClock();
  const asked = new Map<number, number>();
  const pending: Array<{ readonly position: number; settle: (message: Uint8Array | null) => void }> = [];
  const heard: number[] = [];
  let most = 0;
  const messageAt = (position: number) => {
    const message = Buffer.alloc(sizeOf(position));
    message.writeUInt32BE(position);
    return message;
  };
  const incoming = new IncomingMessages({
    clock,
    fetch: (position) =>
      new Promise((resolve, reject) => {
        asked.set(position, (asked.get(position) ?? 0) + 1);
        const settle = (message: Uint8Array | null) => {
          if (message) resolve(message);
          else reject(new Error('not there'));
        };
        most = Math.max(most, pending.push({ position, settle }));
      }),
    onNext: (position, message) => {
      expect(Buffer.from(message).readUInt32BE()).toBe(position);
      heard.push(position);
    },
    onRepeated: () => {},
  });
  const receive = (position: number) => incoming.receive(position, messageAt(position));
  incoming.begin(from);
  return { clock, asked, pending, heard, receive, messageAt, mostAtATime: () => most };
}

const settled = async () => {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
};

it('whatever is lost, late or doubled, each message is handed out once, in order, with few fetched at a time', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 0, max: 2 ** 30 }),
    fc.integer({ min: 0, max: 500 }),
    async (seed, from) => {
      const roll = dice(seed);
      const log = follow(from, () => 4);
      const last = from + 300;
      const late: number[] = [];
      for (let position = from + 1; position <= last; position++) {
        const fate = roll(4);
        if (fate === 0) late.push(position);
        if (fate > 1 || position === last) log.receive(position);
        if (fate === 3 && late.length > 0) log.receive(late[roll(late.length)]!);
        if (fate === 2 && log.pending.length > 0) {
          const [one] = log.pending.splice(roll(log.pending.length), 1);
          one!.settle(roll(3) === 0 ? null : log.messageAt(one!.position));
          await settled();
        }
      }
      for (let turn = 0; log.heard.length < 300 && turn < 1_000; turn++) {
        for (const { position, settle } of log.pending.splice(0)) settle(log.messageAt(position));
        await settled();
        log.clock.advance(500);
        await settled();
      }
      expect(log.heard).toEqual(Array.from({ length: 300 }, (_, index) => from + 1 + index));
      expect(log.mostAtATime()).toBeLessThanOrEqual(MOST_AT_A_TIME);
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

it('fetches each message of a long hole once, however much waits behind it', async () => {
  const [hole, waiting] = [2_000, 40];
  const log = follow(0, (position) => (position > hole ? MEGABYTE : 100));
  for (let position = hole + 1; position <= hole + waiting; position++) log.receive(position);
  while (log.pending.length > 0) {
    // The first of those asked for is the last to come.
    for (const { position, settle } of log.pending.splice(0).reverse()) settle(log.messageAt(position));
    await settled();
  }
  expect(Math.max(...log.asked.values())).toBe(1);
  expect(log.heard.at(-1)).toBe(hole + waiting);
  // Of what waited some was too much, and no more of it.
  expect(log.asked.size).toBeGreaterThan(hole);
  expect(log.asked.size).toBeLessThan(hole + waiting / 2);
  expect(log.mostAtATime()).toBeLessThanOrEqual(MOST_AT_A_TIME);
});
