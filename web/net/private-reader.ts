/** Reads the incoming direction of a private connection: what has arrived is seen, within 2 s (D29). */
import { PrivateStreamParser, type PrivateItem, type RawItem } from '../../shared/protocol/private-stream.ts';

/** Age, in ms, at which an item is shown although its end has not come. */
const UNFINISHED_MS = 2_000;

/**
 * Called with the items that are complete, in order, and what is to be shown of the one behind them, if its end is
 * overdue. What was shown of an unfinished item before is replaced by the first of these.
 */
type ReportItems = (items: readonly PrivateItem[], unfinished: RawItem | null) => void;

export class PrivateReader {
  readonly #parser = new PrivateStreamParser();
  readonly #report: ReportItems;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** True once the present unfinished item is overdue. */
  #isOverdue = false;

  constructor(report: ReportItems) {
    this.#report = report;
  }

  /** True when the other side is to be answered in STRINGs. */
  get speaksStrings(): boolean {
    return this.#parser.speaksStrings;
  }

  /** A parser that goes on where this reader is. */
  copyParser(): PrivateStreamParser {
    return this.#parser.copy();
  }

  push(bytes: Uint8Array): void {
    const items = this.#parser.push(bytes);
    const { unfinished } = this.#parser;
    // A new item has its own time.
    if (items.length > 0 || !unfinished) this.#forgetTimer();
    if (items.length > 0 || this.#isOverdue) this.#report(items, this.#isOverdue ? unfinished : null);
    if (!unfinished || this.#isOverdue) return;
    this.#timer ??= setTimeout(() => {
      this.#isOverdue = true;
      this.#report([], this.#parser.unfinished);
    }, UNFINISHED_MS);
  }

  /** Reports what still waits for its end, which will not come. */
  end(): void {
    this.#forgetTimer();
    const items = this.#parser.end();
    if (items.length > 0) this.#report(items, null);
  }

  #forgetTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isOverdue = false;
  }
}
