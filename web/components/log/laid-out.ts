/** Chunks of a log that are laid out: those in sight at once, those around them little by little. */
import type { Chunk } from '../../selectors/chunks.ts';

/** Margin that is laid out above and below what is in sight, in heights of the log: in the end, and at first. */
const MARGIN = 1;
const FIRST_MARGIN = 0.25;

/** The chunk at the top of what is in sight, how far below the log's top it begins, and the log's height: in pixels. */
export interface View {
  readonly id: number;
  readonly top: number;
  readonly height: number;
}

/** Range of chunks; its last is excluded. */
type Range = readonly [first: number, last: number];

/** Chunks that are laid out around what is in sight. Wherever one comes anew, the margin grows: no task has all of it to do. */
export class LaidOut {
  #ids = new Set<number>();
  #margin = MARGIN;

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
      for (let pixels = height * (1 + margin) - top; last < chunks.length && pixels > 0;)
        pixels -= heightOf(chunks[last++]!);
      return [first, last];
    };
    const idsIn = (range: Range) => chunks.slice(...range).map(({ id }) => id);
    const inSight = idsIn(rangeWith(0));
    if (inSight.length > 0 && !inSight.some((id) => this.#ids.has(id))) this.#margin = FIRST_MARGIN;
    const range = rangeWith(this.#margin);
    this.#ids = new Set(idsIn(range));
    return range;
  }

  /** Takes more for the next time; false when the margin is whole. */
  grow(): boolean {
    const isWhole = this.#margin >= MARGIN;
    if (!isWhole) this.#margin *= 2;
    return !isWhole;
  }
}
