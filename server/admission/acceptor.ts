/**
 * Accepts the connections of every listener: each is counted at once, and passes admission when its address is known,
 * the limits allow it, and TLS is spoken where it has to be.
 */
import type { Socket } from 'node:net';
import type { ThrottledLog } from '../log/throttled-log.ts';
import { plainAddress } from '../addresses/address.ts';
import { PendingConnection } from './pending-connection.ts';
import { Slot } from './slot.ts';
import { looksLikeProxyHeader } from './proxy-header.ts';
import type { AcceptPolicy, ListenerOptions, AcceptedConnection, OnAccepted } from './accepted-connection.ts';

export class ConnectionAcceptor {
  readonly #policy: AcceptPolicy;
  readonly #options: ListenerOptions;
  readonly #onAccepted: OnAccepted;
  readonly #pending = new Set<PendingConnection>();

  constructor(policy: AcceptPolicy, options: ListenerOptions, onAccepted: OnAccepted) {
    this.#policy = policy;
    this.#options = options;
    this.#onAccepted = onAccepted;
  }

  /**
   * Passes a connection on, or ends it.
   * @param accepted paused since it was accepted (`pauseOnConnect`)
   */
  accept(accepted: Socket): void {
    const { proxies, admission, isProbe, throttledLog, onEarlyEnd } = this.#policy;
    const slot = Slot.take(accepted, admission);
    if (accepted.remoteAddress === undefined) {
      // It was reset before this process came to it.
      onEarlyEnd('nothing came');
      accepted.destroy();
      return;
    }
    const address = plainAddress(accepted.remoteAddress);
    const passed: AcceptedConnection = { socket: accepted, address, slot, isProbe: isProbe(accepted) };
    const { protocol, certificate } = this.#options;
    const awaitsHeader = protocol === 'commands' && proxies.any && proxies.has(address);
    if (awaitsHeader) {
      if (slot.rejection === null) this.#receive(passed, awaitsHeader);
      else accepted.destroy();
    } else if (this.#admit(passed)) {
      // The usual case is the shortest.
      if (certificate) this.#receive(passed, awaitsHeader);
      else if (!proxies.any || protocol === 'requests') this.#onAccepted(passed);
      else this.#onAccepted({ ...passed, onFirst: (bytes) => reportForgery(bytes, address, throttledLog) });
    }
  }

  /** Ends the connections that are still pending. */
  close(): void {
    for (const pending of this.#pending) pending.destroy();
  }

  /**
   * Counts a connection for its address, now that it is known; ends it, and returns false, when a limit rejects it. One that
   * sends requests passes all the same where it can still be answered why.
   */
  #admit(passed: AcceptedConnection): boolean {
    const { socket: accepted, address, slot } = passed;
    const { proxies, admission, networkOf } = this.#policy;
    const { protocol, certificate } = this.#options;
    if (this.#rejectBanned(passed)) {
      accepted.resetAndDestroy();
      return false;
    }
    // The address of a proxy has no limits: it connects for many clients, whom its requests name.
    const rejection =
      proxies.any && proxies.has(address) ? slot.rejection : slot.countFor(networkOf(address));
    if (rejection === null) return true;
    if (protocol === 'requests' && !certificate && !admission.isBeyondCapacity) return true;
    accepted.destroy();
    return false;
  }

  /** Passes on a connection that was pending: meanwhile its address may have been banned. */
  readonly #passPending: OnAccepted = (passed) => {
    if (!this.#rejectBanned(passed)) this.#onAccepted(passed);
    // Not by a reset: from within the end of its handshake that crashes Node.
    else passed.socket.destroy();
  };

  /** Tells whether an address is banned, and counts that; who sends requests gets an answer instead. */
  #rejectBanned(passed: AcceptedConnection): boolean {
    const { admission, isBanned } = this.#policy;
    if (this.#options.protocol === 'requests' || !isBanned(passed)) return false;
    admission.recordRejection('refused by the operator');
    return true;
  }

  /** Receives a PROXY header, a TLS handshake, or both, before the connection passes. */
  #receive(coming: AcceptedConnection, hasHeader: boolean): void {
    const { certificate, protocol } = this.#options;
    const onSettled = () => this.#pending.delete(pending);
    const pending = new PendingConnection(coming, this.#policy, this.#passPending, onSettled);
    this.#pending.add(pending);
    const secure = (passed: AcceptedConnection) => {
      if (certificate) pending.handshake(certificate, protocol, passed);
      else pending.accept(passed);
    };
    if (!hasHeader) secure(coming);
    else
      pending.readHeader((address, head) => {
        const passed: AcceptedConnection = { ...coming, address, head };
        if (this.#admit(passed)) secure(passed);
      });
  }
}

/** Logs that a stranger's connection begins with a PROXY header; the rules close it, since that is no command. */
function reportForgery(bytes: Uint8Array, address: string, lines: ThrottledLog): void {
  if (!looksLikeProxyHeader(bytes)) return;
  lines.say('info', {}, 'rejected: a PROXY header from an address that is not in --proxies', { address });
}
