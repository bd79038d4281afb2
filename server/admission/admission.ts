/** Admission: limits connections in all and by address, and rejects new ones while the server is overloaded. */
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import { TokenBucket } from '../chat/limits/token-bucket.ts';
import type { RejectionReason } from '../../shared/protocol/reasons.ts';

type AdmissionLimits = Pick<Limits, 'maxConnectionsPerAddress' | 'maxArrivalsPerMinute' | 'maxLoopDelay'>;

/** A connection that nothing is under way on: it is evicted when the server is full. */
export interface Evictable {
  /** Ends it at once, and frees its place. */
  evict(): void;
}

/** Connections beyond the capacity that may still be rejected with a reason: that takes a descriptor, too. */
const REJECTION_HEADROOM = 32;
/** The share of the capacity from which on the server is crowded, and the time to identify is short (D7). */
const CROWDED = 3 / 4;
/** Networks remembered, from which on one without a connection is forgotten for each new one. */
const MAX_NETWORKS = 100_000;
/** Oldest networks that are tried for one without a connection, to evict. */
const EVICTION_SCAN = 16;
const SECONDS_OF_A_MINUTE = 60;

interface Network {
  /** Open connections. */
  open: number;
  /** New connections; their rate and their depth are `maxArrivalsPerMinute`. */
  readonly arrivals: TokenBucket;
}

interface AdmissionOptions {
  readonly limits: AdmissionLimits;
  readonly clock: Pick<Clock, 'now'>;
  /** Most connections in all. */
  readonly capacity: number;
  /** Mean delay of the event loop, in ms. */
  readonly loopDelay: () => number;
  readonly onRejection: (rejection: RejectionReason) => void;
}

export class Admission {
  readonly capacity: number;
  /**
   * Connections that have not passed admission yet, those of HTTP without a whole head of a request to answer, and those that
   * have their last answer; the longest idle first. They keep their place only until somebody else needs it, so that they cannot
   * fill the server.
   */
  readonly idle = new Set<Evictable>();
  readonly #options: AdmissionOptions;
  readonly #networks = new Map<string, Network>();
  #open = 0;

  constructor(options: AdmissionOptions) {
    this.capacity = options.capacity;
    this.#options = options;
  }

  /** Open connections, those included that are being rejected. */
  get open(): number {
    return this.#open;
  }

  /** Networks remembered. */
  get networks(): number {
    return this.#networks.size;
  }

  /** Counts a new connection, wherever from; `closed` has to be called when it is closed, rejected or not. */
  opened(): RejectionReason | null {
    this.#open++;
    if (this.#open > this.capacity) this.#evictIdle();
    if (this.#open > this.capacity) return this.recordRejection('too many connections');
    const { limits, loopDelay } = this.#options;
    return loopDelay() > limits.maxLoopDelay ? this.recordRejection('overloaded') : null;
  }

  closed(): void {
    this.#open--;
  }

  /** True when most of the capacity is used. */
  get isCrowded(): boolean {
    return this.#open > this.capacity * CROWDED;
  }

  /** True when there are too many even to reject one with a reason. */
  get isBeyondCapacity(): boolean {
    return this.#open > this.capacity + REJECTION_HEADROOM;
  }

  /**
   * Counts a connection for its network, once that is known; unless rejected, `release` has to be called when it is
   * closed. Loopback addresses have no limits: they are a proxy in front, or the operator.
   * @param network what counts as one address
   */
  admit(network: string): RejectionReason | null {
    if (isThisMachine(network)) return null;
    const { limits, clock } = this.#options;
    const now = clock.now();
    const known = this.#networks.get(network) ?? this.#addNetwork(network, now);
    known.arrivals.refill(now, limits.maxArrivalsPerMinute / SECONDS_OF_A_MINUTE);
    if (known.open >= limits.maxConnectionsPerAddress)
      return this.recordRejection('too many connections of one address');
    if (known.arrivals.used + 1 > limits.maxArrivalsPerMinute)
      return this.recordRejection('too many new connections of one address');
    known.arrivals.used++;
    known.open++;
    return null;
  }

  /**
   * Counts work of an open connection like that of so many new ones; false when its network has caused as much as it may. It
   * is owed for a minute at most.
   */
  mayCause(network: string, arrivals: number): boolean {
    const known = this.#networks.get(network);
    if (!known) return true;
    const { limits, clock } = this.#options;
    const most = limits.maxArrivalsPerMinute;
    known.arrivals.refill(clock.now(), most / SECONDS_OF_A_MINUTE);
    known.arrivals.used = Math.min(known.arrivals.used + arrivals, 2 * most);
    return known.arrivals.used <= most;
  }

  release(network: string): void {
    const known = this.#networks.get(network);
    if (known) known.open--;
  }

  /** Counts a rejection, be it decided elsewhere, and returns it. */
  recordRejection(rejection: RejectionReason): RejectionReason {
    this.#options.onRejection(rejection);
    return rejection;
  }

  /** Ends the connection that has been idle longest. */
  #evictIdle(): void {
    for (const longest of this.idle) {
      this.idle.delete(longest);
      longest.evict();
      return;
    }
  }

  #addNetwork(network: string, now: number): Network {
    if (this.#networks.size >= MAX_NETWORKS) this.#evictNetwork();
    const known: Network = { open: 0, arrivals: new TokenBucket(now) };
    this.#networks.set(network, known);
    return known;
  }

  /**
   * Forgets a network without a connection, the oldest of those examined; the others go last. A network with one is
   * never forgotten, or its count would be lost: there are no more of them than connections.
   */
  #evictNetwork(): void {
    let glances = EVICTION_SCAN;
    for (const [network, known] of this.#networks) {
      if (glances-- === 0) return;
      this.#networks.delete(network);
      if (known.open === 0) return;
      this.#networks.set(network, known);
    }
  }
}

function isThisMachine(network: string): boolean {
  return network.startsWith('127.') || network === '0:0:0:0::/64';
}
