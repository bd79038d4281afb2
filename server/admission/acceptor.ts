/**
 * The way in of every listener: a connection is counted when it is accepted, and passes when it is known whose it is,
 * has room under the limits, and speaks TLS where it has to.
 */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { networkOf, plainAddress } from '../net/address.ts';
import { Arrival } from './arrival.ts';
import { Lease } from './lease.ts';
import { looksLikeProxyHeader } from './proxy-header.ts';
import type { Entrance, Manner, Passed, Take } from './accepted.ts';

/** The way in of one listener. */
export class Door {
  readonly #entrance: Entrance;
  readonly #manner: Manner;
  readonly #take: Take;
  readonly #arrivals = new Set<Arrival>();

  constructor(entrance: Entrance, manner: Manner, take: Take) {
    this.#entrance = entrance;
    this.#manner = manner;
    this.#take = take;
  }

  /**
   * Lets a connection pass, or ends it.
   * @param accepted paused since it was accepted (`pauseOnConnect`)
   */
  enter(accepted: Socket): void {
    const { proxies, admission, isProbe, logger, onEarlyEnd } = this.#entrance;
    const lease = Lease.take(accepted, admission);
    if (accepted.remoteAddress === undefined) {
      // It was reset between its arrival and now: nobody is there.
      onEarlyEnd('nothing came');
      accepted.destroy();
      return;
    }
    const address = plainAddress(accepted.remoteAddress);
    const about = { address, lease, isProbe: isProbe(accepted) };
    const { speaks, certificate } = this.#manner;
    const awaitsHeader = speaks === 'commands' && proxies.any && proxies.has(address);
    if (awaitsHeader) {
      if (lease.refusal === null) this.#receive(accepted, about, awaitsHeader);
      else accepted.destroy();
    } else if (this.#mayPass(accepted, about)) {
      const passed = { ...about, socket: accepted };
      // The usual way is the shortest.
      if (certificate) this.#receive(accepted, about, awaitsHeader);
      else if (!proxies.any || speaks === 'requests') this.#take(passed);
      else this.#take({ ...passed, onFirst: (bytes) => reportForgery(bytes, address, logger) });
    }
  }

  /** Ends what has not passed. */
  close(): void {
    for (const arrival of this.#arrivals) arrival.destroy();
  }

  /** Counts a connection for its address, now that it is known; ends it, and answers false, when there is no room. */
  #mayPass(accepted: Socket, { address, lease }: Pick<Passed, 'address' | 'lease'>): boolean {
    const { proxies, admission, refuses } = this.#entrance;
    const { speaks, certificate } = this.#manner;
    if (speaks === 'commands' && refuses(address)) {
      admission.turnedAway('refused by the operator');
      accepted.resetAndDestroy();
      return false;
    }
    // A proxy that comes for itself, or for whom only its requests name, is no crowd.
    const refusal = proxies.any && proxies.has(address) ? lease.refusal : lease.claim(networkOf(address));
    if (refusal === null) return true;
    if (speaks === 'requests' && !certificate && !admission.isCrammed) return true;
    accepted.destroy();
    return false;
  }

  /** The long way, by a PROXY header, by TLS, or by both. */
  #receive(accepted: Socket, about: Pick<Passed, 'address' | 'lease' | 'isProbe'>, hasHeader: boolean): void {
    const { certificate, speaks } = this.#manner;
    const arrival: Arrival = new Arrival(accepted, about, this.#entrance, () =>
      this.#arrivals.delete(arrival),
    );
    this.#arrivals.add(arrival);
    const secure = (passed: Passed) => {
      if (certificate) arrival.handshake(certificate, speaks, passed, this.#take);
      else arrival.pass(passed, this.#take);
    };
    if (!hasHeader) secure({ ...about, socket: accepted });
    else
      arrival.readHeader((address, early) => {
        const passed = { ...about, address, early, socket: accepted };
        if (this.#mayPass(accepted, passed)) secure(passed);
      });
  }
}

/** Says that a stranger's connection begins with a PROXY header; the rules close it, since that is no command. */
function reportForgery(bytes: Uint8Array, address: string, logger: Logger): void {
  if (looksLikeProxyHeader(bytes))
    logger.info({ address }, 'refused: a PROXY header from an address that is not in --proxies');
}
