/** Chunks of a log that are laid out: those in sight at once, those around them little by little. */
import type { Chunk } from '../../selectors/chunks.ts';

/** Margin that is laid out above and below what is in sight, in heights of the log. */
const MARGIN = 1;
/** Most entries that one task lays out anew: as many as the longest chunk has, but for those of ignored people, a line. */
const SLICE_ENTRIES = 16;

/** The chunk at the top of what is in sight, how far below the log's top it begins, and the log's height: in pixels. */
export interface View {
  readonly id: number;
  readonly top: number;
  readonly height: number;
}

/** Range of chunks; its last is excluded. */
type Range = readonly [first: number, last: number];

/**
 * Chunks that are laid out around what is in sight. They come slice by slice, those in sight first, from the line that is
 * kept where it is: no task has all of them to do.
 */
export class LaidOut {
  /** Number of entries of each chunk that is laid out, by its id. */
  sizes: ReadonlyMap<number, number> = new Map();
  #has: (margin: number) => boolean = () => true;

  /** False when what is in sight is not whole, as high as it has turned out to be. */
  get isSeen(): boolean {
    return this.#has(0);
  }

  /** False when the margin is not whole, either: another call of `rangeIn` adds to it. */
  get isWhole(): boolean {
    return this.#has(MARGIN);
  }

  /**
   * @param view null at the end of the log
   * @param heightOf height of a chunk, as far as it is known, in pixels: it is asked again for what is whole
   */
  rangeIn(
    chunks: readonly Chunk[],
    view: View | null,
    height: number,
    heightOf: (chunk: Chunk) => number,
  ): Range {
    // The chunk at the top of what is in sight, or the end.
    const at = view
      ? Math.max(
          0,
          chunks.findLastIndex(({ id }) => id <= view.id),
        )
      : chunks.length;
    const top = view?.top ?? height;
    const rangeWith = (margin: number): Range => {
      let [first, last] = [at, at];
      for (let pixels = margin * height + top; first > 0 && pixels > 0;) pixels -= heightOf(chunks[--first]!);
      // The chunk itself in any case: when one comes back to a log, it may be far down.
      for (let pixels = height * (1 + margin) - top; last < chunks.length && (pixels > 0 || last === at);)
        pixels -= heightOf(chunks[last++]!);
      return [first, last];
    };
    let [first, last] = [at, at];
    let room = SLICE_ENTRIES;
    /** Takes a chunk if there is room for what is new in it. */
    const take = ({ id, entries }: Chunk) => {
      const known = this.sizes.get(id);
      room -= Math.min(entries.length - (known ?? 0), SLICE_ENTRIES);
      return known !== undefined || room >= 0;
    };
    /** Extends the range to another as far as there is room. */
    const extend = ([from, to]: Range) => {
      while (last < to && take(chunks[last]!)) last++;
      while (first > from && take(chunks[first - 1]!)) first--;
    };
    extend(rangeWith(0));
    extend(rangeWith(MARGIN));
    this.#has = (margin) => chunks.slice(...rangeWith(margin)).every(({ id }) => this.sizes.has(id));
    this.sizes = new Map(chunks.slice(first, last).map(({ id, entries }) => [id, entries.length]));
    return [first, last];
  }
}
