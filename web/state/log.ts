/** The log of a conversation: its entries, the oldest first. */
import type { Entry } from './entries.ts';

/** Most entries that a conversation keeps; older ones are let go, and a mark says so. */
export const MAX_ENTRIES = 10_000;
/** Most entries that are copied when one is added. */
const TAIL_ENTRIES = 128;

/** The newest entries, as many as this at most. When there are more, a mark is the first of them. */
export function newest(entries: readonly Entry[], most: number): readonly Entry[] {
  if (entries.length <= most) return entries;
  const kept = entries.slice(-most);
  const { id } = kept[0]!;
  kept[0] = { kind: 'mark', id, at: timeOf(kept[0]!), mark: 'let-go' };
  return kept;
}

/** Time of an entry, in ms since 1970: of a gap, its end. */
export function timeOf(entry: Entry): number {
  return entry.kind === 'gap' ? entry.to : entry.at;
}

/**
 * Entries of a conversation, which nothing changes. In a flood most of them are never seen before the next comes: all of
 * them are put together only when somebody asks for them, and else what adds one copies the newest.
 */
export class Log {
  readonly #before: readonly Entry[];
  readonly #tail: readonly Entry[];
  #all: readonly Entry[] | undefined;

  constructor(before: readonly Entry[] = [], tail: readonly Entry[] = []) {
    this.#before = before;
    this.#tail = tail;
  }

  get all(): readonly Entry[] {
    return (this.#all ??= newest(this.#before.concat(this.#tail), MAX_ENTRIES));
  }

  /** The log with one entry more, at its end. */
  with(entry: Entry): Log {
    return this.#tail.length < TAIL_ENTRIES
      ? new Log(this.#before, [...this.#tail, entry])
      : new Log(this.all, [entry]);
  }
}
