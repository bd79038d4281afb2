/** The clock that the rules are given: that of the machine, or in tests one that is moved by hand. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /**
   * Milliseconds during which the process ran, for deadlines of clients: what a stopped process did not read is nobody's
   * fault. A pause, whatever its length, counts for a second at most.
   */
  awake(): number;
  /** Calls `run` after `ms` milliseconds of {@link Clock.awake}, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` every `ms` milliseconds, or later when the process is held up, until the returned function is called. */
  every(ms: number, run: () => void): () => void;
}
