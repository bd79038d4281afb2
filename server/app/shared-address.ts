/** Notices that many clients come by an address that hides theirs, and warns once: limits per address then hit them all. */
import type { Logger } from 'pino';

/** Logins from one such address from which on it is no accident, such as the operator's own tries. */
const MANY = 5;

export class SharedAddressWatch {
  readonly #logger: Logger;
  /** Logins by address; empty when there is nothing to watch, or no more. */
  readonly #logins: Map<string, number>;

  /** @param suspects addresses that a port mapping may give to clients, in their one spelling */
  constructor(logger: Logger, suspects: Iterable<string>) {
    this.#logger = logger;
    this.#logins = new Map(Array.from(suspects, (address) => [address, 0]));
  }

  /** Notes that a client of this address was identified. */
  loggedIn(address: string): void {
    const before = this.#logins.get(address);
    if (before === undefined) return;
    this.#logins.set(address, before + 1);
    if (before + 1 < MANY) return;
    this.#logins.clear();
    this.#logger.warn(
      { address },
      'many clients seem to have one address, which is this machine’s own or its gateway’s: a port mapping hides theirs, ' +
        'and limits per address, wrong connect_ids and bans of one of them hit all; see “Which address the gateway sees” in ' +
        'server/deploy/README.md, or --exempt-networks',
    );
  }
}
