import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { byteLength, encode } from '../../shared/protocol/encoder.ts';
import {
  COMMANDS,
  MAX_COMMAND_BYTES,
  isSentBy,
  type CommandEntry,
  type Command,
  type LongSize,
  type Sender,
} from '../../shared/protocol/commands.ts';
import { decode } from './decoding.ts';

const longSize = fc.constantFrom<LongSize>(4, 8);

const text = (maxBytes: number) =>
  fc
    .string({
      unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.constant('\ufeff')),
      maxLength: 24,
    })
    .filter((value) => byteLength(value) <= maxBytes);

/** Generates a value for each field that the table gives a command. */
function commandOf({ opcode, fields }: CommandEntry): fc.Arbitrary<Command> {
  const values = fields.map(([, kind]) =>
    kind.type === 'string' ? text(kind.maxBytes) : fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  return fc
    .tuple(...values)
    .map((all) => ({ opcode, ...Object.fromEntries(fields.map(([name], i) => [name, all[i]])) }) as Command);
}

const sentBy = (sender: Sender) => COMMANDS.filter((command) => isSentBy(sender, command));

const conversation = fc.constantFrom<Sender>('client', 'server').chain((sender) =>
  fc.record({
    sender: fc.constant(sender),
    commands: fc.array(fc.oneof(...sentBy(sender).map(commandOf)), { maxLength: 8 }),
  }),
);

const cuts = fc.array(fc.nat(), { maxLength: 12 });

/** Cuts at any points, the same point twice included: a chunk may be empty. */
function cut(bytes: Uint8Array, points: readonly number[]): Uint8Array[] {
  const sorted = points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...sorted].map((from, i) => bytes.subarray(from, sorted[i] ?? bytes.length));
}

/** Generates commands, some of them damaged, and bytes that are none. */
const anything = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.oneof(...COMMANDS.map(commandOf)).map((command) => encode(command)) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.oneof(...COMMANDS.map(commandOf)), fc.nat(), fc.nat({ max: 255 }))
          .map(([command, at, byte]) => {
            const damaged = encode(command);
            damaged[at % damaged.length] = byte;
            return damaged;
          }),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 16 }) },
    ),
    { maxLength: 6 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)));

describe('whatever the commands, whatever the cuts', () => {
  it('D1, D3: what is encoded and cut anywhere is decoded again, byte for byte', () => {
    fc.assert(
      fc.property(conversation, longSize, cuts, ({ sender, commands }, size, points) => {
        const encoded = commands.map((command) => encode(command, size));
        expect(decode(cut(Buffer.concat(encoded), points), sender, size)).toEqual({
          commands,
          raw: encoded.map((bytes) => Buffer.from(bytes).toString('hex')),
          reason: null,
        });
      }),
      { numRuns: 150 },
    );
  });

  it('D5: any bytes give the same commands and the same reason, however they are cut', () => {
    fc.assert(
      fc.property(anything, longSize, cuts, (bytes, size, points) => {
        for (const sender of ['client', 'server'] as const) {
          const whole = decode([bytes], sender, size);
          expect(decode(cut(bytes, points), sender, size)).toEqual(whole);
          expect(
            decode(
              Array.from(bytes, (byte) => Uint8Array.of(byte)),
              sender,
              size,
            ),
          ).toEqual(whole);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('D3, §4: frames and rest are together what was received, and the rest is less than one longest command', () => {
    fc.assert(
      fc.property(conversation, cuts, fc.nat(), ({ sender, commands }, points, length) => {
        const stream = Buffer.concat(commands.map((command) => encode(command)));
        const received = stream.subarray(0, length % (stream.length + 1));
        const decoder = new Decoder(sender);
        const parts: Buffer[] = [];
        for (const chunk of cut(received, points)) {
          decoder.push(chunk);
          while (decoder.next()) parts.push(Buffer.from(decoder.raw));
        }
        const rest = decoder.takeRest();
        expect(rest.length).toBeLessThan(MAX_COMMAND_BYTES);
        expect(Buffer.concat([...parts, rest]).equals(received)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
