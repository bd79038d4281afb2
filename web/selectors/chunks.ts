/**
 * A long conversation in chunks: what did not change keeps its identity, so that a view has to look only at the chunk
 * that did, and lays out only those in sight.
 */
import { dayOf, goesOnWith, mayJoin } from './blocks.ts';
import type { Entry } from '../state/entries.ts';

export interface Chunk {
  /** Id that grows from chunk to chunk, and stays when entries are dropped at the front or come at the end. */
  readonly id: number;
  readonly entries: readonly Entry[];
  /** Divider and day that its blocks are made with, when it is laid out: a change of one makes a new chunk. */
  readonly newFrom: number | null;
  readonly day: string;
  /** True when its first entry goes on with the group before it, whose heading is there. */
  readonly goesOn: boolean;
}

/**
 * Entries per chunk, at most about: a group is only cut when twice as many would be together. A chunk is laid out in one
 * task, also where every message has formatting.
 */
const CHUNK_ENTRIES = 8;
/** The same of messages of ignored people, which are one line together, until somebody opens it. */
const IGNORED_ENTRIES = 128;

/**
 * @param before what the last call gave for this conversation: of chunks that are still right nothing is looked at, but
 * that they are, and they are taken over from it
 */
export function toChunks(
  entries: readonly Entry[],
  newFrom: number | null,
  before: readonly Chunk[],
): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0, next = 0; start < entries.length;) {
    const id = numberOf(entries[start]!, CHUNK_ENTRIES);
    while (before[next] && before[next]!.id < id) next++;
    const old = before[next];
    const isThere = old?.entries.every((entry, index) => entry === entries[start + index]);
    const oldEnd = isThere ? start + old!.entries.length : -1;
    // Its neighbours decide where it begins and ends, and which day it is.
    const isSame =
      isThere &&
      before[next + 1]?.entries[0] === entries[oldEnd] &&
      before[next - 1]?.entries.at(-1) === entries[start - 1];
    const end = isSame ? oldEnd : endOfChunk(entries, start);
    const last = entries[start - 1];
    const day = isSame ? old!.day : last ? dayOf(last) : '';
    const goesOn = isSame ? old!.goesOn : last !== undefined && goesOnWith(last, entries[start]!);
    const isDivided = newFrom !== null && entries[start]!.id <= newFrom && newFrom <= entries[end - 1]!.id;
    const divider = isDivided ? newFrom : null;
    const isOld = end === oldEnd && old?.newFrom === divider && old.day === day && old.goesOn === goesOn;
    chunks.push(isOld ? old : { id, entries: entries.slice(start, end), newFrom: divider, day, goesOn });
    start = end;
  }
  return chunks;
}

/**
 * Index behind a chunk. A border depends on the ids around it and not on the position, so that the borders stay where
 * they are when entries are dropped at the front.
 */
function endOfChunk(entries: readonly Entry[], start: number): number {
  let end = start + 1;
  for (; end < entries.length; end++) {
    const [before, entry] = [entries[end - 1]!, entries[end]!];
    const together = entry.kind === 'ignored' ? IGNORED_ENTRIES : 2 * CHUNK_ENTRIES;
    const size = mayJoin(before, entry) ? together : CHUNK_ENTRIES;
    if (numberOf(before, size) !== numberOf(entry, size)) break;
  }
  return end;
}

/** Number of the piece of `size` ids that an entry is in. */
function numberOf({ id }: Entry, size: number): number {
  return Math.floor(id / size);
}
