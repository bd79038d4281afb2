/**
 * A long conversation in chunks: what did not change keeps its identity, so that a view has to look only at the chunk
 * that did, and lays out only those in sight.
 */
import { dayOf, mayJoin } from './blocks.ts';
import type { Entry } from '../state/entries.ts';

export interface Chunk {
  /** Id that grows from chunk to chunk, and stays when entries are dropped at the front or come at the end. */
  readonly id: number;
  readonly entries: readonly Entry[];
  /** Divider and day that its blocks are made with, when it is laid out: a change of one makes a new chunk. */
  readonly newFrom: number | null;
  readonly day: string;
}

/**
 * Entries per chunk, at most about: a group is only cut when twice as many would be together. A chunk is laid out in one
 * task, also where every message has formatting.
 */
const CHUNK_ENTRIES = 8;
/** The same of messages of ignored people, which are one line together, until somebody opens it. */
const IGNORED_ENTRIES = 128;

/** @param before what the last call gave for this conversation: chunks that are still right are taken over from it */
export function toChunks(
  entries: readonly Entry[],
  newFrom: number | null,
  before: readonly Chunk[],
): readonly Chunk[] {
  const known = new Map(before.map((chunk) => [chunk.id, chunk]));
  const chunks: Chunk[] = [];
  for (let start = 0; start < entries.length;) {
    const end = endOfChunk(entries, start);
    const day = start === 0 ? '' : dayOf(entries[start - 1]!);
    const own = entries.slice(start, end);
    const divider = own.some(({ id }) => id === newFrom) ? newFrom : null;
    const id = numberOf(own[0]!, CHUNK_ENTRIES);
    const old = known.get(id);
    chunks.push(
      old?.newFrom === divider && old.day === day && sameEntries(old.entries, own)
        ? old
        : { id, entries: own, newFrom: divider, day },
    );
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
    const may = isBorder(before, entry, CHUNK_ENTRIES) && !mayJoin(before, entry);
    const areIgnored = before.kind === 'ignored' && entry.kind === 'ignored';
    if (may || isBorder(before, entry, areIgnored ? IGNORED_ENTRIES : 2 * CHUNK_ENTRIES)) break;
  }
  return end;
}

function isBorder(before: Entry, entry: Entry, size: number): boolean {
  return numberOf(before, size) !== numberOf(entry, size);
}

/** Number of the piece of `size` ids that an entry is in. */
function numberOf({ id }: Entry, size: number): number {
  return Math.floor(id / size);
}

function sameEntries(some: readonly Entry[], others: readonly Entry[]): boolean {
  return some.length === others.length && some.every((entry, index) => entry === others[index]);
}
