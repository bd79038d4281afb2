/** Who is let in: so many connections in all, so many of one address, and nobody new while the server cannot keep up. */
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { RejectionReason } from '../../shared/protocol/reasons.ts';

export type AdmissionLimits = Pick<
  Limits,
  'maxConnectionsPerAddress' | 'maxArrivalsPerMinute' | 'maxLoopDelay'
>;

/** A connection that has not said yet what it wants: it goes when there is no room for one that may. */
export interface Idle {
  /** Ends it at once, and gives its place back. */
  makeRoom(): void;
}

/** Connections beyond all that are let in which may still be told so: that takes a descriptor, too. */
const HEADROOM = 32;
/** The share of all connections that there can be from which on it is crowded: then nobody may dawdle (D7). */
const CROWDED = 3 / 4;
/** Addresses remembered at most. */
const MAX_NETWORKS = 100_000;
/** How many of the longest known are looked at for one to forget. */
const GLANCE = 16;
const MINUTE = 60_000;

interface Network {
  /** Connections there are. */
  open: number;
  /** New connections of late, less what time has forgiven. */
  arrivals: number;
  at: number;
}

export interface AdmissionOptions {
  readonly limits: AdmissionLimits;
  readonly clock: Pick<Clock, 'now'>;
  /** Connections there can be in all. */
  readonly capacity: number;
  /** How late the event loop was of late, in ms. */
  readonly loopDelay: () => number;
  readonly onRejection: (refusal: RejectionReason) => void;
}

export class Admission {
  readonly capacity: number;
  /**
   * Connections that begin no TLS handshake, or no request, in the order of their silence. They take their place only
   * for as long as nobody else wants it, so they cannot fill the server for everybody.
   */
  readonly idle = new Set<Idle>();
  readonly #options: AdmissionOptions;
  readonly #networks = new Map<string, Network>();
  #open = 0;

  constructor(options: AdmissionOptions) {
    this.capacity = options.capacity;
    this.#options = options;
  }

  /** Connections there are, those included that are being turned away. */
  get open(): number {
    return this.#open;
  }

  /** Addresses that are known. */
  get networks(): number {
    return this.#networks.size;
  }

  /** A connection has come, wherever from; `closed` has to be called when it is gone, refused or not. */
  opened(): RejectionReason | null {
    this.#open++;
    if (this.#open > this.capacity) this.#makeRoom();
    if (this.#open > this.capacity) return this.#reject('too many connections');
    const { limits, loopDelay } = this.#options;
    return loopDelay() > limits.maxLoopDelay ? this.#reject('overloaded') : null;
  }

  closed(): void {
    this.#open--;
  }

  /** Whether most connections that there can be are taken. */
  get isCrowded(): boolean {
    return this.#open > this.capacity * CROWDED;
  }

  /** Whether there is not even room for a connection that is only told that there is none. */
  get isBeyondCapacity(): boolean {
    return this.#open > this.capacity + HEADROOM;
  }

  /**
   * It turned out what address the connection is of. When it is not refused, `release` has to be called when it is gone.
   * The machine itself is let in however often: it is a proxy in front, or its own operator, and no stranger.
   * @param network what counts as one address
   */
  admit(network: string): RejectionReason | null {
    if (isThisMachine(network)) return null;
    const { limits, clock } = this.#options;
    const now = clock.now();
    const known = this.#networks.get(network) ?? this.#remember(network, now);
    known.arrivals = Math.max(0, known.arrivals - ((now - known.at) / MINUTE) * limits.maxArrivalsPerMinute);
    known.at = now;
    if (known.open >= limits.maxConnectionsPerAddress)
      return this.#reject('too many connections of one address');
    if (known.arrivals + 1 > limits.maxArrivalsPerMinute)
      return this.#reject('too many new connections of one address');
    known.arrivals++;
    known.open++;
    return null;
  }

  release(network: string): void {
    const known = this.#networks.get(network);
    if (known) known.open--;
  }

  /** Counts one that is turned away for what is not looked at here. */
  recordRejection(refusal: RejectionReason): void {
    this.#options.onRejection(refusal);
  }

  /** The one that was silent longest goes. */
  #makeRoom(): void {
    for (const longest of this.idle) {
      this.idle.delete(longest);
      longest.makeRoom();
      return;
    }
  }

  #reject(refusal: RejectionReason): RejectionReason {
    this.#options.onRejection(refusal);
    return refusal;
  }

  #remember(network: string, now: number): Network {
    if (this.#networks.size >= MAX_NETWORKS) this.#forgetOne();
    const known: Network = { open: 0, arrivals: 0, at: now };
    this.#networks.set(network, known);
    return known;
  }

  /** One that has no connection; those that have are put behind the others, and are not many. */
  #forgetOne(): void {
    let glances = GLANCE;
    for (const [network, known] of this.#networks) {
      this.#networks.delete(network);
      if (known.open === 0 || glances-- === 0) return;
      this.#networks.set(network, known);
    }
  }
}

function isThisMachine(network: string): boolean {
  return network.startsWith('127.') || network === '0:0:0:0::/64';
}
