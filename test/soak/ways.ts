/** Ways to the gateway over the good network: each transport, with TLS and without, and behind a proxy. */
import { pick, type Roll } from '../support/random.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { type Addressed, KINDS, type RawConnection, SECURE_WAYS } from '../support/raw-connection.ts';

/** Address of the proxy; what comes from it names the client, by a PROXY header or X-Forwarded-For. */
export const PROXY = '127.9.0.1';

const WAYS = [...KINDS, ...SECURE_WAYS];

/**
 * Connects in one of all ways, from this address of this machine; through the proxy every third client has an address of
 * another machine.
 */
export function connectSomehow(gateway: Addressed, roll: Roll, localAddress: string): Promise<RawConnection> {
  const way = pick(roll, WAYS);
  if (roll(3) > 0) return connectRaw(gateway, way, localAddress);
  return connectRaw(gateway, way, PROXY, `203.${roll(250)}.${roll(250)}.${1 + roll(250)}`);
}
