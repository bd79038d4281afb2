/**
 * Asks over HTTP whether the server is there. Firefox holds a new WebSocket back for up to a minute once some to the
 * same server have failed; it never holds back a request. So while the server is away no WebSocket is opened.
 */

/** Timeout of the answer, in ms. */
const ANSWER_MS = 4_000;
/** Age, in ms, up to which a request that is under way answers whoever asks meanwhile: none is sent beside it. */
const YOUNG_MS = 2_000;
/** Age of a try, in ms, from which it gives way to another when somebody asks for one: most servers would have answered. */
export const PATIENCE_MS = 5_000;

let asked: Promise<boolean> | undefined;
let askedAt = 0;

/**
 * Asks the gateway that the page came from. False when it cannot be reached, or a proxy says that it is away; true when
 * nothing answers within 4 s: the request may have used a connection that is dead without the browser's knowing, which
 * a WebSocket would not use.
 */
export function isServerThere(): Promise<boolean> {
  if (!asked || Date.now() - askedAt > YOUNG_MS) {
    askedAt = Date.now();
    const asking = ask().finally(() => {
      if (asked === asking) asked = undefined;
    });
    asked = asking;
  }
  return asked;
}

function ask(): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  return fetch('./healthz', { method: 'HEAD', cache: 'no-store', redirect: 'manual', signal }).then(
    // A proxy may not pass this address on: whatever else it answers, the network is there.
    ({ status }) => status < 500,
    // The error itself does not say: in Safari that of a timeout is an AbortError.
    () => signal.aborted,
  );
}

/** The question whether the server is there, which a connection puts before it opens a WebSocket. */
export class Question {
  readonly #ask: (() => Promise<boolean>) | undefined;
  #turn = 0;
  /** True from `put` until the answer. */
  isOpen = false;

  /** @param ask without it the server is taken to be there */
  constructor(ask: (() => Promise<boolean>) | undefined) {
    this.#ask = ask;
  }

  /**
   * Asks, and calls `there` or `away`, once. Put again before the answer, it is asked anew: the first yes counts, a no only
   * in answer to the last.
   */
  put(there: () => void, away: () => void): void {
    if (!this.#ask) return there();
    this.isOpen = true;
    const turn = ++this.#turn;
    void this.#ask().then((isThere) => {
      if (!this.isOpen || !(isThere || turn === this.#turn)) return;
      this.isOpen = false;
      (isThere ? there : away)();
    });
  }

  /** Drops the question: neither is called any more. */
  drop(): void {
    this.isOpen = false;
  }
}
