/** Puts what the engine hands out into the order of the log, and fetches what is missing. */
import type { Clock } from '../../chat/environment/clock.ts';

/** Bytes of messages kept while one before them is missing; beyond them they are dropped, and fetched later. */
const MAX_WAITING = 32 * 1024 * 1024;
/** Bytes of messages kept for nodes that have missed some, and how much more than its own length each counts. */
const MAX_KEPT = 16 * 1024 * 1024;
const OVERHEAD = 512;
/** Messages fetched at a time. */
const FETCHES = 64;
/** Backoff, in ms, between attempts to fetch one message: there may be no leader, or one that is behind. */
const FIRST_RETRY = 20;
const LAST_RETRY = 500;

export interface IncomingOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Fetches the message at a position; rejects when nobody has it (yet). */
  readonly fetch: (position: number) => Promise<Uint8Array>;
  readonly onNext: (position: number, message: Uint8Array) => void;
  /** A message at a position that was handed out already. */
  readonly onRepeated: (position: number, message: Uint8Array) => void;
}

/**
 * Incoming messages of the log. The engine republishes each message as it is stored; one may be lost on the way, or come
 * behind its successor: what is missing between two is fetched.
 */
export class IncomingMessages {
  readonly #options: IncomingOptions;
  readonly #waiting = new Map<number, Uint8Array>();
  #waitingBytes = 0;
  /** Last messages handed out, the oldest first. */
  readonly #kept = new Map<number, Uint8Array>();
  #keptBytes = 0;
  readonly #fetching = new Set<number>();
  /** Last position handed out; null before the node has a state to begin from. */
  #applied: number | null = null;
  #highest = 0;
  #isClosed = false;
  /** Messages that were fetched, since the start. */
  fetched = 0;
  /** Position of the last of them; 0 when there was none. */
  lastFetched = 0;

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** Takes a message as the engine republishes it. */
  receive(position: number, message: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#applied === null) this.#keepForLater(position, message);
    else if (position <= this.#applied) this.#options.onRepeated(position, message);
    else {
      this.#keep(position, message);
      this.#handOut();
      this.#fetchMissing();
    }
  }

  /** Begins to hand out, from behind a position. */
  begin(applied: number): void {
    this.#applied = applied;
    for (const position of [...this.#waiting.keys()]) if (position <= applied) this.#forget(position);
    this.#handOut();
    this.#fetchMissing();
  }

  /** A message that was handed out lately. */
  find(position: number): Uint8Array | undefined {
    return this.#kept.get(position);
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#kept.clear();
  }

  /** Keeps a message that comes before the state: one that differs at the same position is of a log that began anew. */
  #keepForLater(position: number, message: Uint8Array): void {
    const known = this.#waiting.get(position);
    if (known !== undefined && Buffer.compare(known, message) !== 0) {
      this.#waiting.clear();
      this.#waitingBytes = 0;
      this.#highest = 0;
    }
    this.#keep(position, message);
  }

  #keep(position: number, message: Uint8Array): void {
    this.#highest = Math.max(this.#highest, position);
    if (this.#waiting.has(position) || this.#waitingBytes + message.length > MAX_WAITING) {
      // The next one is always taken.
      if (position !== (this.#applied ?? 0) + 1) return;
    }
    this.#forget(position);
    this.#waiting.set(position, message);
    this.#waitingBytes += message.length;
  }

  #forget(position: number): void {
    this.#waitingBytes -= this.#waiting.get(position)?.length ?? 0;
    this.#waiting.delete(position);
  }

  #keepForOthers(position: number, message: Uint8Array): void {
    this.#kept.set(position, message);
    this.#keptBytes += message.length + OVERHEAD;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= length + OVERHEAD;
    }
  }

  #handOut(): void {
    for (;;) {
      if (this.#isClosed) return;
      const position = this.#applied! + 1;
      const message = this.#waiting.get(position);
      if (message === undefined) return;
      this.#forget(position);
      this.#applied = position;
      this.#keepForOthers(position, message);
      this.#options.onNext(position, message);
    }
  }

  #fetchMissing(): void {
    for (let position = this.#applied! + 1; position < this.#highest; position++) {
      if (this.#fetching.size >= FETCHES || this.#isClosed) return;
      if (!this.#waiting.has(position) && !this.#fetching.has(position)) this.#fetch(position, FIRST_RETRY);
    }
  }

  #fetch(position: number, retry: number): void {
    this.#fetching.add(position);
    const isNeeded = () => !this.#isClosed && position > this.#applied! && !this.#waiting.has(position);
    const done = () => {
      this.#fetching.delete(position);
      if (!this.#isClosed) this.#fetchMissing();
    };
    void this.#options
      .fetch(position)
      .catch(() => null)
      .then((message) => {
        if (!isNeeded()) done();
        else if (message !== null) {
          this.fetched++;
          this.lastFetched = position;
          this.#fetching.delete(position);
          this.receive(position, message);
        } else
          this.#options.clock.after(retry, () => {
            if (isNeeded()) this.#fetch(position, Math.min(2 * retry, LAST_RETRY));
            else done();
          });
      });
  }
}
