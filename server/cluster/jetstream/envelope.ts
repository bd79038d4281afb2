/** The envelope of a batch: what one message of the engine's stream holds. */
import type { PressureLevel } from '../replicated-log.ts';

/** Version of the envelope; a message of another version, or of anybody else, counts for nothing on every node alike. */
const VERSION = 1;

/** Bytes of the head: version, incarnation, number, flags, ticks, position seen, checksum. */
const HEAD = 1 + 8 + 6 + 1 + 6 + 6 + 4;
/** Bytes of a record's length. */
const LENGTH = 4;

/** Bytes of the records of one batch at most, but for a record that is longer by itself. */
export const MAX_BATCH = 256 * 1024;
/** Bytes of a record at most: the engine refuses messages of more than 1 MiB. */
export const MAX_RECORD = 1024 * 1024 - 1024;

/**
 * Kinds of batches. Those with records are numbered; the other two belong to the joining of nodes (see `joining.ts`) and
 * have the number 0.
 */
export type BatchKind = 'records' | 'probe' | 'founding';

/** Flags: pressure in two bits, then one bit each; 4 was one, which older gateways set and nobody reads. */
const PRESSURE = 3;
const PROBE = 8;
const FOUNDING = 16;

export interface BatchHead {
  /** Incarnation of the node that wrote it: 16 hex digits. */
  readonly incarnation: string;
  readonly kind: BatchKind;
  /** Number of the batch: 1 for the first of an incarnation. */
  readonly batch: number;
  readonly pressure: PressureLevel;
  /** Time, in ms, during which the writer ran. */
  readonly ticks: number;
  /** Last position that the writer had applied. */
  readonly seen: number;
  /** Checksum over all messages up to that position (see `applied-batches.ts`). */
  readonly print: number;
}

/** Batch as it was read. The records are views of the message. */
export interface Batch extends BatchHead {
  readonly records: readonly Uint8Array[];
}

/** Bytes that a record takes in a batch. */
export function sizeInBatch(record: Uint8Array): number {
  return LENGTH + record.length;
}

/** Writes a batch. */
export function encodeBatch(head: BatchHead, records: readonly Uint8Array[]): Uint8Array {
  const size = records.reduce((sum, record) => sum + sizeInBatch(record), HEAD);
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeUInt8(VERSION, 0);
  bytes.write(head.incarnation, 1, 8, 'hex');
  bytes.writeUIntBE(head.batch, 9, 6);
  bytes.writeUInt8(flagsOf(head), 15);
  bytes.writeUIntBE(Math.trunc(head.ticks), 16, 6);
  bytes.writeUIntBE(head.seen, 22, 6);
  bytes.writeUInt32BE(head.print, 28);
  let at = HEAD;
  for (const record of records) {
    bytes.writeUInt32BE(record.length, at);
    bytes.set(record, at + LENGTH);
    at += sizeInBatch(record);
  }
  return bytes;
}

/** Reads a batch; null for a message that is none. */
export function decodeBatch(message: Uint8Array): Batch | null {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (bytes.length < HEAD || bytes[0] !== VERSION) return null;
  const records: Uint8Array[] = [];
  for (let at = HEAD; at < bytes.length;) {
    if (at + LENGTH > bytes.length) return null;
    const end = at + LENGTH + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    records.push(message.subarray(at + LENGTH, end));
    at = end;
  }
  const flags = bytes[15]!;
  return {
    incarnation: bytes.toString('hex', 1, 9),
    batch: bytes.readUIntBE(9, 6),
    kind: kindOf(flags),
    pressure: (flags & PRESSURE) as PressureLevel,
    ticks: bytes.readUIntBE(16, 6),
    seen: bytes.readUIntBE(22, 6),
    print: bytes.readUInt32BE(28),
    records,
  };
}

function flagsOf({ kind, pressure }: BatchHead): number {
  const kinds = { records: 0, probe: PROBE, founding: FOUNDING };
  return pressure | kinds[kind];
}

function kindOf(flags: number): BatchKind {
  if ((flags & FOUNDING) > 0) return 'founding';
  return (flags & PROBE) > 0 ? 'probe' : 'records';
}
