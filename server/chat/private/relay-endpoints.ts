/**
 * The endpoints of private connections, from LOGIN_PRIVATE, by which a session becomes one, to the relay (§4, D17–D22). They are
 * called legs only where operators know them by that: in `--max-waiting-legs` and in two reasons.
 */
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { CloseKind, EndReason, RelayEndReason } from '../../../shared/protocol/reasons.ts';
import { GOING_AWAY, TOO_MANY_WAITING, TOO_MANY_WRONG, UNKNOWN_ID } from '../../../shared/protocol/closes.ts';
import type { ByteStream } from '../../../shared/stream/byte-stream.ts';
import type { Limits } from '../limits/limits.ts';
import { suspectedLongSize } from './wrong-long-size.ts';
import type { ConnectIdGuessLimiter } from '../limits/guess-limiter.ts';
import type { Negotiation } from './negotiation.ts';
import type { Resumable } from '../environment/browser-connection.ts';
import type { Observer, Client, Source } from '../environment/observer.ts';
import { TurnQuota } from '../../../shared/stream/turn-quota.ts';
import { RelayEndpoint } from './relay.ts';
import type { Counters } from '../environment/counters.ts';

/** A connection, to whichever node, that presents a connect_id. */
interface Presenting {
  /** Itself; null when it is at another node. */
  readonly local: Client | null;
  /** Ends the connection by the server; its queue is still sent, and the reason in words where there is a way (D5, D26). */
  close(kind: CloseKind, reason: EndReason, words: string): void;
}

/** A connection that presents a connect_id here: it becomes one end of a private connection, or is closed. */
export interface Presenter extends Client, Presenting {
  /** Detaches the stream and hands it over, with what came behind the last command: from here on it carries bytes (§4). */
  detachStream<Endpoint>(
    subject: Resumable,
    makeEndpoint: (stream: ByteStream, rest: Uint8Array) => Endpoint,
  ): Endpoint;
}

/** The first connection of a connect_id, until the second comes. */
export interface WaitingEndpoint {
  /** Null when it is at another node. */
  readonly endpoint: RelayEndpoint | null;
  readonly subject: Client;
}

interface RelayEndpointsOptions {
  readonly negotiation: Pick<Negotiation<never, WaitingEndpoint>, 'redeem' | 'revoke'>;
  readonly guessLimiter: ConnectIdGuessLimiter;
  readonly observer: Observer;
  readonly limits: Limits;
  readonly counters: Counters;
  /** Runs a function at the end of this turn of the event loop (setImmediate). */
  readonly atEndOfTurn: (run: () => void) => void;
}

interface LocalEndpoint extends WaitingEndpoint {
  readonly endpoint: RelayEndpoint;
}

export class RelayEndpoints {
  readonly #options: RelayEndpointsOptions;
  readonly #quota: TurnQuota;
  readonly #live = new Map<RelayEndpoint, Client>();
  /** Number of those that wait for the other one. */
  #waiting = 0;

  constructor(options: RelayEndpointsOptions) {
    this.#options = options;
    this.#quota = new TurnQuota(options.atEndOfTurn);
  }

  /** Every endpoint, and the connection that it is. */
  get live(): ReadonlyMap<RelayEndpoint, Client> {
    return this.#live;
  }

  /** Endpoints that wait for the other one. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Endpoints, waiting or relayed. */
  get size(): number {
    return this.#live.size;
  }

  /** A connection presents a connect_id; a wrong one closes that connection and touches no other (D18). */
  present(presenter: Presenter, connectId: number): void {
    const { negotiation, limits } = this.#options;
    const makeEndpoint = () => this.takeOver(presenter, connectId, () => negotiation.revoke(connectId));
    const hasRoom = this.#waiting < limits.maxWaitingLegs;
    const { network } = presenter.source;
    const first = this.redeemOrClose(presenter, connectId, network, () => (hasRoom ? makeEndpoint() : null));
    if (first === null || first === 'first') return;
    const { endpoint, subject } = first;
    // Here all endpoints are at this node.
    if (endpoint) this.establish({ endpoint, subject }, makeEndpoint());
  }

  /**
   * Redeems a connect_id that a connection presents. Returns the connection that did so before, or `first` for one that is the
   * first; null when it was closed.
   * @param network by which guesses are counted; null for one without limits
   * @param makeFirst null when none more may wait for the second
   */
  redeemOrClose(
    presenting: Presenting,
    connectId: number,
    network: string | null,
    makeFirst: () => WaitingEndpoint | null,
  ): WaitingEndpoint | 'first' | null {
    const { guessLimiter, negotiation } = this.#options;
    if (guessLimiter.isBlocked(network)) {
      presenting.close(...TOO_MANY_WRONG);
      return null;
    }
    const redeemed = negotiation.redeem(connectId, makeFirst);
    if (redeemed === 'no room') presenting.close(...TOO_MANY_WAITING);
    else if (redeemed !== 'unknown') return redeemed;
    else {
      if (presenting.local) this.reportWrongLongSize(presenting.local, connectId, null);
      guessLimiter.countGuess(network);
      presenting.close(...UNKNOWN_ID);
    }
    return null;
  }

  /** Establishes a private connection between two endpoints that are here. */
  establish(first: LocalEndpoint, second: LocalEndpoint): void {
    this.#waiting -= 2;
    first.endpoint.connect(second.endpoint);
    this.#options.counters.commandsOut[Opcode.ESTABLISHED]! += 2;
    this.#options.observer.established(second.subject, first.subject.id);
  }

  /**
   * Joins an endpoint that is here with a hop, the stream to the node where the other one is.
   * @param other number of the other one, behind the name of its node, at the node that was dialled; null at the node that dials
   */
  establishOver(hop: RelayEndpoint, { endpoint, subject }: LocalEndpoint, other: string | null): void {
    this.#waiting--;
    // The node that was dialled says ESTABLISHED to both: over the hop, it comes as the first byte of what is relayed.
    endpoint.connect(hop, other !== null);
    this.#options.counters.commandsOut[Opcode.ESTABLISHED]! += 1;
    if (other !== null) this.#options.observer.established(subject, other);
  }

  /** Closes the endpoints that wait: the other one cannot come any more. */
  endWaiting(): void {
    for (const endpoint of [...this.#live.keys()]) if (!endpoint.isConnected) endpoint.close(GOING_AWAY);
  }

  /** Closes every endpoint because the server goes away. */
  endAll(): void {
    for (const endpoint of [...this.#live.keys()]) endpoint.close(GOING_AWAY);
  }

  /** Reports a client that seems to have come to the wrong port (D2). */
  reportWrongLongSize(subject: Client, connectId: number, rest: Uint8Array | null): void {
    const writes = suspectedLongSize(subject.source, connectId, rest);
    if (writes) this.#options.observer.wrongLongSize(subject, writes);
  }

  /**
   * Makes a connection that presented a good connect_id an endpoint, which waits until it is established.
   * @param onBroken called when it ends before
   */
  takeOver(presenter: Presenter, connectId: number, onBroken: () => void): LocalEndpoint {
    // The session is released; what events say of it stays.
    const { counters, limits, observer } = this.#options;
    const { id, source, since, commandCount: commands } = presenter;
    const subject: Resumable & { source: Source } = {
      id,
      source,
      login: null,
      since,
      commandCount: commands,
      onResumed: (latest) => void (subject.source = latest),
    };
    const endpoint = presenter.detachStream(subject, (stream, rest) => {
      this.reportWrongLongSize(subject, connectId, rest);
      const onEnded = (ended: RelayEndpoint, end: RelayEndReason, rule?: string): void => {
        this.#live.delete(ended);
        if (!ended.isConnected) {
          this.#waiting--;
          onBroken();
        }
        counters.relayedBytes += ended.relayed;
        observer.endpointEnded(subject, end, ended.relayed, rule);
      };
      return new RelayEndpoint(stream, rest, limits, onEnded, this.#quota);
    });
    endpoint.onThrottled = () => observer.throttled(subject, 'too many control messages', true);
    this.#waiting++;
    this.#live.set(endpoint, subject);
    observer.endpointOpened(subject);
    return { endpoint, subject };
  }
}
