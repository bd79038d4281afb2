/**
 * Bounds what the input of one TLS connection may cost. A read brings up to 64 KiB, and libuv makes 32 of them in a turn: of full
 * records that is little work, of the smallest it is ninety thousand records, and of KeyUpdates (RFC 8446 §4.6.3), each of
 * which derives keys anew and brings nobody a byte, three seconds during which nobody else is served.
 */
import type { Socket } from 'node:net';

/** Records of one connection in a turn of the event loop, beyond which it waits for its next: 4 MiB of full ones. */
const RECORDS = 256;
/** Bytes beside the content in a record of TLS 1.3, whatever the cipher: its head, its type, its tag (§5.2). */
const OVERHEAD = 22;
/** The longest record, of which bytes that came and were not decrypted yet are part (§5.2). */
const MAX_RECORD = 5 + 16 * 1024 + 256;
/** KeyUpdates that OpenSSL takes in a row, in bytes: what one record of content can have cost, however long its padding is (§5.4). */
const MAX_WASTE_PER_RECORD = 32 * 27;
/** Bytes that may come and be no content: two thousand KeyUpdates, or 75 records that are padded generously. */
const MAX_WASTE = 64 * 1024;
/** Bytes of those that are forgiven in a second: a client whose TLS pads may say five things a second, and for ever. */
const WASTE_RATE = 4 * 1024;

/** Ends a connection that brings more of what is no content than a client needs. */
export class TlsFlood extends Error {
  constructor() {
    super('too many KeyUpdates');
  }
}

/** Connection that has its turn. */
export interface Reading {
  /** Reads again. */
  readAgain(): void;
}

let turn = 0;
let isScheduled = false;
/** Connections that have spent their turn: one of them reads in each. */
const waiting = new Set<Reading>();

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(beginTurn);
}

function beginTurn(): void {
  isScheduled = false;
  turn++;
  for (const next of waiting) {
    waiting.delete(next);
    if (waiting.size > 0) schedule();
    next.readAgain();
    return;
  }
}

/** Counts what one connection has decrypted. */
export class TlsInput {
  readonly #below: Pick<Socket, 'bytesRead'>;
  #turn = -1;
  #records = 0;
  #recordsInAll = 0;
  /** Bytes of the content of all records so far, with what those have beside it. */
  #used = 0;
  /** Bytes that had come by the last read, all of which are decrypted when there is another. */
  #read = 0;
  #waste = 0;
  /** Bytes so far that were surely no content, and cannot all have been padding. */
  #wasted = 0;
  #checkedAt = 0;

  /** @param below the connection under TLS */
  constructor(below: Pick<Socket, 'bytesRead'>) {
    this.#below = below;
  }

  /** True when the connection has to wait for its next turn. */
  get isSpent(): boolean {
    return this.#records > RECORDS && this.#turn === turn;
  }

  /** Has a connection read again in a later turn. */
  static wait(reading: Reading): void {
    waiting.add(reading);
    schedule();
  }

  /** Counts a record by the bytes of its content. */
  count(length: number): void {
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#records = 0;
      schedule();
    }
    this.#records++;
    this.#recordsInAll++;
    const { bytesRead } = this.#below;
    if (bytesRead !== this.#read) this.#addWaste(bytesRead);
    this.#used += length + OVERHEAD;
  }

  /** True when more came than a client needs that is no content; it holds for TLS 1.3. */
  get isWasteful(): boolean {
    return this.#waste > MAX_WASTE;
  }

  #addWaste(bytesRead: number): void {
    const now = performance.now();
    const seen = Math.min(this.#read - this.#used - MAX_RECORD, this.#recordsInAll * MAX_WASTE_PER_RECORD);
    const wasted = Math.max(this.#wasted, seen);
    const forgiven = ((now - this.#checkedAt) / 1000) * WASTE_RATE;
    this.#waste = Math.max(0, this.#waste - forgiven) + wasted - this.#wasted;
    this.#wasted = wasted;
    this.#checkedAt = now;
    this.#read = bytesRead;
  }
}
