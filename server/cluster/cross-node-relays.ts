/**
 * Private connections in a cluster: every node knows who presents which connect_id, each makes endpoints of its own clients,
 * and where the two are at different nodes, these are joined by a hop of the mesh (§4, D17–D22).
 */
import type { Chat } from '../chat/chat.ts';
import { RelayEndpoint } from '../chat/private/relay.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import type { Hop, Mesh, SessionName } from './mesh.ts';
import type { LiveNode } from './nodes.ts';
import type { Seat } from './seats.ts';
import { NOTHING } from '../../shared/protocol/bytes.ts';

/** Time, in ms, in which the other node has to dial, or has to learn from the log what a hop is for. */
const MEET_TIME = 5_000;
/** Finds the node of a session; undefined when that is gone. */
export type NodeOf = (name: SessionName) => LiveNode | undefined;

/** An endpoint that waits for the other node's hop. */
interface Expected {
  readonly join: (hop: RelayEndpoint) => void;
  readonly cancel: () => void;
}

export class CrossNodeRelays {
  readonly #mesh: Mesh;
  readonly #clock: Pick<Clock, 'after'>;
  #chat!: Chat;
  readonly #expected = new Map<string, Expected>();
  /** Hops that came before this node has read in the log what they are for. */
  readonly #arrived = new Map<string, RelayEndpoint>();
  #hops = 0;

  constructor(mesh: Mesh, clock: Pick<Clock, 'after'>) {
    this.#mesh = mesh;
    this.#clock = clock;
  }

  get hops(): number {
    return this.#hops;
  }

  attach(chat: Chat): void {
    this.#chat = chat;
  }

  /**
   * Makes an endpoint of a seat's connection, if that is here and goes on; if it has ended, that is finished.
   * @param onBroken called when it ends before the second has come
   */
  takeOver(seat: Seat, connectId: number, onBroken: () => void): void {
    const { presenter } = seat;
    if (!presenter) return seat.finish();
    const { endpoint, subject } = this.#chat.endpoints.takeOver(presenter, connectId, onBroken);
    seat.endpoint = endpoint;
    seat.subject = subject;
  }

  /** Joins the endpoints of two seats, as far as they are here. */
  establish(first: Seat, second: Seat, connectId: number, nodeOf: NodeOf): void {
    // The first may be lost, and its end be written in the log behind this.
    if (first.endpoint?.isGone) first.endpoint = null;
    const hop: Hop = { connectId, first: first.name, second: second.name };
    if (first.name.incarnation === second.name.incarnation) this.#establishHere(first, second);
    else {
      if (first.isHere) this.#expect(hop, first, `${nodeOf(second.name)?.name}:${second.id}`);
      if (second.isHere) this.#dial(hop, nodeOf(first.name)?.address, second);
    }
  }

  /** Takes a stream that another node has dialled; false when it is for nobody here. */
  meet(hop: Hop, stream: ByteStream, incarnation: string | null): boolean {
    const key = keyOf(hop);
    const expected = this.#expected.get(key);
    if (!expected && (hop.first.incarnation !== incarnation || this.#arrived.has(key))) return false;
    const endpoint = this.#hopOver(stream, () => this.#arrived.delete(key));
    if (expected) {
      this.#expected.delete(key);
      expected.cancel();
      expected.join(endpoint);
      return true;
    }
    this.#arrived.set(key, endpoint);
    this.#clock.after(MEET_TIME, () => {
      if (this.#arrived.get(key) === endpoint) endpoint.breakOff();
    });
    return true;
  }

  #establishHere({ endpoint: one, subject }: Seat, { endpoint: other, subject: otherSubject }: Seat): void {
    if (one && other)
      this.#chat.endpoints.establish({ endpoint: one, subject }, { endpoint: other, subject: otherSubject });
    else {
      // One of the two was lost before its turn had come.
      one?.breakOff();
      other?.breakOff();
    }
  }

  /**
   * Waits for the hop of the second's node, or takes the one that has come already.
   * @param other the second one, as the operator's list of clients names it
   */
  #expect(hop: Hop, { endpoint, subject }: Seat, other: string): void {
    const key = keyOf(hop);
    const join = (over: RelayEndpoint) => {
      if (!endpoint || endpoint.isGone) over.breakOff();
      else this.#chat.endpoints.establishOver(over, { endpoint, subject }, other);
    };
    const arrived = this.#arrived.get(key);
    if (arrived) {
      this.#arrived.delete(key);
      join(arrived);
      return;
    }
    const cancel = this.#clock.after(MEET_TIME, () => {
      this.#expected.delete(key);
      endpoint?.breakOff();
    });
    this.#expected.set(key, { join, cancel });
  }

  #dial(hop: Hop, address: string | undefined, { endpoint, subject }: Seat): void {
    if (address === undefined) {
      endpoint?.breakOff();
      return;
    }
    const over = this.#hopOver(this.#mesh.dial(address, hop), () => {});
    if (endpoint) this.#chat.endpoints.establishOver(over, { endpoint, subject }, null);
    else over.breakOff();
  }

  #hopOver(stream: ByteStream, onEnded: () => void): RelayEndpoint {
    this.#hops++;
    const { limits } = this.#chat;
    return new RelayEndpoint(
      stream,
      NOTHING,
      limits,
      () => {
        this.#hops--;
        onEnded();
      },
      null,
      true,
    );
  }
}

function keyOf({ connectId, first, second }: Hop): string {
  return `${connectId} ${first.incarnation}:${first.session} ${second.incarnation}:${second.session}`;
}
