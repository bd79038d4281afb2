/** The log of a conversation: its entries, the oldest first. */
import type { Entry } from './entries.ts';

/** Most entries that a conversation keeps; older ones are let go. */
export const MAX_ENTRIES = 10_000;
/** Most entries that are copied when one is added. */
const TAIL_ENTRIES = 128;

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
    return (this.#all ??= this.#before.concat(this.#tail).slice(-MAX_ENTRIES));
  }

  /** The log with one entry more, at its end. */
  with(entry: Entry): Log {
    return this.#tail.length < TAIL_ENTRIES
      ? new Log(this.#before, [...this.#tail, entry])
      : new Log(this.all, [entry]);
  }
}
