/** What an accepted connection takes from what all share, given back in the same place: when the connection is gone. */
import type { Socket } from 'node:net';
import { onMoved } from '../transport/socket/moved.ts';
import type { Admission } from './admission.ts';
import type { RejectionReason } from '../../shared/protocol/reasons.ts';

const kLease = Symbol('lease');

interface LeasedSocket extends Socket {
  [kLease]?: Lease | undefined;
}

/**
 * The place of one accepted connection: in all, and, once its address is known, in the count of that address. There is
 * exactly one for each connection of every transport. It ends with the socket that has the connection's handle, so it
 * does not matter what is built on top: TLS, HTTP, a WebSocket.
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

  /** Counts a connection that was accepted just now, and sees to its end. */
  static take(accepted: Socket, admission: Admission): Lease {
    const lease = new Lease(admission);
    hold(accepted, lease);
    return lease;
  }

  /** Why the connection is not let in; null when it is. */
  get rejection(): RejectionReason | null {
    return this.#rejection;
  }

  /** Counts the connection for its address, once, whoever asks again; answers like {@link Lease.rejection}. */
  claim(network: string): RejectionReason | null {
    if (this.#network !== null || this.#rejection !== null || this.#isOver) return this.#rejection;
    this.#rejection = this.#admission.admit(network);
    if (this.#rejection === null) this.#network = network;
    return this.#rejection;
  }

  /** Gives everything back, once; by itself when the connection is closed. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#admission.closed();
    if (this.#network !== null) this.#admission.release(this.#network);
  }
}

/** Ties a lease to a connection, whichever socket it is in. */
function hold(socket: LeasedSocket, lease: Lease): void {
  socket[kLease] = lease;
  socket.on('close', onClose);
  onMoved(socket, (successor) => {
    socket[kLease] = undefined;
    hold(successor, lease);
  });
}

function onClose(this: LeasedSocket): void {
  this[kLease]?.release();
}
