/**
 * Parses frames as clients send them (RFC 6455 §5), cut anywhere: whole frames, fragments, control frames, and broken
 * rules.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, type FrameSink } from '../../server/transport/websocket/frame-reader.ts';

const LIMITS = { maxMessage: 70_000, maxText: 768 };
const MAX_EMPTY_FRAGMENTS = 64;

interface Sent {
  readonly first: number;
  readonly payload: Uint8Array;
  readonly mask: number;
}

/** Builds a masked frame, as a client writes it. */
function frame({ first, payload, mask }: Sent): Buffer {
  const { length } = payload;
  const size = length < 126 ? [] : length < 0x10000 ? [length >> 8, length & 255] : [0, 0, 0, 0];
  if (length >= 0x10000) for (const shift of [24, 16, 8, 0]) size.push((length >>> shift) & 255);
  const code = length < 126 ? length : length < 0x10000 ? 126 : 127;
  const key = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255);
  const masked = payload.map((byte, i) => byte ^ key[i & 3]!);
  return Buffer.concat([Buffer.from([first, 0x80 | code, ...size, ...key]), masked]);
}

/** Records the events of a reader, and pauses it after every `patience` events. */
class Sink implements FrameSink {
  /** Events: `+` and bytes, one entry for consecutive bytes; else a name. */
  readonly events: string[] = [];
  pieces = 0;
  isPaused = false;
  readonly takesText: boolean;
  readonly #patience: number;
  #count = 0;

  constructor(patience: number, takesText: boolean) {
    this.#patience = patience;
    this.takesText = takesText;
  }

  onPayload(bytes: Buffer): void {
    if (bytes.length === 0) throw new Error('no payload');
    if (this.isPaused) throw new Error('payload while held back');
    this.pieces++;
    const last = this.events.length - 1;
    if (this.events[last]?.startsWith('+')) this.events[last] += bytes.toString('hex');
    else this.events.push(`+${bytes.toString('hex')}`);
    this.#hold();
  }

  onEmptyMessage(): void {
    this.#note('end');
  }

  onTextMessage(text: string): void {
    this.#note(`text ${text}`);
  }

  onControl(): void {
    // The cost of control frames has tests of its own.
  }

  onPing(payload: Buffer): void {
    this.#note(`ping ${payload.toString('hex')}`);
  }

  onCloseFrame(code: number, reason: string): void {
    this.#note(`close ${code} ${reason}`);
  }

  onViolation(code: number, reason: string): void {
    this.#note(`violation ${code} ${reason}`);
  }

  #note(event: string): void {
    if (this.isPaused) throw new Error(`${event} while held back`);
    this.events.push(event);
    this.#hold();
  }

  #hold(): void {
    this.isPaused = ++this.#count % this.#patience === 0;
  }
}

function run(
  bytes: Buffer,
  {
    cuts = [],
    patience = Infinity,
    takesText = true,
  }: { cuts?: number[]; patience?: number; takesText?: boolean },
): { readonly events: readonly string[]; readonly input: FrameReader } {
  const sink = new Sink(patience, takesText);
  const input = new FrameReader(sink, LIMITS);
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  edges.sort((a, b) => a - b);
  for (let i = 1; i < edges.length; i++) {
    sink.isPaused = false;
    let isTaken = input.push(Buffer.from(bytes.subarray(edges[i - 1], edges[i])));
    while (!isTaken) {
      sink.isPaused = false;
      isTaken = input.resumeParsing();
    }
  }
  return { events: sink.events, input };
}

const anyPayload = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  fc.nat({ max: 17_000 }).map((length) => new Uint8Array(length).map((_, i) => i * 7)),
);
const anyMask = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const cuts = fc.array(fc.nat(), { maxLength: 12 });
const patience = fc.integer({ min: 1, max: 5 });

interface Message {
  readonly frames: readonly Sent[];
  /** Events of the message: bytes, or a name. */
  readonly events: readonly string[];
}

const ping: fc.Arbitrary<Message> = fc
  .record({ first: fc.constant(0x89), payload: fc.uint8Array({ maxLength: 125 }), mask: anyMask })
  .map((one) => ({ frames: [one], events: [`ping ${Buffer.from(one.payload).toString('hex')}`] }));
const pong: fc.Arbitrary<Message> = fc
  .record({ first: fc.constant(0x8a), payload: fc.uint8Array({ maxLength: 125 }), mask: anyMask })
  .map((one) => ({ frames: [one], events: [] }));

/** Builds a message in fragments, with pings and pongs between them. */
function inFragments(first: number, parts: readonly Uint8Array[], mask: number, between: readonly Message[]) {
  return parts.flatMap((payload, i) => [
    { frames: between[i]?.frames ?? [], events: between[i]?.events ?? [], payload: null },
    {
      frames: [
        { first: (i === 0 ? first : 0) | (i === parts.length - 1 ? 0x80 : 0), payload, mask: mask + i },
      ],
      events: [],
      payload,
    },
  ]);
}

const binary: fc.Arbitrary<Message> = fc
  .tuple(
    fc.array(anyPayload, { minLength: 1, maxLength: 4 }),
    anyMask,
    fc.array(fc.oneof(ping, pong), { maxLength: 3 }),
  )
  .map(([parts, mask, between]) => {
    const pieces = inFragments(2, parts, mask, between);
    const events = pieces.flatMap(({ payload, events }) =>
      payload === null ? events : payload.length > 0 ? [`+${Buffer.from(payload).toString('hex')}`] : [],
    );
    if (parts.every(({ length }) => length === 0)) events.push('end');
    return { frames: pieces.flatMap(({ frames }) => frames), events };
  });
const text: fc.Arbitrary<Message> = fc
  .tuple(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.array(fc.nat(), { maxLength: 3 }),
    anyMask,
    fc.array(fc.oneof(ping, pong), { maxLength: 3 }),
  )
  .map(([said, where, mask, between]) => {
    const all = Buffer.from(said.toWellFormed());
    const edges = [0, ...where.map((at) => at % (all.length + 1)), all.length].sort((a, b) => a - b);
    const parts = edges.slice(1).map((to, i) => all.subarray(edges[i], to));
    const pieces = inFragments(1, parts, mask, between);
    return {
      frames: pieces.flatMap(({ frames }) => frames),
      events: [...pieces.flatMap(({ events }) => events), `text ${all.toString()}`],
    };
  });

/** Merges consecutive bytes into one entry. */
function merge(events: readonly string[]): string[] {
  const merged: string[] = [];
  for (const event of events)
    if (event.startsWith('+') && merged.at(-1)?.startsWith('+'))
      merged.push(`${merged.pop()}${event.slice(1)}`);
    else merged.push(event);
  return merged;
}

const bytesOf = (messages: readonly Message[]): Buffer =>
  Buffer.concat(messages.flatMap(({ frames }) => frames).map(frame));

describe('frames from clients', () => {
  it('RFC 6455 §5, D24, D25: whatever is sent comes out in its order, wherever it is cut or held back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: binary }, text, ping, pong), { maxLength: 6 }),
        cuts,
        patience,
        (messages, where, patience) => {
          const { events, input } = run(bytesOf(messages), { cuts: where, patience });
          expect(events).toEqual(merge(messages.flatMap(({ events }) => events)));
          expect([input.hasUnparsed, input.unfinished]).toEqual([false, 0]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('D24: a fragment is handed over as soon as its bytes are there', () => {
    fc.assert(
      fc.property(binary, cuts, ({ frames, events }, where) => {
        const [last] = frames.slice(-1);
        if (!last || last.payload.length < 2) return;
        const bytes = bytesOf([{ frames, events }]).subarray(0, -1);
        const payload = (of: readonly string[]) =>
          of.map((event) => (event.startsWith('+') ? event.slice(1) : '')).join('');
        expect(payload(run(bytes, { cuts: where }).events)).toBe(payload(events).slice(0, -2));
      }),
    );
  });

  it('RFC 6455 §5.5.1: a close frame is the last thing that counts', () => {
    fc.assert(
      fc.property(
        binary,
        fc.constantFrom(1000, 1001, 1014, 3000, 4006),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        anyMask,
        cuts,
        (before, code, why, mask, where) => {
          const reason = why.toWellFormed();
          const payload = Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(reason)]);
          if (payload.length > 125) return;
          const close = { frames: [{ first: 0x88, payload, mask }], events: [`close ${code} ${reason}`] };
          const { events } = run(bytesOf([before, close, before, close]), { cuts: where });
          expect(events).toEqual(merge([...before.events, ...close.events]));
        },
      ),
    );
  });

  it('small frames are handed over together, a great many of them in parts, so that others have their turn', () => {
    const sink = new Sink(Infinity, true);
    const input = new FrameReader(sink, LIMITS);
    const count = 20_000;
    const sent = Array.from({ length: count }, (_, i) =>
      frame({ first: 0x82, payload: Uint8Array.of(i), mask: i }),
    );
    let turns = 1;
    for (let isTaken = input.push(Buffer.concat(sent)); !isTaken; turns++) isTaken = input.resumeParsing();
    expect(turns).toBeGreaterThan(2);
    expect(sink.pieces).toBe(turns);
    expect(sink.events).toEqual([`+${Buffer.from(sent.map((_, i) => i)).toString('hex')}`]);
  });

  it('hands over at once what long frames of one read bring, for one write', () => {
    const sink = new Sink(Infinity, false);
    const payloads = [1, 2, 3].map((mask) => ({ mask, payload: new Uint8Array(60_000).fill(mask) }));
    new FrameReader(sink, LIMITS).push(
      Buffer.concat(payloads.map(({ payload, mask }) => frame({ first: 0x82, payload, mask }))),
    );
    expect(sink.pieces).toBe(1);
    expect(sink.events).toEqual([
      `+${payloads.map(({ payload }) => Buffer.from(payload).toString('hex')).join('')}`,
    ]);
  });

  const masked = (first: number, payload: Uint8Array) => frame({ first, payload, mask: 0x01020304 });
  it.each([
    ['a reserved bit', 1002, masked(0xc2, Uint8Array.of(1, 2, 3))],
    ['no mask', 1002, Buffer.from('8203aabbcc', 'hex')],
    ['an unknown opcode', 1002, masked(0x83, Uint8Array.of(9))],
    ['an unknown control opcode', 1002, masked(0x8b, Uint8Array.of(9))],
    ['a continuation of nothing', 1002, masked(0x80, Uint8Array.of(9))],
    [
      'a message within a message',
      1002,
      Buffer.concat([masked(0x02, Uint8Array.of(1)), masked(0x82, Uint8Array.of(2))]),
    ],
    ['a control frame in two', 1002, masked(0x09, Uint8Array.of(9))],
    ['a ping of 126 bytes', 1002, masked(0x89, new Uint8Array(126))],
    ['a close frame of one byte', 1002, masked(0x88, Uint8Array.of(3))],
    ['a close code that is never sent', 1002, masked(0x88, Uint8Array.of(3, 0xee))],
    ['a close code that says that there is none', 1002, masked(0x88, Uint8Array.of(3, 0xed))],
    ['a close reason that is no text', 1007, masked(0x88, Uint8Array.of(3, 0xe8, 0xff))],
    ['a text that is no text', 1007, masked(0x81, Uint8Array.of(0xff))],
    ['a text over its limit', 1002, masked(0x81, new Uint8Array(LIMITS.maxText + 1))],
    ['a message over the limit', 1009, masked(0x82, new Uint8Array(LIMITS.maxMessage + 1))],
    ['a length of 2^63', 1009, Buffer.from('82ff8000000000000000' + '01020304' + 'ee', 'hex')],
  ])(
    'RFC 6455 §5, D26: %s is refused with %i, behind what came before, and nothing follows',
    (_, code, bytes) => {
      const said = masked(0x82, Uint8Array.of(0xaa));
      for (const cuts of [[], [1, 5, 9, 13, 21]]) {
        const { events } = run(Buffer.concat([said, bytes, said]), { cuts });
        expect(events[0]).toMatch(/^\+aa/);
        expect(events.slice(1)).toEqual([expect.stringMatching(`^violation ${code} [a-z]`)]);
      }
    },
  );

  it('D24: text where that is not spoken is refused with 1003 at its head', () => {
    const { events } = run(masked(0x01, new Uint8Array(5)).subarray(0, 6), { takesText: false });
    expect(events).toEqual([expect.stringMatching(/^violation 1003 /)]);
  });

  it('D26: fragments that add up to more than the limit are refused at the head of the one that is too much', () => {
    const part = masked(0x00, new Uint8Array(30_000));
    const { events } = run(
      Buffer.concat([masked(0x02, new Uint8Array(30_000)), part, part.subarray(0, 8)]),
      {},
    );
    expect(events).toEqual([
      expect.stringMatching(/^\+(00){60000}$/),
      expect.stringMatching(/^violation 1009 /),
    ]);
  });

  it.each([
    ['binary', 0x02],
    ['text', 0x01],
  ])('D24: a %s message has only so many fragments without a byte', (_, first) => {
    const empty = masked(0x00, new Uint8Array(0));
    const some = [masked(first, new Uint8Array(0)), ...Array<Buffer>(MAX_EMPTY_FRAGMENTS - 1).fill(empty)];
    expect(run(Buffer.concat(some), {}).events).toEqual([]);
    expect(run(Buffer.concat([...some, empty, empty]), {}).events).toEqual([
      expect.stringMatching(/^violation 1008 /),
    ]);
  });

  it.each([
    ['half a head', '82'],
    ['a head without its mask', '82840102'],
    ['half a ping', '89820000000001'],
    ['half a text', '01820000000061 62'],
    ['a text whose last fragment is missing', '0181000000006100810000000061'],
    ['a message that may yet be the end of writing', '028000000000'],
  ])('D24: %s counts as unfinished, the same one until something else is', (_, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const input = new FrameReader(new Sink(Infinity, true), LIMITS);
    const seen = new Set<number>();
    for (const byte of bytes) {
      input.push(Buffer.of(byte));
      seen.add(input.unfinished);
    }
    expect(input.unfinished).not.toBe(0);
    expect(seen.size).toBeLessThanOrEqual(2);
    input.discardAll();
    expect(input.unfinished).toBe(0);
  });

  it('D24: a message of which a byte was handed over is like any silence', () => {
    const { input } = run(masked(0x02, Uint8Array.of(1)), {});
    expect(input.unfinished).toBe(0);
  });
});
