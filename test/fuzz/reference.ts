/**
 * Reference reader of the wire format, written from the specification alone, slow and simple: it needs all bytes at once.
 * Where it and the decoder disagree, one of them is wrong.
 */
import { isUtf8 } from 'node:buffer';
import type { LongSize, Sender } from '../../shared/protocol/commands.ts';

/** Layout per opcode: its senders, and its fields: a string's limit in bytes, or a LONG. */
const LAYOUT: ReadonlyArray<readonly [senders: string, fields: ReadonlyArray<number | 'long'>]> = [
  ['client', [1024]],
  ['server', []],
  ['server', []],
  ['client server', [30, 1024]],
  ['client server', [30, 30, 1024]],
  ['client server', [30, 30]],
  ['client', [30, 30]],
  ['client server', [30, 30]],
  ['server', [30, 30, 'long']],
  ['client', ['long']],
  ['server', []],
];

export interface ReadCommand {
  readonly opcode: number;
  readonly values: ReadonlyArray<string | bigint>;
  /** Offsets at which it begins and ends. */
  readonly from: number;
  readonly to: number;
}

export interface Reading {
  readonly commands: readonly ReadCommand[];
  /** Fault that makes the rest unreadable (D5); null when only more bytes are missing. */
  readonly fault: string | null;
}

/** Marks invalid UTF-8, which counts only once the command is complete (its other sizes are judged before). */
const BAD_TEXT = Symbol('invalid UTF-8');

/** Reads all complete commands. */
export function readCommands(bytes: Buffer, sender: Sender, longSize: LongSize): Reading {
  const commands: ReadCommand[] = [];
  let at = 0;
  while (at < bytes.length) {
    const opcode = bytes[at]!;
    const layout = LAYOUT[opcode];
    if (!layout) return { commands, fault: 'unknown opcode' };
    if (!layout[0].includes(sender)) return { commands, fault: 'opcode of the other side' };
    const command = readFields(bytes, at, layout[1], longSize);
    if (typeof command === 'string') return { commands, fault: command };
    if (!command) return { commands, fault: null };
    commands.push(command);
    at = command.to;
  }
  return { commands, fault: null };
}

/** Reads the command at `from`; null when it is not complete, or its fault in words. */
function readFields(
  bytes: Buffer,
  from: number,
  fields: ReadonlyArray<number | 'long'>,
  longSize: LongSize,
): ReadCommand | string | null {
  const values: Array<string | bigint | typeof BAD_TEXT> = [];
  let at = from + 1;
  for (const limit of fields) {
    const headLength = limit === 'long' ? longSize : 4;
    if (at + headLength > bytes.length) return null;
    if (limit === 'long') {
      values.push(longSize === 8 ? bytes.readBigInt64BE(at) : BigInt(bytes.readInt32BE(at)));
      at += longSize;
      continue;
    }
    const size = bytes.readInt32BE(at);
    if (size < 0) return 'negative size';
    if (size > limit) return 'size over the limit';
    at += 4 + size;
    if (at > bytes.length) return null;
    const text = bytes.subarray(at - size, at);
    values.push(isUtf8(text) ? text.toString('utf8') : BAD_TEXT);
  }
  if (values.includes(BAD_TEXT)) return 'invalid UTF-8';
  return { opcode: bytes[from]!, values: values as Array<string | bigint>, from, to: at };
}
