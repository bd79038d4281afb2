/** Sends what a node writes: one batch for each turn, numbered, and again until it comes back. */
import { MAX_BATCH, MAX_RECORD, sizeInBatch } from './envelope.ts';

/** Batches that may be on their way at a time; more is put into bigger batches meanwhile. */
const WINDOW = 16;
/** Retransmission timeout, in ms: what is on its way is sent again when the oldest has not come back. */
const RETRANSMIT_AFTER = 700;
/** Interval, in ms, between retransmissions for a gap that was seen. */
const RETRANSMIT_GAP = 200;

export interface OutgoingOptions {
  /** Milliseconds during which the process ran. */
  readonly now: () => number;
  /** Writes a batch into bytes, by its number and records. */
  readonly encode: (batch: number, records: readonly Uint8Array[]) => Uint8Array;
  /** Hands a batch to the engine, for the first time or again; nobody says whether it arrives. */
  readonly publish: (bytes: Uint8Array, isFirst: boolean) => void;
}

interface InFlight {
  readonly batch: number;
  readonly bytes: Uint8Array;
  readonly since: number;
  sentAt: number;
}

/**
 * Outgoing batches of one incarnation. A batch counts when it comes back through the log, in the order of the numbers;
 * everything else is skipped by all nodes alike, so that all that is on its way can be sent again at any time (go-back-N).
 */
export class OutgoingBatches {
  readonly #options: OutgoingOptions;
  #records: Uint8Array[] = [];
  #bytes = 0;
  #isScheduled = false;
  #isClosed = false;
  #last = 0;
  #inFlight: InFlight[] = [];
  #retransmittedAt = -Infinity;
  #publishedAt: number;
  /** Times that batches were sent again. */
  resent = 0;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#publishedAt = options.now();
  }

  /** Age, in ms, of the oldest batch that has not come back; null when there is none. */
  get oldest(): number | null {
    const [oldest] = this.#inFlight;
    return oldest === undefined ? null : this.#options.now() - oldest.since;
  }

  /** Milliseconds since anything was sent. */
  get silence(): number {
    return this.#options.now() - this.#publishedAt;
  }

  /** True when nothing waits, and nothing is on its way. */
  get isIdle(): boolean {
    return this.#inFlight.length === 0 && this.#records.length === 0;
  }

  /** Adds a record to the batch of this turn; it is copied. Throws a RangeError for one that no message can hold. */
  propose(record: Uint8Array): void {
    if (record.length > MAX_RECORD) throw new RangeError(`a record of ${record.length} bytes`);
    if (this.#isClosed) return;
    this.#records.push(Uint8Array.from(record));
    this.#bytes += sizeInBatch(record);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  /** Sends an empty batch. */
  beat(): void {
    this.#publish([]);
  }

  /** Takes note that a batch has come back and counts. */
  acknowledge(batch: number): void {
    while (this.#inFlight.length > 0 && this.#inFlight[0]!.batch <= batch) this.#inFlight.shift();
    if (!this.#isScheduled) this.#send();
  }

  /** Takes note that a batch has come back in vain, since one before it is missing. */
  onGap(): void {
    if (this.#options.now() - this.#retransmittedAt >= RETRANSMIT_GAP) this.retransmit();
  }

  /** Sends again what is overdue. To be called some times a second. */
  tick(): void {
    const [oldest] = this.#inFlight;
    if (oldest !== undefined && this.#options.now() - oldest.sentAt >= RETRANSMIT_AFTER) this.retransmit();
  }

  /** Sends everything again that is on its way. */
  retransmit(): void {
    if (this.#inFlight.length === 0 || this.#isClosed) return;
    const now = this.#options.now();
    this.#retransmittedAt = this.#publishedAt = now;
    for (const one of this.#inFlight) {
      one.sentAt = now;
      this.resent++;
      this.#options.publish(one.bytes, false);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#records = [];
    this.#inFlight = [];
  }

  #send(): void {
    while (this.#records.length > 0 && this.#inFlight.length < WINDOW && !this.#isClosed)
      this.#publish(this.#nextRecords());
  }

  /** Records of the next batch: all that wait, or as many as one may hold. */
  #nextRecords(): Uint8Array[] {
    if (this.#bytes <= MAX_BATCH) {
      const all = this.#records;
      this.#records = [];
      this.#bytes = 0;
      return all;
    }
    let size = 0;
    const isFull = (record: Uint8Array) => (size += sizeInBatch(record)) > MAX_BATCH;
    const end = Math.max(1, this.#records.findIndex(isFull));
    const some = this.#records.splice(0, end);
    for (const record of some) this.#bytes -= sizeInBatch(record);
    return some;
  }

  #publish(records: readonly Uint8Array[]): void {
    const now = this.#options.now();
    const batch = ++this.#last;
    const bytes = this.#options.encode(batch, records);
    this.#inFlight.push({ batch, bytes, since: now, sentAt: now });
    this.#publishedAt = now;
    this.#options.publish(bytes, true);
  }
}
