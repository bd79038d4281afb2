/**
 * A log in memory for several nodes, with the faults of a network in the test's hand: what is written may be lost, late, doubled
 * or out of order before it is stored; what is stored has one order. Nodes number their batches and send again, as with an engine.
 */
import { createHash } from 'node:crypto';
import type {
  ReplicatedLog,
  LogEntry,
  LogHandlers,
  PressureLevel,
} from '../../../server/cluster/replicated-log.ts';
import type { LossReason } from '../../../shared/protocol/reasons.ts';
import { dice, type Roll } from '../../support/random.ts';

const MAX_IN_FLIGHT = 16;
const RESEND_AFTER = 700;
const BEAT_AFTER = 500;
const HOLD_AFTER = 1_000;
const GIVE_UP_AFTER = 25_000;
const ASK_EVERY = 1_500;
const ASKS = 3;

interface Batch {
  readonly incarnation: string;
  readonly batch: number;
  readonly ticks: number;
  readonly pressure: PressureLevel;
  readonly records: readonly Uint8Array[];
  /** True for one by which a node founds the room, since it found nobody: all who live are out. */
  readonly isFounding?: boolean;
}

/** The stored order, and what is on its way to it. */
export class MemoryEngine {
  readonly stored: Batch[] = [];
  readonly logs = new Set<MemoryLog>();
  /** True while nothing is stored. */
  isDown = false;
  /** The next snapshot that is asked for, if it shall be another one. */
  forged: Uint8Array | null = null;
  readonly #onItsWay: Batch[] = [];
  readonly #roll: Roll;
  #incarnations = 0;

  constructor(seed: number) {
    this.#roll = dice(seed);
  }

  get isIdle(): boolean {
    return this.#onItsWay.length === 0;
  }

  open(now: () => number): MemoryLog {
    const name = createHash('sha256')
      .update(`${this.#incarnations++} ${this.#roll(2 ** 31)}`)
      .digest('hex');
    const log = new MemoryLog(this, name.slice(0, 16), now);
    this.logs.add(log);
    return log;
  }

  publish(batch: Batch): void {
    this.#onItsWay.push(batch);
  }

  /** Founds the room for a node, behind all that is stored; returns the position. */
  found(incarnation: string): number {
    return this.stored.push({ incarnation, batch: 0, ticks: 0, pressure: 0, records: [], isFounding: true });
  }

  /** Stores one of the batches that are on their way, the oldest unless told to choose any. */
  store(isAnyOrder = false): void {
    if (this.isDown || this.#onItsWay.length === 0) return;
    const index = isAnyOrder ? this.#roll(this.#onItsWay.length) : 0;
    this.stored.push(...this.#onItsWay.splice(index, 1));
  }

  /** Loses one of the batches that are on their way. */
  lose(): void {
    if (this.#onItsWay.length > 0) this.#onItsWay.splice(this.#roll(this.#onItsWay.length), 1);
  }

  /** Doubles one of the batches that are on their way. */
  double(): void {
    if (this.#onItsWay.length > 0) this.#onItsWay.push(this.#onItsWay[this.#roll(this.#onItsWay.length)]!);
  }
}

interface Snapshot {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly counted: ReadonlyMap<string, number>;
}

export class MemoryLog implements ReplicatedLog {
  readonly incarnation: string;
  resent = 0;
  /** False while the node is stopped or cut: nothing that it sends arrives, and it hears nothing. */
  isReachable = true;
  isClosed = false;
  readonly #engine: MemoryEngine;
  readonly #now: () => number;
  #counted = new Map<string, number>();
  #cursor = 0;
  #pending: Uint8Array[] = [];
  #inFlight: Array<{ readonly batch: Batch; sentAt: number; readonly madeAt: number }> = [];
  #batches = 0;
  #beatAt = -Infinity;
  #pressure: PressureLevel = 0;
  #handlers: LogHandlers | null = null;
  #makeSnapshot: (() => Uint8Array | null) | null = null;
  #joining: { askedAt: number; asks: number; readonly done: (snapshot: Uint8Array | null) => void } | null =
    null;
  #isLive = false;
  #isStalled = false;

  constructor(engine: MemoryEngine, incarnation: string, now: () => number) {
    this.#engine = engine;
    this.incarnation = incarnation;
    this.#now = now;
  }

  get position(): number {
    return this.#cursor;
  }

  get oldestInFlight(): number {
    const [oldest] = this.#inFlight;
    return oldest ? this.#now() - oldest.madeAt : 0;
  }

  get isIdle(): boolean {
    return this.#pending.length + this.#inFlight.length === 0;
  }

  propose(record: Uint8Array): void {
    this.#pending.push(new Uint8Array(record));
  }

  setPressure(pressure: PressureLevel): void {
    this.#pressure = pressure;
  }

  join(handlers: LogHandlers): Promise<Uint8Array | null> {
    this.#handlers = handlers;
    return new Promise((done) => (this.#joining = { askedAt: this.#now(), asks: 0, done }));
  }

  serveSnapshot(make: () => Uint8Array | null): void {
    this.#makeSnapshot = make;
  }

  close(): Promise<void> {
    this.flush();
    this.isClosed = true;
    this.#engine.logs.delete(this);
    return Promise.resolve();
  }

  /** Ends it as the death of its process does: what it had not sent is lost. */
  kill(): void {
    this.isClosed = true;
    this.#engine.logs.delete(this);
  }

  /** Writes what was proposed in this turn. */
  flush(): void {
    if (!this.#isLive || this.isClosed) return;
    const isBeat = this.#now() - this.#beatAt >= BEAT_AFTER && this.#inFlight.length === 0;
    if ((this.#pending.length === 0 && !isBeat) || this.#inFlight.length >= MAX_IN_FLIGHT) return;
    const now = this.#now();
    this.#beatAt = now;
    const { incarnation } = this;
    const batch = {
      incarnation,
      batch: ++this.#batches,
      ticks: now,
      pressure: this.#pressure,
      records: this.#pending,
    };
    this.#pending = [];
    this.#inFlight.push({ batch, sentAt: now, madeAt: now });
    this.#send(batch);
  }

  /** Does what is due by the clock. */
  tick(): void {
    if (this.isClosed) return;
    if (this.#joining) return this.#ask();
    if (!this.#isLive) return;
    const now = this.#now();
    if (this.#inFlight.some(({ sentAt }) => now - sentAt >= RESEND_AFTER)) this.#resend();
    this.flush();
    this.#checkStalled();
    if (this.oldestInFlight >= GIVE_UP_AFTER) this.#lost('given up');
  }

  /** Hands over the next entry, if there is one; false when there is none. */
  deliver(): boolean {
    if (!this.#isLive || this.isClosed || !this.isReachable) return false;
    const batch = this.#engine.stored[this.#cursor];
    if (!batch) return false;
    const position = ++this.#cursor;
    if (batch.isFounding) {
      this.#lost('fenced');
      return true;
    }
    const expected = (this.#counted.get(batch.incarnation) ?? 0) + 1;
    const isOwn = batch.incarnation === this.incarnation;
    if (batch.batch !== expected) {
      if (isOwn && batch.batch > expected) this.#resend();
      return true;
    }
    this.#counted.set(batch.incarnation, batch.batch);
    if (isOwn) this.#inFlight = this.#inFlight.filter(({ batch: { batch: n } }) => n > batch.batch);
    const entry: LogEntry = { ...batch, position, records: batch.records.map((it) => new Uint8Array(it)) };
    this.#handlers!.onEntry(entry);
    // Whoever keeps a record without a copy is found out.
    for (const record of entry.records) record.fill(0xee);
    this.#checkStalled();
    return true;
  }

  #send(batch: Batch): void {
    if (this.isReachable) this.#engine.publish(batch);
  }

  /** Go-back-N: all that is in flight, again. */
  #resend(): void {
    const now = this.#now();
    for (const each of this.#inFlight) {
      each.sentAt = now;
      this.resent++;
      this.#send(each.batch);
    }
  }

  #checkStalled(): void {
    const isStalled = this.oldestInFlight >= HOLD_AFTER;
    if (isStalled === this.#isStalled || this.isClosed) return;
    this.#isStalled = isStalled;
    this.#handlers!.onStalled(isStalled);
  }

  #lost(reason: LossReason): void {
    this.#isLive = false;
    this.#handlers!.onLost(reason);
  }

  #ask(): void {
    const joining = this.#joining!;
    if (!this.isReachable) return;
    const [snapshot] = [...this.#engine.logs].flatMap((log) => log.#snapshot() ?? []);
    if (snapshot) {
      this.#counted = new Map(snapshot.counted);
      const { forged } = this.#engine;
      this.#engine.forged = null;
      this.#begin(snapshot.position, forged ?? snapshot.bytes);
    } else if (this.#now() - joining.askedAt >= ASK_EVERY) {
      joining.askedAt = this.#now();
      if (++joining.asks >= ASKS && !this.#engine.isDown)
        this.#begin(this.#engine.found(this.incarnation), null);
    }
  }

  #begin(position: number, bytes: Uint8Array | null): void {
    const { done } = this.#joining!;
    this.#joining = null;
    this.#cursor = position;
    done(bytes);
    // Entries follow when the node has restored the state.
    queueMicrotask(() => (this.#isLive = true));
  }

  #snapshot(): Snapshot | null {
    if (!this.#makeSnapshot || !this.isReachable || this.isClosed) return null;
    const bytes = this.#makeSnapshot();
    return bytes && { bytes, position: this.#cursor, counted: new Map(this.#counted) };
  }
}
