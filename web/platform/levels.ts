/** Levels: what lies over something else, each with one entry in the history, so that Back closes the topmost. */

/** Level that is open. The higher the rank, the nearer to the top; `close` takes it away. */
export interface Level {
  readonly rank: number;
  readonly close: () => void;
}

/** Delay, in ms, before entries of closed levels are given back: what is closed is often replaced at once. */
export const SETTLE_MS = 100;

/** Keeps as many entries in the history as there are levels: none for a switch between conversations. */
export class Levels {
  readonly #history: Pick<History, 'state' | 'pushState' | 'replaceState' | 'go'>;
  /** Levels that are open, from the bottom to the top. */
  #open: readonly Level[] = [];
  /** Level of the history's present entry: a page that is loaded again may begin above the bottom. */
  #at: number;
  /** True while the history goes back because we have asked for it. */
  #isReturning = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(history: Pick<History, 'state' | 'pushState' | 'replaceState' | 'go'>) {
    this.#history = history;
    this.#at = levelOf(history.state) ?? 0;
    // One without is made by a link that is followed to where the page is already.
    history.replaceState({ level: this.#at }, '');
    this.#settle();
  }

  /** Adds a level; returns what takes it away. */
  open(level: Level): () => void {
    this.#open = [...this.#open, level].sort((one, other) => one.rank - other.rank);
    this.#push();
    return () => {
      this.#open = this.#open.filter((other) => other !== level);
      this.#settle();
    };
  }

  /** Handles `popstate`: closes the levels above the entry that the person has gone to; none for one that a link has made. */
  onPop(state: unknown): void {
    const level = levelOf(state);
    if (level === null) this.#history.replaceState({ level: this.#at }, '');
    else this.#at = level;
    const closed = this.#isReturning ? [] : this.#open.slice(this.#at);
    this.#isReturning = false;
    this.#open = this.#open.filter((level) => !closed.includes(level));
    for (const level of closed.reverse()) level.close();
    this.#push();
    this.#settle();
  }

  #push(): void {
    if (this.#isReturning) return;
    while (this.#at < this.#open.length) this.#history.pushState({ level: ++this.#at }, '');
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const above = this.#at - this.#open.length;
      if (above <= 0 || this.#isReturning) return;
      this.#isReturning = true;
      this.#history.go(-above);
    }, SETTLE_MS);
  }
}

function levelOf(state: unknown): number | null {
  return (state as { level?: number } | null)?.level ?? null;
}
