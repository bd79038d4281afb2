/**
 * Fuzzes the decoder: any bytes, any cut, both sides, both widths. It must read what the reference reads, and hold no
 * more than D3.
 */
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import {
  MAX_COMMAND_BYTES,
  type Command,
  type LongSize,
  type Sender,
} from '../../shared/protocol/commands.ts';
import { dice, pick } from '../support/random.ts';
import { Grammar } from './grammar.ts';
import { readCommands, type Reading } from './reference.ts';

export interface DecoderReport {
  readonly inputs: number;
  /** Number of commands that were read, and of inputs that could not be read to their end. */
  readonly commands: number;
  readonly unreadable: number;
  readonly bytes: number;
}

const SENDERS: readonly Sender[] = ['client', 'server'];
const SIZES: readonly LongSize[] = [4, 8];

/**
 * Decodes so many inputs, each cut in a way of its own. Throws, with the input in hex, at the first that is read
 * differently than the reference reads it.
 */
export function fuzzDecoder(inputs: number, seed: number, onInput?: (count: number) => void): DecoderReport {
  const roll = dice(seed);
  const grammar = new Grammar(roll);
  let commands = 0;
  let unreadable = 0;
  let bytes = 0;
  for (let count = 1; count <= inputs; count++) {
    const sender = pick(roll, SENDERS);
    const longSize = pick(roll, SIZES);
    const input = grammar.input(sender, longSize);
    const wanted = readCommands(input, sender, longSize);
    const wrong = compare(wanted, input, grammar.cuts(input), sender, longSize);
    if (wrong !== null)
      throw new Error(
        `${wrong}; input ${count} of seed ${seed}, ${sender}, ${longSize}: ${input.toString('hex')}`,
      );
    commands += wanted.commands.length;
    unreadable += wanted.fault === null ? 0 : 1;
    bytes += input.length;
    onInput?.(count);
  }
  return { inputs, commands, unreadable, bytes };
}

/** Compares the decoder's reading of these chunks with the reference's of the whole: null, or what differs. */
function compare(
  wanted: Reading,
  input: Buffer,
  chunks: readonly Buffer[],
  sender: Sender,
  longSize: LongSize,
): string | null {
  const decoder = new Decoder(sender, longSize);
  let read = 0;
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        const command = wanted.commands[read++];
        if (!command) return 'a command too many';
        const bytes = input.subarray(command.from, command.to);
        if (!bytes.equals(decoder.raw)) return `command ${read} has other bytes`;
        const wrong = compareFrame(frame, command.opcode, command.values, bytes, longSize);
        if (wrong !== null) return `command ${read} ${wrong}`;
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    if (read < wanted.commands.length) return 'a command too few before what is unreadable';
    return error.reason === wanted.fault ? null : `unreadable for "${error.reason}", not "${wanted.fault}"`;
  }
  if (wanted.fault !== null) return `nothing unreadable found, but there is "${wanted.fault}"`;
  if (read < wanted.commands.length) return 'a command too few';
  const rest = decoder.takeRest();
  if (rest.length >= MAX_COMMAND_BYTES) return `${rest.length} bytes held`;
  const end = wanted.commands.at(-1)?.to ?? 0;
  return input.subarray(end).equals(rest) ? null : 'the rest has other bytes';
}

function compareFrame(
  frame: Command,
  opcode: number,
  values: ReadonlyArray<string | bigint>,
  bytes: Buffer,
  longSize: LongSize,
): string | null {
  const [ownOpcode, ...own] = Object.values<string | number>(frame);
  if (ownOpcode !== opcode || own.length !== values.length) return 'is another';
  for (let i = 0; i < own.length; i++) {
    const value = own[i]!;
    const other = values[i]!;
    if (typeof value === 'string' ? value !== other : !isSameLong(value, other as bigint))
      return 'has other values';
    // The encoder cannot write an id that does not fit 32 bits (D2).
    if (typeof value === 'number' && (value | 0) !== value) return null;
  }
  return bytes.equals(encode(frame, longSize)) ? null : 'is encoded to other bytes';
}

/** Compares LONGs: one of 8 bytes outside 32 bits may lose digits, but may not become one inside (D2). */
function isSameLong(value: number, wanted: bigint): boolean {
  const fits = BigInt.asIntN(32, wanted) === wanted;
  return fits ? value === Number(wanted) : (value | 0) !== value;
}
