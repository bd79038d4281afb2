/** Chunks of a log that are laid out: those in sight at once, those around them little by little. */
import type { Chunk } from '../../selectors/chunks.ts';

/** Margin that is laid out above and below what is in sight, in heights of the log. */
const MARGIN = 1;
/** Entries that one task lays out anew, about: more only when all of them are in sight. */
const SLICE_ENTRIES = 16;

/** The chunk at the top of what is in sight, how far below the log's top it begins, and the log's height: in pixels. */
export interface View {
  readonly id: number;
  readonly top: number;
  readonly height: number;
}

/** Range of chunks; its last is excluded. */
type Range = readonly [first: number, last: number];

/** Chunks that are laid out around what is in sight. The margin comes slice by slice: no task has all of it to do. */
export class LaidOut {
  #ids = new Set<number>();
  #isWhole = true;

  /**
   * @param view null at the end of the log
   * @param heightOf height of a chunk, as far as it is known, in pixels
   */
  rangeIn(
    chunks: readonly Chunk[],
    view: View | null,
    height: number,
    heightOf: (chunk: Chunk) => number,
  ): Range {
    const rangeWith = (margin: number): Range => {
      // The first chunk that begins after the top of the log.
      const at = view
        ? Math.max(
            0,
            chunks.findLastIndex(({ id }) => id <= view.id),
          )
        : chunks.length;
      const top = view?.top ?? height;
      let [first, last] = [at, at];
      for (let pixels = margin * height + top; first > 0 && pixels > 0;) pixels -= heightOf(chunks[--first]!);
      // The chunk itself in any case: when one comes back to a log, it may be far down.
      for (let pixels = height * (1 + margin) - top; last < chunks.length && (pixels > 0 || last === at);)
        pixels -= heightOf(chunks[last++]!);
      return [first, last];
    };
    let [first, last] = rangeWith(0);
    const [from, to] = rangeWith(MARGIN);
    let room = SLICE_ENTRIES;
    /** Takes a chunk that is known, or for which there is room. */
    const take = ({ id, entries }: Chunk) => {
      if (this.#ids.has(id)) return true;
      room -= entries.length;
      return room > -entries.length;
    };
    chunks.slice(first, last).forEach(take);
    while (last < to && take(chunks[last]!)) last++;
    while (first > from && take(chunks[first - 1]!)) first--;
    this.#isWhole = first === from && last === to;
    this.#ids = new Set(chunks.slice(first, last).map(({ id }) => id));
    return [first, last];
  }

  /** False when the margin is whole: another call of `rangeIn` would add nothing. */
  get isWhole(): boolean {
    return this.#isWhole;
  }
}
