/** Time, as an argument. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls `run` after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` every `ms` milliseconds, or later when the process is held up, until the returned function is called. */
  every(ms: number, run: () => void): () => void;
}
