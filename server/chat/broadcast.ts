/** Everything the room says in one turn of the event loop: copied once, written once per client. */
import type { Outbox } from './outbox.ts';
import { Tally } from './tally.ts';

/** Bytes of batch after which a turn is delivered without waiting for its end, so that a batch stays bounded. */
const FULL = 64 * 1024;

/** Bytes of batches after which it is looked whether clients are behind: fewer do not make them so. */
const WORTH_A_LOOK = 16 * 1024;
/** The part of all clients, one at least, that may be behind without anybody having to wait for them. */
const A_FEW = 1 / 200;

export type Pressure = 'none' | 'some' | 'high';

const NOTHING = new Uint8Array(0);

/**
 * Gathers the commands of one turn into one batch. At the turn's end each client gets its share in a single write:
 * for nearly everyone that is the same bytes, the batch itself. Commands for one client alone keep their place
 * among the broadcasts (D14). When the server is idle the turn ends at once; under load batches grow by themselves.
 */
export class Broadcast {
  readonly #members = new Set<Outbox>();
  /** Outboxes that got a command for themselves alone this turn. */
  readonly #addressed = new Set<Outbox>();
  /** For whom everyone waits, and since when. */
  readonly #waitedFor = new Map<Outbox, number>();
  readonly #atEndOfTurn: (deliver: () => void) => void;
  readonly #allocate: (size: number) => Uint8Array;
  readonly #tally: Tally;
  #scheduled = false;
  /** Bytes of batches since it was looked whether clients are behind. */
  #unlooked = 0;
  // The batch is `#slab` from `#start` to `#end`. A slab serves many turns and is let go when it is full; bytes that
  // were delivered are never touched again, so a slow client's pending writes stay valid.
  #slab: Uint8Array;
  #start = 0;
  #end = 0;

  /**
   * @param atEndOfTurn runs a function once what can be read now is read (setImmediate)
   * @param allocate makes the memory that is handed to the transports
   * @param tally counts what is sent
   */
  constructor(
    atEndOfTurn: (deliver: () => void) => void,
    allocate: (size: number) => Uint8Array = (size) => new Uint8Array(size),
    tally: Tally = new Tally(),
  ) {
    this.#atEndOfTurn = atEndOfTurn;
    this.#allocate = allocate;
    this.#tally = tally;
    this.#slab = allocate(FULL);
  }

  /** Lets a client hear all that is published from now on (D11). */
  join(outbox: Outbox): void {
    outbox.from = this.#end - this.#start;
    this.#members.add(outbox);
  }

  /** Writes what a client has coming, at once, and forgets it. */
  settle(outbox: Outbox): void {
    this.#forget(outbox);
    outbox.deliver(this.#batch(), this.#tally);
  }

  /** Forgets a client, and what it had coming. */
  drop(outbox: Outbox): void {
    this.#forget(outbox);
    outbox.from = -1;
  }

  /** Sends one command to everyone in the room. The bytes are copied. */
  publish(command: Uint8Array): void {
    if (this.#end + command.length > this.#slab.length) this.#changeSlab();
    this.#slab.set(command, this.#end);
    this.#end += command.length;
    this.#tally.commandsOut[command[0]!]! += this.#members.size;
    this.#tally.fanOut += command.length * this.#members.size;
    this.#schedule();
  }

  /** Sends one command to one client, in the room or not. The bytes are copied. */
  send(outbox: Outbox, command: Uint8Array): void {
    const waiting = outbox.insert(this.#end - this.#start, new Uint8Array(command));
    this.#addressed.add(outbox);
    this.#tally.commandsOut[command[0]!]! += 1;
    this.#tally.fanOut += command.length;
    if (waiting >= FULL) this.deliver();
    else this.#schedule();
  }

  /**
   * Whether clients are behind with what they were sent: `some` when more than a few are, `high` when most are, and far.
   * A few may have themselves to blame, and are not to hold up the others.
   */
  get pressure(): Pressure {
    const { lagging, farBehind } = this.#tally;
    const { size } = this.#members;
    if (farBehind > size / 2) return 'high';
    return lagging > Math.max(1, size * A_FEW) ? 'some' : 'none';
  }

  /** Finds out anew. */
  measurePressure(): void {
    this.#unlooked = 0;
    this.#tally.lagging = 0;
    this.#tally.farBehind = 0;
    for (const outbox of this.#members) {
      if (outbox.isBehind) this.#tally.lagging++;
      if (outbox.isFarBehind) this.#tally.farBehind++;
    }
  }

  /**
   * Cuts those for whom everyone has waited too long: half of a room that reads just enough must not silence the other.
   * To be called again and again while anybody waits. @param patience in ms
   */
  stopWaiting(now: number, patience: number): void {
    if (this.pressure === 'high')
      for (const outbox of this.#members)
        if (outbox.isFarBehind && !this.#waitedFor.has(outbox)) this.#waitedFor.set(outbox, now);
    for (const [outbox, since] of [...this.#waitedFor]) {
      const isOver = now - since >= patience;
      const isStill = this.#members.has(outbox) && outbox.isBehind;
      if (isOver || !isStill) this.#waitedFor.delete(outbox);
      if (isOver && isStill) outbox.cut();
    }
  }

  /** Nobody waits any more. */
  forgetWaiting(): void {
    this.#waitedFor.clear();
  }

  /** Writes what the turn has brought so far. */
  deliver(): void {
    const batch = this.#batch();
    this.#start = this.#end;
    const tally = this.#tally;
    if (batch.length > 0) {
      tally.batch(batch.length);
      for (const outbox of this.#members) outbox.deliver(batch, tally);
      this.#unlooked += batch.length;
      if (this.#unlooked >= WORTH_A_LOOK) this.measurePressure();
    }
    for (const outbox of this.#addressed) outbox.deliver(NOTHING, tally);
    this.#addressed.clear();
  }

  #changeSlab(): void {
    if (this.#end > this.#start) this.deliver();
    this.#slab = this.#allocate(FULL);
    this.#start = 0;
    this.#end = 0;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#atEndOfTurn(() => {
      this.#scheduled = false;
      this.deliver();
    });
  }

  #batch(): Uint8Array {
    return this.#slab.subarray(this.#start, this.#end);
  }

  #forget(outbox: Outbox): void {
    this.#members.delete(outbox);
    this.#addressed.delete(outbox);
  }
}
