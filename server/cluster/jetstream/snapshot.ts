/** A snapshot as it goes from one node to another: what is applied of the log, and the state of the room. */
import type { AppliedState } from './applied-batches.ts';

/** Bytes of a part of a snapshot, at most, without its head. */
export const PART = 512 * 1024;
/** Bytes of a part's head: number of the snapshot, of the part, and of parts. */
const PART_HEAD = 12;
/** Bytes of the length in front. */
const LENGTH = 4;

/** Packs both as bytes: the length of the first, the first as JSON, then the state. */
export function packSnapshot(applied: AppliedState, state: Uint8Array): Uint8Array {
  const first = Buffer.from(JSON.stringify(applied));
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32BE(first.length);
  return Buffer.concat([length, first, state]);
}

/** Unpacks both; the state is a view of the snapshot. */
export function unpackSnapshot(snapshot: Uint8Array): {
  readonly applied: AppliedState;
  readonly state: Uint8Array;
} {
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.length);
  const end = LENGTH + bytes.readUInt32BE(0);
  const applied = JSON.parse(bytes.toString('utf8', LENGTH, end)) as AppliedState;
  return { applied, state: snapshot.subarray(end) };
}

/** Splits a snapshot into parts that the engine takes as messages. */
export function partsOf(snapshot: Uint8Array): Uint8Array[] {
  const id = Math.trunc(Math.random() * 2 ** 32);
  const count = Math.max(1, Math.ceil(snapshot.length / PART));
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.alloc(PART_HEAD);
    head.writeUInt32BE(id, 0);
    head.writeUInt32BE(index, 4);
    head.writeUInt32BE(count, 8);
    return Buffer.concat([head, snapshot.subarray(index * PART, (index + 1) * PART)]);
  });
}

/** Tells whether a part of a snapshot follows those that came. */
export function isNextPart(before: readonly Uint8Array[], part: Uint8Array): boolean {
  if (part.length < PART_HEAD) return false;
  const view = Buffer.from(part.buffer, part.byteOffset, part.length);
  const isSame =
    before[0] === undefined || Buffer.compare(before[0].subarray(0, 4), view.subarray(0, 4)) === 0;
  return isSame && view.readUInt32BE(4) === before.length;
}

/** Joins the parts; null when there are more to come. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array | null {
  const [first] = parts;
  const count = first && Buffer.from(first.buffer, first.byteOffset).readUInt32BE(8);
  return parts.length === count ? Buffer.concat(parts.map((part) => part.subarray(PART_HEAD))) : null;
}
