/** Private connections of the fuzzed gateway: each side gets what the other sent, and nothing else. */
import { long, LONG_BYTES } from '../../support/relay-hex.ts';
import { bytes } from '../../support/raw-hex.ts';
import { pick, type Roll } from '../../support/random.ts';
import { connectRaw } from '../../support/connect-raw.ts';
import type { Addressed, RawConnection, Way } from '../../support/raw-connection.ts';
import { Grammar } from '../grammar.ts';

const ESTABLISHED = Buffer.from([10]);
/** Longest time, in ms, of a private connection that both sides end, and of one that a side breaks. */
const PATIENCE = 20_000;
const WAIT = 2_000;

/** Bytes that one side sends, and how it ends. */
interface Side {
  readonly says: Buffer;
  readonly ends: 'end' | 'reset';
}

export interface PrivateCounts {
  established: number;
  broken: number;
  unclaimed: number;
  bytes: number;
}

export class PrivateConnections {
  readonly counts: PrivateCounts = { established: 0, broken: 0, unclaimed: 0, bytes: 0 };
  readonly #gateway: Addressed;
  readonly #roll: Roll;
  readonly #ways: readonly Way[];
  readonly #addressOf: () => string;
  readonly #onWrong: (what: string) => void;
  readonly #grammar: Grammar;
  /** Ids that one of the two clients has been told. */
  readonly #half = new Set<number>();
  readonly #running = new Set<Promise<void>>();

  constructor(
    gateway: Addressed,
    roll: Roll,
    ways: readonly Way[],
    addressOf: () => string,
    onWrong: (what: string) => void,
  ) {
    this.#ways = ways;
    this.#gateway = gateway;
    this.#roll = roll;
    this.#addressOf = addressOf;
    this.#onWrong = onWrong;
    this.#grammar = new Grammar(roll);
  }

  /** Number of private connections under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Notes a connect_id that a client was told; at the second time both sides connect, or not. */
  told(id: number): void {
    if (!this.#half.delete(id)) {
      this.#half.add(id);
      return;
    }
    const fate = this.#roll(10);
    if (fate < 3) {
      this.counts.unclaimed++;
      return;
    }
    const running = (fate === 3 ? this.#alone(id) : this.#together(id)).catch((error: unknown) =>
      this.#onWrong(`a private connection: ${String(error)}`),
    );
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  async finished(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Presents an id on one connection only, which goes again. */
  async #alone(id: number): Promise<void> {
    const endpoint = await this.#present(id, this.#content());
    endpoint.reset();
    await endpoint.over;
    this.counts.broken++;
  }

  async #together(id: number): Promise<void> {
    const sides = [this.#side(), this.#side()] as const;
    const isClean = sides.every(({ ends }) => ends === 'end');
    const endpoints = await Promise.all(sides.map(({ says }) => this.#present(id, says)));
    const heard = endpoints.map((endpoint) => listenTo(endpoint));
    sides.forEach(({ ends }, i) => (ends === 'end' ? endpoints[i]!.end() : endpoints[i]!.reset()));
    // A side that breaks before it is read has never presented the connect_id, and the other waits for long (D17): so it
    // is reset, too.
    const giveUp = setTimeout(
      () => endpoints.forEach((endpoint) => endpoint.reset()),
      isClean ? PATIENCE : WAIT,
    );
    const endings = await Promise.all(endpoints.map((endpoint) => endpoint.over));
    clearTimeout(giveUp);
    for (const i of [0, 1] as const) {
      const { received, ended } = heard[i]!;
      const wanted = Buffer.concat([ESTABLISHED, sides[1 - i]!.says]);
      const came = Buffer.concat(received);
      this.counts.bytes += came.length;
      if (!wanted.subarray(0, came.length).equals(came))
        this.#onWrong('an endpoint got bytes that the other did not send (D20)');
      if (isClean && came.length < wanted.length) this.#onWrong('an endpoint did not get all bytes (D20)');
      if (isClean && endings[i]!.reset) this.#onWrong('an endpoint that ended cleanly broke (D21)');
      // A side that arrived after the other had broken was never in a private connection: its id is void.
      if (came.length > 0 && ended() && sides[1 - i]!.ends === 'reset')
        this.#onWrong(
          `a break looked like an end (D21): ${endpoints.map(({ kind }, at) => `${kind} ${sides[at]!.ends}`).join()} at ${i}`,
        );
    }
    if (isClean) this.counts.established++;
    else this.counts.broken++;
  }

  async #present(id: number, says: Buffer): Promise<RawConnection> {
    const endpoint = await connectRaw(this.#gateway, pick(this.#roll, this.#ways), this.#addressOf());
    const hello = Buffer.concat([bytes('09' + long(id, LONG_BYTES[endpoint.kind])), says]);
    for (const chunk of this.#grammar.cuts(hello)) if (chunk.length > 0) endpoint.send(chunk);
    return endpoint;
  }

  #side(): Side {
    return { says: this.#content(), ends: this.#roll(5) === 0 ? 'reset' : 'end' };
  }

  /** Bytes that look like commands, on a connection that has none any more (§4). */
  #content(): Buffer {
    return Buffer.from(this.#grammar.input('client', 4));
  }
}

function listenTo({ inbox }: RawConnection): {
  readonly received: Uint8Array[];
  readonly ended: () => boolean;
} {
  const received: Uint8Array[] = [];
  inbox.divert((data) => received.push(data));
  return { received, ended: () => inbox.ended };
}
