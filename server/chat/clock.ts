/** Time, as an argument. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `run` after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
}
