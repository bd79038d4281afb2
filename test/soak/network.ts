/**
 * Networks between clients and the gateway: a good one, and one of proxies where everything comes late, in pieces, or not
 * at all.
 */
import { FaultProxy, type Link, type LinkFaults } from '../support/fault-proxy.ts';
import { pick, type Roll } from '../support/random.ts';
import type { Addressed } from '../support/raw-connection.ts';

/** Longest time, in ms, that a connection is a black hole before it is restored. */
const MOST_SILENCE = 4000;

export class Network {
  readonly good: Addressed;
  readonly bad: Addressed;
  readonly #proxies: readonly FaultProxy[];
  readonly #roll: Roll;
  readonly #holes = new Map<Link, NodeJS.Timeout>();

  private constructor(good: Addressed, proxies: readonly [FaultProxy, FaultProxy], roll: Roll) {
    const [tcp, http] = proxies.map(({ host, port }) => ({ host, port }));
    this.good = good;
    this.bad = { addresses: { tcp: tcp!, http: http!, tcpLong64: null } };
    this.#proxies = proxies;
    this.#roll = roll;
  }

  static async before(gateway: Addressed, seed: number, roll: Roll): Promise<Network> {
    const proxy = (target: { readonly host: string; readonly port: number }, net: number) =>
      FaultProxy.start({
        target,
        seed,
        plan: weather,
        localAddress: (index) => `127.${net}.${(index >> 8) & 255}.${1 + (index % 250)}`,
      });
    const { tcp, http } = gateway.addresses;
    return new Network(gateway, [await proxy(tcp, 40), await proxy(http, 41)], roll);
  }

  /** Breaks one of the connections that go through the proxies. */
  breakOne(): void {
    this.#any()?.reset();
  }

  /** Makes one of the connections a black hole for a while; nothing is lost when it is restored. */
  swallowOne(): void {
    const link = this.#any();
    if (!link || this.#holes.has(link)) return;
    link.swallow();
    this.#holes.set(
      link,
      setTimeout(() => this.#restore(link), this.#roll(MOST_SILENCE)),
    );
  }

  /** Restores every black hole. */
  clear(): void {
    for (const link of this.#holes.keys()) this.#restore(link);
  }

  async stop(): Promise<void> {
    this.clear();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
  }

  #any(): Link | undefined {
    const links = this.#proxies.flatMap((proxy) => [...proxy.links]);
    return links.length > 0 ? pick(this.#roll, links) : undefined;
  }

  #restore(link: Link): void {
    clearTimeout(this.#holes.get(link));
    this.#holes.delete(link);
    link.restore();
  }
}

/** Draws the faults of a connection through a proxy, for all its life. */
function weather(_index: number, roll: Roll): LinkFaults {
  const faults: LinkFaults[] = [
    {},
    { up: { pieces: [1, 50] }, down: { pieces: [1, 2000] } },
    { up: { delay: 30, jitter: 60 }, down: { delay: 30, jitter: 60, pieces: [100, 1500] } },
    { up: { rate: 400_000 }, down: { rate: 400_000 } },
    { down: { cut: { after: 20_000 + roll(400_000), how: 'reset' } } },
    { up: { cut: { after: 1000 + roll(20_000), how: 'reset' } } },
  ];
  return pick(roll, faults);
}
