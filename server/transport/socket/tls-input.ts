/**
 * Bounds what the input of one TLS connection may cost. A read brings up to 64 KiB, and libuv makes 32 of them in a turn: of full
 * records that is little work, of the smallest it is ninety thousand records, and of KeyUpdates (RFC 8446 §4.6.3), each of
 * which derives keys anew and brings nobody a byte, three seconds during which nobody else is served.
 */
import type { Socket } from 'node:net';
import type { HandshakeOutcome } from './socket-access.ts';

/** Records of one connection in a turn of the event loop, beyond which it waits for its next: 4 MiB of full ones. */
const RECORDS = 256;
/** Bytes beside the content in a record of TLS 1.3, whatever the cipher: its head, its type, its tag (§5.2). */
const OVERHEAD = 22;
/** The longest record, of which bytes that came and were not decrypted yet are part (§5.2). */
const MAX_RECORD = 5 + 16 * 1024 + 256;
/** Bytes that may come and be no content: two thousand KeyUpdates, or padding (§5.4). Its address is charged for them. */
const MAX_WASTE = 64 * 1024;
/** Bytes of those that are forgiven in a second: a client that pads to 512 bytes may say eight things a second, and for ever. */
const WASTE_RATE = 4 * 1024;
/** Bytes that a client's handshake may take. */
const HANDSHAKE = 4 * 1024;
/** Interval, in ms, at which all connections are looked at: what is no content calls nobody. */
const LOOK_EVERY = 1_000;

/** Ends a connection that brings more of what is no content than a client needs. */
export class TlsFlood extends Error {
  constructor() {
    super('too many KeyUpdates');
  }
}

/**
 * Tells whether an error of a TLS connection is the other side's breach of TLS: a flood, a record that cannot be read, one
 * renegotiation after the other. An alert that it sends is its own end of the connection, and no breach.
 */
export function breaksTls(error: NodeJS.ErrnoException): boolean {
  const { code = '' } = error;
  if (error instanceof TlsFlood || code === 'ERR_TLS_SESSION_ATTACK') return true;
  return code.startsWith('ERR_SSL_') && !code.includes('_ALERT_');
}

/** Connection that reads. */
export interface Reading {
  /** Reads again, since it has its turn. */
  readAgain(): void;
  /** Ends it, when more came than a client needs that is no content. */
  endIfWasteful(): void;
}

let turn = 0;
let isScheduled = false;
/** Connections that have spent their turn: one of them reads in each. */
const waiting = new Set<Reading>();
const open = new Set<Reading>();
let isLooking = false;

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
  readonly #outcome: Pick<HandshakeOutcome, 'onWaste'>;
  #turn = -1;
  #records = 0;
  /** Bytes of the content of all records so far, with what those have beside it. */
  #used = 0;
  /** Bytes that had come by the last read, all of which are decrypted when there is another. */
  #read = 0;
  #waste = 0;
  /** Bytes so far that were surely no content. */
  #wasted = 0;
  /** Bytes of those that the client's address is not charged for yet. */
  #fresh = 0;
  #checkedAt = 0;

  /**
   * @param below the connection under TLS
   * @param outcome charges the client's address
   */
  constructor(below: Pick<Socket, 'bytesRead'>, outcome: Pick<HandshakeOutcome, 'onWaste'>) {
    this.#below = below;
    this.#outcome = outcome;
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

  /** Looks at a connection from time to time, as long as it is open. */
  static watch(reading: Reading): void {
    open.add(reading);
    if (isLooking) return;
    isLooking = true;
    setInterval(() => open.forEach((one) => one.endIfWasteful()), LOOK_EVERY).unref();
  }

  static unwatch(reading: Reading): void {
    open.delete(reading);
  }

  /** Counts a record by the bytes of its content. */
  count(length: number): void {
    if (this.#turn !== turn) {
      this.#turn = turn;
      this.#records = 0;
      schedule();
    }
    this.#records++;
    const { bytesRead } = this.#below;
    if (bytesRead !== this.#read) {
      this.#addWaste();
      this.#read = bytesRead;
    }
    this.#used += length + OVERHEAD;
  }

  /**
   * Counts the content so far as if each byte had come in a record of its own: for who does not see the records. It is looked
   * at then, with {@link TlsInput.look}.
   */
  countAtMost(content: number): void {
    this.#used = content * (1 + OVERHEAD);
  }

  /** Counts what has come, of which no record may have been content. Not to be called amid the records of a read. */
  look(): void {
    const { bytesRead } = this.#below;
    if (bytesRead === this.#read) return;
    this.#read = bytesRead;
    this.#addWaste();
  }

  /**
   * Charges the address for what came since the last call that is no content; true when the connection, or its address, has
   * brought more of that than it may. It holds for TLS 1.3.
   */
  chargeWaste(): boolean {
    const fresh = this.#fresh;
    if (fresh === 0) return false;
    this.#fresh = 0;
    const isAllowed = this.#outcome.onWaste?.(fresh) ?? true;
    return !isAllowed || this.#waste > MAX_WASTE;
  }

  /** Counts all that came, when the connection is closed: no record is unfinished any more. */
  lookAtLast(): void {
    this.#read = this.#below.bytesRead;
    this.#addWaste(HANDSHAKE);
  }

  #addWaste(allowed: number = MAX_RECORD): void {
    const now = performance.now();
    const wasted = Math.max(this.#wasted, this.#read - this.#used - allowed);
    const forgiven = ((now - this.#checkedAt) / 1000) * WASTE_RATE;
    this.#fresh += wasted - this.#wasted;
    this.#waste = Math.max(0, this.#waste - forgiven) + wasted - this.#wasted;
    this.#wasted = wasted;
    this.#checkedAt = now;
  }
}
