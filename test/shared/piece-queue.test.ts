/** Tests the queue for pending bytes: all of them, in order, in memory and steps that follow from their number. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PieceQueue } from '../../shared/stream/piece-queue.ts';

/** Most pieces for so many bytes. */
const mostPieces = (bytes: number): number => 256 + Math.ceil(bytes / 4096);

type Step =
  | { readonly do: 'push'; readonly size: number; readonly count: number; readonly shared: boolean }
  | { readonly do: 'take' | 'shift' | 'rewind' | 'clear' }
  | { readonly do: 'drop'; readonly part: number };

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1000, max: 9000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 16_000, max: 70_000 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('push'),
      size,
      count: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 600 })),
      shared: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('take', 'shift') }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('drop'), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rewind') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear') }) },
);

/** Model of the queue: one array of bytes, and how many of them are taken. */
class Model {
  bytes = Buffer.alloc(0);
  taken = 0;
  /** Offset of the next byte in the endless sequence that is pushed. */
  #next = 0;

  make(size: number): Uint8Array {
    const bytes = new Uint8Array(size).map(() => this.#next++ % 251);
    this.bytes = Buffer.concat([this.bytes, bytes]);
    return bytes;
  }

  drop(count: number): void {
    this.bytes = this.bytes.subarray(count);
    this.taken = Math.max(0, this.taken - count);
  }
}

function push(queue: PieceQueue, model: Model, { size, count, shared }: Extract<Step, { do: 'push' }>): void {
  // The number is limited to what is quick to compare.
  const times = Math.max(1, Math.min(count, Math.floor(100_000 / size)));
  const made = model.make(size * times);
  for (let at = 0; at < made.length; at += size) {
    const piece = made.slice(at, at + size);
    queue.push(piece, shared);
    // The memory of a piece that is not `shared` is reused by its owner.
    if (!shared) piece.fill(0xee);
  }
}

/** Bytes that were handed out, and must never change. */
interface Out {
  readonly bytes: Uint8Array;
  readonly was: Buffer;
}

function run(queue: PieceQueue, model: Model, step: Step, out: Out[]): void {
  if (step.do === 'push') return push(queue, model, step);
  if (step.do === 'rewind') {
    queue.rewind();
    model.taken = 0;
  } else if (step.do === 'clear') {
    queue.clear();
    model.drop(model.bytes.length);
  } else if (step.do === 'drop') {
    const count = Math.floor(step.part * model.bytes.length);
    queue.drop(count);
    model.drop(count);
  } else {
    if (step.do === 'shift' && model.taken > 0) return;
    const bytes = step.do === 'take' ? queue.take() : queue.shift();
    if (!bytes) return expect(model.taken).toBe(model.bytes.length);
    expect(bytes.length).toBeGreaterThan(0);
    const was = Buffer.from(bytes);
    expect(was.equals(model.bytes.subarray(model.taken, model.taken + bytes.length))).toBe(true);
    out.push({ bytes, was });
    if (step.do === 'take') model.taken += bytes.length;
    else model.drop(bytes.length);
  }
}

describe('the queue for bytes that wait', () => {
  it('hands out all that was pushed, in order, again after a rewind, and never touches what it handed out', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [queue, model] = [new PieceQueue(), new Model()];
        const out: Out[] = [];
        for (const step of steps) {
          run(queue, model, step, out);
          expect([queue.length, queue.pending]).toEqual([
            model.bytes.length,
            model.bytes.length - model.taken,
          ]);
        }
        let turns = 0;
        const rest: Uint8Array[] = [];
        for (let bytes = queue.take(); bytes; bytes = queue.take(), turns++) rest.push(bytes);
        expect(Buffer.concat(rest).equals(model.bytes.subarray(model.taken))).toBe(true);
        expect(turns).toBeLessThanOrEqual(mostPieces(model.bytes.length));
        for (const { bytes, was } of out) expect(was.equals(bytes)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['lent', 1, false],
    ['shared', 1, true],
    ['lent', 10, false],
    ['lent', 700, false],
    ['lent', 5000, false],
  ])(
    'of half a megabyte in %s pieces of %i bytes makes a few hundred, in about as much memory',
    (_, size, shared) => {
      const count = 512 * 1024;
      const queue = new PieceQueue();
      for (let at = 0; at < count; at += size) queue.push(new Uint8Array(size), shared);
      const memory = new Map<ArrayBufferLike, number>();
      let turns = 0;
      for (let bytes = queue.take(); bytes; bytes = queue.take(), turns++)
        memory.set(bytes.buffer, bytes.buffer.byteLength);
      expect(turns).toBeLessThanOrEqual(mostPieces(count));
      expect([...memory.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(1.2 * count);
    },
  );

  it('keeps few pieces, however often some are pushed and some dropped', () => {
    const queue = new PieceQueue();
    for (let i = 0; i < 10; i++) queue.push(new Uint8Array(5000), true);
    let turns = 0;
    for (let i = 0; i < 200_000; i++, turns++) {
      queue.push(new Uint8Array(5000), true);
      queue.drop(5000);
    }
    expect([queue.length, turns]).toEqual([50_000, 200_000]);
  });

  it('hands out the very object that is shared', () => {
    const queue = new PieceQueue();
    const shared = Uint8Array.of(1, 2, 3);
    queue.push(shared, true);
    expect(queue.take()).toBe(shared);
    queue.rewind();
    expect(queue.take()).toBe(shared);
  });
});
