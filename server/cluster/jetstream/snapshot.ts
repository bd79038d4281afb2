/** A snapshot as it goes from one node to another: what is applied of the log, and the state of the room. */
import type { AppliedState } from './applied-batches.ts';

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
