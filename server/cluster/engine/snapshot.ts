/** A snapshot as it goes from one node to another: the history of the log, and the state of the room. */
import type { HistoryState } from './history.ts';

const LENGTH = 4;

/** Puts both into one text of bytes. */
export function packSnapshot(history: HistoryState, state: Uint8Array): Uint8Array {
  const first = Buffer.from(JSON.stringify(history));
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32BE(first.length);
  return Buffer.concat([length, first, state]);
}

/** Takes both apart. */
export function unpackSnapshot(snapshot: Uint8Array): {
  readonly history: HistoryState;
  readonly state: Uint8Array;
} {
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.length);
  const end = LENGTH + bytes.readUInt32BE(0);
  const history = JSON.parse(bytes.toString('utf8', LENGTH, end)) as HistoryState;
  return { history, state: snapshot.subarray(end) };
}
