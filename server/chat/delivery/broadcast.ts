/** Broadcasts: the commands of one turn of the event loop, copied once and written once per client. */
import { LagMonitor } from './lag-monitor.ts';
import { Recipients } from './recipients.ts';
import type { Outbox } from './outbox.ts';
import { Counters } from '../environment/counters.ts';
import type { SendBefore, TextSource } from './batch-texts.ts';
import { NOTHING } from '../../../shared/protocol/bytes.ts';

/** Bytes of batch after which a turn is delivered without waiting for its end, so that a batch stays bounded. */
const FULL = 64 * 1024;

/**
 * Clients that are written to before anything else has its turn, and for how long, in ms, at most. Of a room of 8,000 the last
 * hears behind four turns then, each of which may be full of other work, as when all come in at once.
 */
const SLICE_CLIENTS = 2048;
export const SLICE_TIME = 15;
/** Clients that are written to between two readings of the clock: a process that hardly gets the processor goes on, too. */
const CLOCK_EVERY = 256;
/** Bytes that may be written before anything else has its turn. */
const SLICE_BYTES = 8 * 1024 * 1024;

/**
 * Coalesces the commands of one turn into one batch. At the turn's end each client gets its share in a single write:
 * for nearly everyone that is the same bytes, the batch itself. Commands for one client alone keep their place
 * among the broadcasts (D14). When the server is idle the turn ends at once; under load batches grow by themselves.
 * The fan-out to thousands is written in slices, with time for all else between them: what is sent meanwhile makes the
 * next batch, and a client that is addressed alone gets its share of this one first.
 */
export class Broadcast {
  readonly lagMonitor: LagMonitor;
  /** Gives what subscribers are told before they get words (D28); set once, before there are any. */
  textSource: TextSource | null = null;
  /** Clients that are written to in a row. */
  readonly slice: number;
  readonly #recipients = new Recipients();
  /** Outboxes whose share of this turn is not just the batch. */
  readonly #addressed = new Set<Outbox>();
  /**
   * Those who said what is gathered: they are written to last, since their echo tells them that it was delivered (D11). Those
   * who get something alone in the same turn, an answer to their LOGIN say, are not: `#addressed` come before all.
   */
  readonly #speakers = new Set<Outbox>();
  readonly #atEndOfTurn: (deliver: () => void) => void;
  readonly #allocate: (size: number) => Uint8Array;
  readonly #counters: Counters;
  readonly #now: () => number;
  #scheduled = false;
  /** Batch being delivered; `#recipients` knows who still has to get it. */
  #delivering: Uint8Array = NOTHING;
  #isDelivering = false;
  /** Texts that subscribers are sent before it. */
  #before: SendBefore | null = null;
  /** Callbacks that wait for what is gathered now, those that wait for the batch being delivered, and those due. */
  #afterNext: Array<() => void> = [];
  #afterThis: Array<() => void> = [];
  #due: Array<() => void> = [];
  // The batch is `#slab` from `#start` to `#end`. A slab serves many turns and is replaced when it is full; bytes that
  // were delivered are never touched again, so a slow client's pending writes stay valid.
  #slab: Uint8Array;
  #start = 0;
  #end = 0;
  /** The batch as one object, while nothing is added to it: what transports make of it is kept for all who get it. */
  #gathered: Uint8Array | null = null;

  /**
   * @param atEndOfTurn runs a function once what can be read now is read (setImmediate)
   * @param allocate makes the memory that is handed to the transports
   * @param counters counts what is sent
   * @param slice clients that are written to in a row
   * @param now the time, in ms
   */
  constructor(
    atEndOfTurn: (deliver: () => void) => void,
    allocate: (size: number) => Uint8Array = (size) => new Uint8Array(size),
    counters: Counters = new Counters(),
    slice = SLICE_CLIENTS,
    now: () => number = () => 0,
  ) {
    this.#atEndOfTurn = atEndOfTurn;
    this.#allocate = allocate;
    this.#counters = counters;
    this.lagMonitor = new LagMonitor(this.#recipients);
    this.slice = slice;
    this.#now = now;
    this.#slab = allocate(FULL);
  }

  /** True when a batch takes several turns, with time for all else between. */
  get isSliced(): boolean {
    return this.#recipients.size > this.slice;
  }

  /** Adds a client to the recipients of all that is published from now on (D11). */
  join(outbox: Outbox): void {
    this.#recipients.add(outbox);
    this.#hasDelivered(outbox);
  }

  /** Writes what is queued for a client, at once. */
  flush(outbox: Outbox): void {
    if (!this.catchUp(outbox) || !this.#introduce(outbox)) return;
    outbox.deliver(this.#batch(), this.#counters);
    if (this.#recipients.has(outbox)) this.#hasDelivered(outbox);
  }

  /** Writes what is queued for a client, at once, and removes it. */
  settle(outbox: Outbox): void {
    this.flush(outbox);
    this.remove(outbox);
  }

  /** Removes a client, and what is queued for it. */
  remove(outbox: Outbox): void {
    this.#recipients.delete(outbox);
    this.#addressed.delete(outbox);
    outbox.from = -1;
  }

  /**
   * Sends one command to every recipient; returns the bytes of its fan-out. The bytes are copied. The order of its calls is
   * that in which all hear what is sent (D14).
   * @param speaker who said it, if one of them: a process that is killed meanwhile has told it no echo that others did not hear,
   * unless it got something alone in that turn
   */
  publish(command: Uint8Array, speaker: Outbox | null = null): number {
    if (this.#end + command.length > this.#slab.length) this.#changeSlab();
    if (speaker) this.#speakers.add(speaker);
    this.#slab.set(command, this.#end);
    this.#end += command.length;
    this.#gathered = null;
    this.#counters.commandsOut[command[0]!]! += this.#recipients.size;
    this.#schedule();
    return command.length * this.#recipients.size;
  }

  /**
   * Sends one command to one client, a recipient of broadcasts or not; returns the bytes that it gets. They are copied.
   * @param outbox null for a client that another node sends it to
   */
  send(outbox: Outbox | null, command: Uint8Array): number {
    if (outbox === null || !this.catchUp(outbox)) return 0;
    const waiting = outbox.insert(this.#end - this.#start, new Uint8Array(command));
    this.#addressed.add(outbox);
    this.#counters.commandsOut[command[0]!]! += 1;
    if (waiting >= FULL) this.flush(outbox);
    else this.#schedule();
    return command.length;
  }

  /** Calls a function once all that was sent until now is written; never from within a call that sends more. */
  whenDelivered(run: () => void): void {
    this.#afterNext.push(run);
    this.#schedule();
  }

  /**
   * Delivers the batch that is being delivered to a client that has not got it, before anything for it alone. False when
   * that closed it.
   */
  catchUp(outbox: Outbox): boolean {
    if (!this.#recipients.has(outbox) || this.#recipients.isDelivered(outbox)) return true;
    this.#recipients.markDelivered(outbox);
    outbox.deliverBehind(this.#before, this.#delivering, this.#counters);
    return this.#recipients.has(outbox);
  }

  #changeSlab(): void {
    // The batch being delivered has to be out before a full one follows it.
    this.#deliver(Infinity);
    if (this.#end > this.#start) this.#deliverSlice();
    this.#slab = this.#allocate(FULL);
    this.#start = 0;
    this.#end = 0;
    this.#gathered = null;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#atEndOfTurn(() => {
      this.#scheduled = false;
      this.#deliverSlice();
      for (const run of this.#due.splice(0)) run();
    });
  }

  /**
   * Writes one batch, to as many as can be written to without holding up all else. Where it takes several turns, what follows
   * it begins with a turn of its own: those whose last words it brought have answered by then, and one batch carries them all.
   */
  #deliverSlice(): void {
    const until = this.#now() + SLICE_TIME;
    let left = this.slice;
    let bytes = SLICE_BYTES;
    if (!this.#isDelivering && this.#isMore) this.#begin();
    while (left > 0 && bytes > 0 && this.#isDelivering) {
      const { length } = this.#delivering;
      const clients = Math.min(left, CLOCK_EVERY, Math.ceil(bytes / (length + 1)));
      const written = clients - this.#deliver(clients);
      left -= written;
      bytes -= written * length;
      if (written > 0 && this.#now() >= until) break;
    }
    if (this.#isMore) this.#schedule();
  }

  get #isMore(): boolean {
    const isGathered = this.#end > this.#start || this.#addressed.size + this.#afterNext.length > 0;
    return isGathered || this.#isDelivering;
  }

  /** Makes what is gathered the batch that is delivered. */
  #begin(): void {
    this.#isDelivering = true;
    this.#delivering = this.#batch();
    this.#start = this.#end;
    this.#gathered = null;
    [this.#afterThis, this.#afterNext] = [this.#afterNext, []];
    this.#before = this.textSource?.beforeBatch() ?? null;
    if (this.#delivering.length > 0) this.#recipients.resetCursor(this.#speakers);
    this.#speakers.clear();
    for (const outbox of this.#addressed) {
      if (this.#recipients.has(outbox)) this.#recipients.markDelivered(outbox);
      outbox.deliverBehind(this.#before, this.#delivering, this.#counters);
    }
    this.#addressed.clear();
  }

  /** Writes the batch to at most so many more clients; returns how many more it could have been. */
  #deliver(clients: number): number {
    const left = this.#before
      ? this.#recipients.deliverBehind(this.#before, this.#delivering, clients, this.#counters)
      : this.#recipients.deliver(this.#delivering, clients, this.#counters);
    if (!this.#isDelivering || !this.#recipients.areDelivered) return left;
    this.#isDelivering = false;
    this.#account(this.#delivering.length);
    this.#due.push(...this.#afterThis);
    this.#afterThis = [];
    return left;
  }

  /** Sends a subscriber what has to come before the commands gathered until now. False when that closed it. */
  #introduce(outbox: Outbox): boolean {
    if (!outbox.subscriber || this.#end === this.#start) return true;
    this.textSource?.beforeGathered(outbox.subscriber);
    return this.#recipients.has(outbox);
  }

  /** Notes that a client has got, or is not concerned by, what is gathered until now. */
  #hasDelivered(outbox: Outbox): void {
    outbox.from = this.#end - this.#start;
    if (outbox.from > 0) this.#addressed.add(outbox);
  }

  #account(bytes: number): void {
    if (bytes === 0) return;
    this.#counters.batch(bytes);
    this.lagMonitor.delivered(bytes);
  }

  #batch(): Uint8Array {
    return (this.#gathered ??= this.#slab.subarray(this.#start, this.#end));
  }
}
