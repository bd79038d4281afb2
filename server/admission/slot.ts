/** The place that an accepted connection takes under the limits of admission, released when it is closed. */
import type { Socket } from 'node:net';
import type { Admission } from './admission.ts';
import type { RejectionReason } from '../../shared/protocol/reasons.ts';

const kLease = Symbol('lease');

interface LeasedSocket extends Socket {
  [kLease]?: Lease;
}

/**
 * The place of one accepted connection: in all, and, once its address is known, in the count of that address. There is
 * exactly one for each connection of every transport. It ends with the lowest socket of the connection, whatever is
 * built on top: TLS, HTTP, a WebSocket.
 */
export class Lease {
  readonly #admission: Admission;
  #network: string | null = null;
  #isOver = false;
  #rejection: RejectionReason | null;

  private constructor(admission: Admission) {
    this.#admission = admission;
    this.#rejection = admission.opened();
  }

  /** Counts a connection that was accepted just now, until it is closed. */
  static take(accepted: Socket, admission: Admission): Lease {
    const lease = new Lease(admission);
    (accepted as LeasedSocket)[kLease] = lease;
    accepted.on('close', onClose);
    return lease;
  }

  /** Why the connection is rejected; null when it is not. */
  get rejection(): RejectionReason | null {
    return this.#rejection;
  }

  /**
   * Counts the connection for its network, once, however often it is called; answers like {@link Lease.rejection}.
   * @param network null when it has no limits
   */
  claim(network: string | null): RejectionReason | null {
    if (network === null || this.#network !== null || this.#rejection !== null || this.#isOver)
      return this.#rejection;
    this.#rejection = this.#admission.admit(network);
    if (this.#rejection === null) this.#network = network;
    return this.#rejection;
  }

  /** Frees the place, once; called by itself when the connection is closed. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#admission.closed();
    if (this.#network !== null) this.#admission.release(this.#network);
  }
}

function onClose(this: LeasedSocket): void {
  this[kLease]?.release();
}
