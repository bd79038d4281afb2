/** From LOGIN_PRIVATE to the relay: who may become a leg, and which legs there are (§4, D17–D22). */
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { CloseKind, EndReason } from '../../../shared/protocol/reasons.ts';
import type { ByteStream } from '../../../shared/stream/byte-stream.ts';
import type { Limits } from '../limits/limits.ts';
import { suspectedLongSize } from './long-size.ts';
import type { Misses } from '../limits/guess-limiter.ts';
import type { Negotiation } from './negotiation.ts';
import type { Observer, Subject } from '../environment/observer.ts';
import { Leg } from './relay.ts';
import type { Tally } from '../environment/counters.ts';

/** A connection that presents a connect_id: it becomes one end of a private connection, or is closed. */
export interface Presenter extends Subject {
  /** Ends the connection by the server; its queue is still sent, and the reason in words where there is a way (D5, D26). */
  close(kind: CloseKind, reason: EndReason, words: string): void;
  /** Hands the stream over, with what came behind the last command: from here on it carries bytes (§4). */
  becomeLeg<Leg>(subject: Subject, takeOver: (stream: ByteStream, rest: Uint8Array) => Leg): Leg;
}

/** The first connection of a connect_id, until the second comes. */
export interface WaitingLeg {
  readonly leg: Leg;
  readonly subject: Subject;
}

export class Legs {
  readonly #negotiation: Pick<Negotiation<never, WaitingLeg>, 'redeem' | 'void'>;
  readonly #misses: Misses;
  readonly #observer: Observer;
  readonly #limits: Limits;
  readonly #tally: Tally;
  readonly #live = new Map<Leg, Subject>();
  /** Of those, how many are alone. */
  #waiting = 0;

  constructor(
    negotiation: Pick<Negotiation<never, WaitingLeg>, 'redeem' | 'void'>,
    misses: Misses,
    options: { readonly observer: Observer; readonly limits: Limits; readonly tally: Tally },
  ) {
    this.#negotiation = negotiation;
    this.#misses = misses;
    this.#observer = options.observer;
    this.#limits = options.limits;
    this.#tally = options.tally;
  }

  /** Every leg, and the connection it is. */
  get live(): ReadonlyMap<Leg, Subject> {
    return this.#live;
  }

  /** Legs that are alone. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Connections that are legs, waiting or relayed. */
  get size(): number {
    return this.#live.size;
  }

  /** A connection presents a connect_id; a wrong one closes that connection and touches no other (D18). */
  present(member: Presenter, connectId: number): void {
    const { network } = member.origin;
    if (this.#misses.isRefused(network)) {
      member.close(
        'not-allowed',
        'too many wrong connect_ids',
        'too many wrong connect_ids, try again later',
      );
      return;
    }
    const makeLeg = () => this.#makeLeg(member, connectId);
    const redeemed = this.#negotiation.redeem(connectId, () =>
      this.#waiting < this.#limits.maxWaitingLegs ? makeLeg() : null,
    );
    if (redeemed.outcome === 'unknown') {
      this.#suspect(member, connectId, null);
      this.#misses.count(network);
      member.close('not-allowed', 'unknown connect_id', 'the connect_id is unknown, lapsed or used');
    } else if (redeemed.outcome === 'no room') {
      member.close('too-many', 'too many waiting legs', 'too many private connections are waiting');
    } else if (redeemed.outcome === 'first') {
      this.#waiting++;
    } else {
      this.#waiting--;
      const second = makeLeg();
      redeemed.first.leg.join(second.leg);
      this.#tally.commandsOut[Opcode.ESTABLISHED]! += 2;
      this.#observer.established(redeemed.first.subject, second.subject);
    }
  }

  /** Ends the legs that are alone: for them nobody can come any more. */
  endWaiting(): void {
    for (const leg of [...this.#live.keys()]) if (!leg.isJoined) leg.close('server going away');
  }

  /** Ends every leg because the server goes away. */
  stop(): void {
    for (const leg of [...this.#live.keys()]) leg.close('server going away');
  }

  /** Says so when a client seems to have come to the wrong port (D2). */
  #suspect(subject: Subject, connectId: number, rest: Uint8Array | null): void {
    const writes = suspectedLongSize(subject.origin, connectId, rest);
    if (writes) this.#observer.wrongLongSize(subject, writes);
  }

  #makeLeg(member: Presenter, connectId: number): WaitingLeg {
    // The member is let go; what of it is still told stays.
    const { id, origin, since, commands } = member;
    const subject: Subject = { id, origin, login: null, since, commands };
    const leg = member.becomeLeg(subject, (stream, rest) => {
      this.#suspect(subject, connectId, rest);
      return new Leg(stream, rest, this.#limits, (ended, end) => {
        this.#live.delete(ended);
        if (!ended.isJoined) {
          this.#waiting--;
          this.#negotiation.void(connectId);
        }
        this.#tally.relayedBytes += ended.relayed;
        this.#observer.legEnded(subject, end, ended.relayed);
      });
    });
    leg.onThrottled = () => this.#observer.heldBack(subject, 'too many control messages', true);
    this.#live.set(leg, subject);
    this.#observer.becameLeg(subject);
    return { leg, subject };
  }
}
