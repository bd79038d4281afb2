/** The slot of an accepted connection under the limits of admission, released when it is closed. */
import type { Socket } from 'node:net';
import type { Admission } from './admission.ts';
import type { RejectionReason } from '../../shared/protocol/reasons.ts';

/** Bytes of KeyUpdates that are as much work as the handshake of a new connection: some forty, 1 ms. */
const WASTE_OF_ARRIVAL = 1024;

const kSlot = Symbol('slot');

interface SlottedSocket extends Socket {
  [kSlot]?: Slot;
}

/**
 * The slot of one accepted connection: in all, and, once its address is known, in the count of that address. There is
 * exactly one for each connection of every transport. It ends with the lowest socket of the connection, whatever is
 * built on top: TLS, HTTP, a WebSocket.
 */
export class Slot {
  readonly #admission: Admission;
  #network: string | null = null;
  #isOver = false;
  #rejection: RejectionReason | null;

  private constructor(admission: Admission) {
    this.#admission = admission;
    this.#rejection = admission.opened();
  }

  /** Counts a connection that was accepted just now, until it is closed. */
  static take(accepted: Socket, admission: Admission): Slot {
    const slot = new Slot(admission);
    (accepted as SlottedSocket)[kSlot] = slot;
    accepted.on('close', onClose);
    return slot;
  }

  /** Reason why the connection is rejected; null when it is not. */
  get rejection(): RejectionReason | null {
    return this.#rejection;
  }

  /**
   * Counts the connection for its network, once, however often it is called; answers like {@link Slot.rejection}.
   * @param network null when it has no limits
   */
  countFor(network: string | null): RejectionReason | null {
    if (network === null || this.#network !== null || this.#rejection !== null || this.#isOver)
      return this.#rejection;
    this.#rejection = this.#admission.admit(network);
    if (this.#rejection === null) this.#network = network;
    return this.#rejection;
  }

  /**
   * Charges the connection's network for bytes of it that were work and no content; false when that has caused as much as an
   * address may.
   */
  mayWaste(bytes: number): boolean {
    return this.#network === null || this.#admission.mayCause(this.#network, bytes / WASTE_OF_ARRIVAL);
  }

  /** Frees the slot, once; called by itself when the connection is closed. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#admission.closed();
    if (this.#network !== null) this.#admission.release(this.#network);
  }
}

function onClose(this: SlottedSocket): void {
  this[kSlot]?.release();
}
