/** RFC 6455 §5.2 as clients send it, cut anywhere: what is taken in place, and what goes on to `ws`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameInput, type FrameSink } from '../../server/transport/frame-input.ts';

const MAX_PAYLOAD = 70_000;

interface Sent {
  readonly first: number;
  readonly payload: Uint8Array;
  readonly mask: number;
}

/** A masked frame, as a client writes it. */
function frame({ first, payload, mask }: Sent): Buffer {
  const { length } = payload;
  const size = length < 126 ? [] : length < 0x10000 ? [length >> 8, length & 255] : [0, 0, 0, 0];
  if (length >= 0x10000) for (const shift of [24, 16, 8, 0]) size.push((length >>> shift) & 255);
  const code = length < 126 ? length : length < 0x10000 ? 126 : 127;
  const key = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255);
  const masked = payload.map((byte, i) => byte ^ key[i & 3]!);
  return Buffer.concat([Buffer.from([first, 0x80 | code, ...size, ...key]), masked]);
}

/** Gathers what it is handed, and holds reads back after every `patience` pieces. */
class Gatherer implements FrameSink {
  readonly payload: Buffer[] = [];
  readonly other: Buffer[] = [];
  isPaused = false;
  readonly #patience: number;
  #pieces = 0;

  constructor(patience = Infinity) {
    this.#patience = patience;
  }

  onPayload(bytes: Buffer): void {
    this.payload.push(Buffer.from(bytes));
    this.isPaused = ++this.#pieces % this.#patience === 0;
  }

  onOther(bytes: Buffer): void {
    this.other.push(Buffer.from(bytes));
  }
}

function run(bytes: Buffer, cuts: readonly number[], patience?: number): Gatherer {
  const gatherer = new Gatherer(patience);
  const input = new FrameInput(gatherer, MAX_PAYLOAD);
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  edges.sort((a, b) => a - b);
  for (let i = 1; i < edges.length; i++) {
    gatherer.isPaused = false;
    let isTaken = input.push(Buffer.from(bytes.subarray(edges[i - 1], edges[i])));
    while (!isTaken) {
      gatherer.isPaused = false;
      isTaken = input.goOn();
    }
  }
  return gatherer;
}

const anyPayload = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  fc.nat({ max: MAX_PAYLOAD }).map((length) => new Uint8Array(length).map((_, i) => i * 7)),
);
const anyMask = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const wholeBinary = fc.record({ first: fc.constant(0x82), payload: anyPayload, mask: anyMask });
const control = fc.record({
  first: fc.constantFrom(0x89, 0x8a),
  payload: fc.uint8Array({ maxLength: 125 }),
  mask: anyMask,
});
const fragments = fc
  .tuple(fc.constantFrom(0x01, 0x02), fc.array(fc.tuple(anyPayload, anyMask), { minLength: 2, maxLength: 4 }))
  .map(([first, parts]) =>
    parts.map(([payload, mask], i) => ({
      first: i === 0 ? first : i === parts.length - 1 ? 0x80 : 0x00,
      payload,
      mask,
    })),
  );
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('frames from clients', () => {
  it('RFC 6455 §5.2, D24: binary messages come out as they were sent, wherever the bytes are cut or held back', () => {
    fc.assert(
      fc.property(
        fc.array(wholeBinary, { maxLength: 6 }),
        cuts,
        fc.integer({ min: 1, max: 5 }),
        (sent, where, patience) => {
          const { payload, other } = run(Buffer.concat(sent.map(frame)), where, patience);
          expect(other).toEqual([]);
          expect(Buffer.concat(payload).equals(Buffer.concat(sent.map((one) => one.payload)))).toBe(true);
          const empty = (pieces: readonly Uint8Array[]) => pieces.filter(({ length }) => length === 0).length;
          expect(empty(payload), 'ends of writing (D25)').toBe(empty(sent.map((one) => one.payload)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('RFC 6455 §5.4: fragments and the control frames between them go on exactly as they came', () => {
    fc.assert(
      fc.property(fragments, control, wholeBinary, cuts, (parts, between, after, where) => {
        const [start, ...more] = parts;
        const rest = Buffer.concat([start!, between, ...more].map(frame));
        const { payload, other } = run(Buffer.concat([rest, frame(after)]), where);
        expect(Buffer.concat(other).equals(rest)).toBe(true);
        expect(Buffer.concat(payload).equals(after.payload)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('RFC 6455 §5.5.1: a close frame goes on whole, and nothing after it', () => {
    fc.assert(
      fc.property(wholeBinary, fc.uint8Array({ maxLength: 125 }), anyMask, cuts, (one, why, mask, where) => {
        const close = frame({ first: 0x88, payload: why, mask });
        const { payload, other } = run(Buffer.concat([frame(one), close, frame(one), close]), where);
        expect(Buffer.concat(payload).equals(one.payload)).toBe(true);
        expect(Buffer.concat(other).equals(close)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('a read full of tiny frames is taken in parts, so that others have their turn', () => {
    const gatherer = new Gatherer();
    const input = new FrameInput(gatherer, MAX_PAYLOAD);
    const sent = Array.from({ length: 2000 }, (_, i) =>
      frame({ first: 0x82, payload: Uint8Array.of(i), mask: i }),
    );
    let isTaken = input.push(Buffer.concat(sent));
    let most = gatherer.payload.length;
    while (!isTaken) {
      const before = gatherer.payload.length;
      isTaken = input.goOn();
      most = Math.max(most, gatherer.payload.length - before);
    }
    expect(most).toBeLessThan(1000);
    expect(Buffer.concat(gatherer.payload).equals(Buffer.from(sent.map((_, i) => i)))).toBe(true);
  });

  it.each([
    ['text', frame({ first: 0x81, payload: Uint8Array.of(1, 2, 3), mask: 0x01020304 })],
    ['a reserved bit', frame({ first: 0xc2, payload: Uint8Array.of(1, 2, 3), mask: 0x01020304 })],
    ['no mask', Buffer.from('8203aabbcc', 'hex')],
    ['a message over the limit', frame({ first: 0x82, payload: new Uint8Array(MAX_PAYLOAD + 1), mask: 5 })],
    ['a length of 2^63', Buffer.from('82ff8000000000000000' + '01020304' + 'ee', 'hex')],
    ['an unknown opcode', frame({ first: 0x83, payload: Uint8Array.of(9), mask: 1 })],
  ])('RFC 6455 §5.2, D26: %s is left to ws, byte for byte', (_what, bytes) => {
    const { payload, other } = run(bytes, [1, 5, 9]);
    expect(payload).toEqual([]);
    expect(Buffer.concat(other).equals(bytes)).toBe(true);
  });
});
