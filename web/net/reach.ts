/**
 * Whether the server is there, asked over HTTP. Firefox holds a new WebSocket back for up to a minute once some to the
 * same server have failed; it never holds back a request. So while the server is away no WebSocket is opened.
 */

/** Longest wait for the answer, in ms. */
const ANSWER_MS = 4_000;
/** A question this young, in ms, is as good as a new one, however often someone wants to know. */
const YOUNG_MS = 2_000;

let asked: Promise<boolean> | undefined;
let askedAt = 0;

/**
 * Asks the gateway that the page came from. False when it cannot be reached, or a proxy says that it is away. What does
 * not answer within 4 s may have been asked over a connection that is dead without the browser's knowing, which a
 * WebSocket would not use: that is no reason not to try one.
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

async function ask(): Promise<boolean> {
  try {
    const { status } = await fetch('./healthz', {
      method: 'HEAD',
      cache: 'no-store',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // A proxy may not pass this address on: whatever else it answers, the network is there.
    return status < 500;
  } catch (error) {
    return error instanceof DOMException && error.name === 'TimeoutError';
  }
}

/** Whoever wants to connect asks first. */
export class Question {
  readonly #ask: (() => Promise<boolean>) | undefined;
  #turn = 0;
  /** True from `put` until the answer. */
  isOpen = false;

  /** @param ask without it everyone is taken to be there */
  constructor(ask: (() => Promise<boolean>) | undefined) {
    this.#ask = ask;
  }

  /** Calls one of both, once. Put again while it is open it is asked again, and the first good answer counts. */
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

  /** Nobody wants to know any more. */
  drop(): void {
    this.isOpen = false;
  }
}
