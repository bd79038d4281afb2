/** Puts what the engine hands out into the order of the log, and fetches what is missing. */
import type { Clock } from '../../chat/environment/clock.ts';

/** Bytes of messages kept while one before them is missing, and how many each counts beside its own; more are dropped, and fetched later. */
const MAX_WAITING = 32 * 1024 * 1024;
const OVERHEAD = 512;
/** Positions behind the last one handed out within which is fetched; what comes there is kept in any case. */
const WINDOW = 64;
/** Backoff, in ms, between attempts to fetch one message: there may be no leader. */
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

  /** Last position handed out; endless while none can be, before the beginning and behind the end. */
  get applied(): number {
    return this.#isClosed ? Infinity : (this.#applied ?? Infinity);
  }

  /** Takes a message as the engine republishes it. What comes before the state is in it, or is fetched: its log may be another one. */
  receive(position: number, message: Uint8Array): void {
    if (this.#isClosed || this.#applied === null) return;
    if (position <= this.#applied) this.#options.onRepeated(position, message);
    else {
      this.#keep(position, message);
      this.#handOut();
      this.#fetchMissing();
    }
  }

  /** Fetches what has not come up to a position, at which the engine is known to have stored something. */
  expect(last: number): void {
    this.#highest = Math.max(this.#highest, last);
    this.#fetchMissing();
  }

  /** Begins to hand out, from behind a position. */
  begin(applied: number): void {
    this.#applied = applied;
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
  }

  #keep(position: number, message: Uint8Array): void {
    this.#highest = Math.max(this.#highest, position);
    if (this.#waiting.has(position)) return;
    if (position > this.#applied! + WINDOW && this.#waitingBytes >= MAX_WAITING) return;
    this.#waiting.set(position, message);
    this.#waitingBytes += message.length + OVERHEAD;
  }

  #handOut(): void {
    for (;;) {
      const position = this.#applied! + 1;
      const message = this.#waiting.get(position);
      if (message === undefined) return;
      this.#waiting.delete(position);
      this.#waitingBytes -= message.length + OVERHEAD;
      this.#applied = position;
      this.#options.onNext(position, message);
    }
  }

  #fetchMissing(): void {
    if (this.#isClosed) return;
    const last = Math.min(this.#highest, this.#applied! + WINDOW);
    for (let position = this.#applied! + 1; position <= last; position++)
      if (!this.#waiting.has(position) && !this.#fetching.has(position)) void this.#fetch(position);
  }

  /** Fetches a message, again and again until it is there. */
  async #fetch(position: number): Promise<void> {
    const { clock, fetch } = this.#options;
    const isNeeded = () => !this.#isClosed && position > this.#applied! && !this.#waiting.has(position);
    this.#fetching.add(position);
    for (let retry = FIRST_RETRY; isNeeded(); retry = Math.min(2 * retry, LAST_RETRY)) {
      const message = await fetch(position).catch(() => null);
      if (message === null) await new Promise<void>((resolve) => clock.after(retry, resolve));
      else if (isNeeded()) {
        this.fetched++;
        this.lastFetched = position;
        this.receive(position, message);
      }
    }
    this.#fetching.delete(position);
  }
}
