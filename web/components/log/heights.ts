/** Heights of the chunks of a log, of which only some are laid out. */
import type { Chunk } from '../../selectors/chunks.ts';
import type { LaidOut } from './laid-out.ts';

/** Height of an entry that was never laid out, in pixels, before any was: of short messages that follow one another. */
const FIRST_GUESS_PX = 32;

/** Heights of chunks, in pixels: measured once laid out, guessed from those that were until then. */
export class Heights {
  readonly #known = new Map<number, number>();
  /** Sum of the heights of as many entries. */
  #pixels = FIRST_GUESS_PX;
  #entries = 1;

  of(chunk: Chunk): number {
    return this.#known.get(chunk.id) ?? (this.#pixels / this.#entries) * chunk.entries.length;
  }

  /** @param sizes number of entries of each chunk that counts, by its id */
  measure(log: HTMLElement, sizes: LaidOut['sizes']): void {
    for (const element of log.querySelectorAll<HTMLElement>('[data-chunk]')) {
      const id = Number(element.dataset['chunk']);
      const size = sizes.get(id);
      if (size === undefined) continue;
      const height = element.getBoundingClientRect().height;
      if (!this.#known.has(id)) {
        this.#pixels += height;
        this.#entries += size;
      }
      this.#known.set(id, height);
    }
  }
}
