/**
 * The way in of every listener: a connection is counted when it is accepted, and passes when it is known whose it is,
 * has room under the limits, and speaks TLS where it has to.
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { networkOf, plainAddress } from '../net/address.ts';
import { PendingConnection } from './arrival.ts';
import { Lease } from './lease.ts';
import { looksLikeProxyHeader } from './proxy-header.ts';
import type { AcceptPolicy, ListenerOptions, AcceptedConnection, OnAccepted } from './accepted.ts';

/** The way in of one listener. */
export class ConnectionAcceptor {
  readonly #policy: AcceptPolicy;
  readonly #options: ListenerOptions;
  readonly #onAccepted: OnAccepted;
  readonly #pending = new Set<PendingConnection>();

  constructor(policy: AcceptPolicy, options: ListenerOptions, take: OnAccepted) {
    this.#policy = policy;
    this.#options = options;
    this.#onAccepted = take;
  }

  /**
   * Lets a connection pass, or ends it.
   * @param accepted paused since it was accepted (`pauseOnConnect`)
   */
  accept(accepted: Socket): void {
    const { proxies, admission, isProbe, logger, onEarlyEnd } = this.#policy;
    const lease = Lease.take(accepted, admission);
    if (accepted.remoteAddress === undefined) {
      // It was reset between its arrival and now: nobody is there.
      onEarlyEnd('nothing came');
      accepted.destroy();
      return;
    }
    const address = plainAddress(accepted.remoteAddress);
    const about = { address, lease, isProbe: isProbe(accepted) };
    const { protocol: speaks, certificate } = this.#options;
    const awaitsHeader = speaks === 'commands' && proxies.any && proxies.has(address);
    if (awaitsHeader) {
      if (lease.rejection === null) this.#receive(accepted, about, awaitsHeader);
      else accepted.destroy();
    } else if (this.#admit(accepted, about)) {
      const passed = { ...about, socket: accepted };
      // The usual way is the shortest.
      if (certificate) this.#receive(accepted, about, awaitsHeader);
      else if (!proxies.any || speaks === 'requests') this.#onAccepted(passed);
      else this.#onAccepted({ ...passed, onFirst: (bytes) => reportForgery(bytes, address, logger) });
    }
  }

  /** Ends what has not passed. */
  close(): void {
    for (const arrival of this.#pending) arrival.destroy();
  }

  /** Counts a connection for its address, now that it is known; ends it, and answers false, when there is no room. */
  #admit(accepted: Socket, { address, lease }: Pick<AcceptedConnection, 'address' | 'lease'>): boolean {
    const { proxies, admission, refuses } = this.#policy;
    const { protocol: speaks, certificate } = this.#options;
    if (speaks === 'commands' && refuses(address)) {
      admission.recordRejection('refused by the operator');
      accepted.resetAndDestroy();
      return false;
    }
    // A proxy that comes for itself, or for whom only its requests name, is no crowd.
    const refusal = proxies.any && proxies.has(address) ? lease.rejection : lease.claim(networkOf(address));
    if (refusal === null) return true;
    if (speaks === 'requests' && !certificate && !admission.isBeyondCapacity) return true;
    accepted.destroy();
    return false;
  }

  /** The long way, by a PROXY header, by TLS, or by both. */
  #receive(
    accepted: Socket,
    about: Pick<AcceptedConnection, 'address' | 'lease' | 'isProbe'>,
    hasHeader: boolean,
  ): void {
    const { certificate, protocol: speaks } = this.#options;
    const arrival: PendingConnection = new PendingConnection(accepted, about, this.#policy, () =>
      this.#pending.delete(arrival),
    );
    this.#pending.add(arrival);
    const secure = (passed: AcceptedConnection) => {
      if (certificate) arrival.handshake(certificate, speaks, passed, this.#onAccepted);
      else arrival.accept(passed, this.#onAccepted);
    };
    if (!hasHeader) secure({ ...about, socket: accepted });
    else
      arrival.readHeader((address, early) => {
        const passed: AcceptedConnection = { ...about, address, head: early, socket: accepted };
        if (this.#admit(accepted, passed)) secure(passed);
      });
  }
}

/** Says that a stranger's connection begins with a PROXY header; the rules close it, since that is no command. */
function reportForgery(bytes: Uint8Array, address: string, logger: Logger): void {
  if (looksLikeProxyHeader(bytes))
    logger.info({ address }, 'rejected: a PROXY header from an address that is not in --proxies');
}
