/**
 * Private connections in a cluster: every node knows who presents which connect_id, each makes endpoints of its own clients,
 * and where the two are at different nodes, these are joined by a hop of the mesh (§4, D17–D22).
 */
import type { Chat } from '../chat/chat.ts';
import { TOO_MANY_WAITING, TOO_MANY_WRONG, UNKNOWN_ID } from '../../shared/protocol/closes.ts';
import { RelayEndpoint } from '../chat/private/relay.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import type { Hop, Mesh, SessionName } from './mesh.ts';
import type { Seat } from './seats.ts';

/** Time, in ms, in which the other node has to dial, or has to learn from the log what a hop is for. */
const MEET_TIME = 5_000;
const NOTHING = new Uint8Array(0);

/** One connection that presents a connect_id, at its place in the log. */
export interface Presentation {
  readonly seat: Seat;
  readonly connectId: number;
  /** Keyed hash of its network; null for one without limits. */
  readonly network: string | null;
  /** True when one more may wait for the second. */
  readonly hasRoom: boolean;
  /** Notes that it waits for the second. */
  readonly wait: () => void;
  /** Frees what a seat holds, since it goes on as an endpoint. */
  readonly release: (seat: Seat) => void;
  /** Address of the mesh of a seat's node; null when that is gone. */
  readonly addressOf: (name: SessionName) => string | null;
  /** Called when its endpoint ends before the second has come. */
  readonly onBroken: () => void;
}

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

  /** Carries out a LOGIN_PRIVATE in its turn, at every node alike. */
  present(presentation: Presentation): void {
    const { seat, connectId, network, hasRoom } = presentation;
    const { guessLimiter, negotiation, endpoints } = this.#chat;
    if (guessLimiter.isBlocked(network)) {
      seat.close(...TOO_MANY_WRONG);
      return;
    }
    const redeemed = negotiation.redeem(connectId, () => (hasRoom ? seat : null));
    if (redeemed.outcome === 'unknown') {
      if (seat.local) endpoints.reportWrongLongSize(seat.local, connectId, null);
      guessLimiter.countGuess(network);
      seat.close(...UNKNOWN_ID);
    } else if (redeemed.outcome === 'no room') {
      seat.close(...TOO_MANY_WAITING);
    } else if (redeemed.outcome === 'first') {
      presentation.wait();
      this.#takeOver(presentation);
    } else {
      // Every endpoint of a cluster is a seat.
      this.#establish(redeemed.first as Seat, presentation);
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

  /** Makes an endpoint of a seat's connection, if that is here and goes on. */
  #takeOver({ seat, connectId, onBroken }: Presentation): void {
    const { presenter } = seat;
    if (!presenter) return;
    const { endpoint, subject } = this.#chat.endpoints.takeOver(presenter, connectId, onBroken);
    seat.endpoint = endpoint;
    seat.subject = subject;
  }

  #establish(first: Seat, presentation: Presentation): void {
    const { seat: second, connectId, release, addressOf } = presentation;
    this.#takeOver({ ...presentation, onBroken: () => {} });
    // The first may be lost, and its end be written in the log behind this.
    if (first.endpoint?.isGone) first.endpoint = null;
    const hop: Hop = { connectId, first: first.name, second: second.name };
    const address = addressOf(first.name);
    const isOneNode = first.name.incarnation === second.name.incarnation;
    release(first);
    release(second);
    if (isOneNode) this.#establishHere(first, second);
    else {
      if (first.isHere) this.#expect(hop, first.endpoint, first, second);
      if (second.isHere) this.#dial(hop, address, second);
    }
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

  /** Waits for the hop of the second's node, or takes the one that has come already. */
  #expect(hop: Hop, endpoint: RelayEndpoint | null, { subject }: Seat, second: Seat): void {
    const key = keyOf(hop);
    const join = (over: RelayEndpoint) => {
      if (!endpoint || endpoint.isGone) over.breakOff();
      else this.#chat.endpoints.establishOver(over, { endpoint, subject }, second);
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

  #dial(hop: Hop, address: string | null, { endpoint, subject }: Seat): void {
    if (address === null) {
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
