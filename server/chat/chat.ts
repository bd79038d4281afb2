/** The room: everything that all connections share, whatever transport they came by. */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { judgeLogin } from '../../shared/protocol/login.ts';
import type { Opcode } from '../../shared/protocol/commands.ts';
import { Broadcast } from './delivery/broadcast.ts';
import type { Clock } from './environment/clock.ts';
import { Legs, type WaitingLeg } from './private/relay-endpoints.ts';
import { CROWDED_IDENTIFY_TIME, type Limits } from './limits/limits.ts';
import { Misses } from './limits/guess-limiter.ts';
import { Negotiation } from './private/negotiation.ts';
import type { Observer, Origin } from './environment/observer.ts';
import { Pacer } from './limits/rate-limiter.ts';
import { Pages } from './control-channel.ts';
import { PresenceBudget } from './limits/presence-budget.ts';
import { Registry } from './registry.ts';
import type { Member, Room } from './room.ts';
import { Session, type ControlChannel } from './session.ts';
import { Tally } from './environment/counters.ts';
import type { EndReason } from '../../shared/protocol/reasons.ts';

/** What the rules take from outside, so that a test can be exact. */
export interface ChatOptions {
  readonly limits: Limits;
  readonly observer: Observer;
  readonly clock: Clock;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
  /** Logins that the operator does not want; asked only of those that D7 lets in. */
  readonly refusesLogin?: (login: string) => boolean;
  /** Whether most connections that there can be are taken: who is not identified then has less time (D7). */
  readonly isCrowded?: () => boolean;
  /** Names this run of the server to pages (D28). */
  readonly instance: string;
  /** Runs a function at the end of this turn of the event loop (setImmediate). */
  readonly atEndOfTurn: (deliver: () => void) => void;
  /** Makes the memory that is handed to the transports. */
  readonly allocate?: (size: number) => Uint8Array;
}

/** How often, in ms, a few more pages are told that the server goes away; and how few it never bothers to spread. */
const SLICE = 10;
const FEW = 10;

/** How often, in ms, everyone's times are looked at: one timer for all. */
const LOOK_EVERY = 1000;

export class Chat implements Room {
  readonly clock: Clock;
  /** Seconds during which the process was awake. */
  seconds = 0;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly broadcast: Broadcast;
  readonly negotiation: Negotiation<Member, WaitingLeg>;
  readonly legs: Legs;
  readonly pages: Pages;
  readonly pacer: Pacer;
  readonly presence: PresenceBudget;
  readonly tally = new Tally();
  readonly #refusesLogin: (login: string) => boolean;
  readonly #isCrowded: () => boolean;
  readonly #registry = new Registry<Session>();
  readonly #sessions = new Set<Session>();
  readonly #stopLooking: () => void;
  #isDraining = false;
  #lastId = 0;

  constructor(options: ChatOptions) {
    this.clock = options.clock;
    this.limits = options.limits;
    this.#refusesLogin = options.refusesLogin ?? (() => false);
    this.#isCrowded = options.isCrowded ?? (() => false);
    this.observer = options.observer;
    this.broadcast = new Broadcast(options.atEndOfTurn, options.allocate, this.tally);
    this.pacer = new Pacer(options.clock, options.limits, this.broadcast.audience);
    this.presence = new PresenceBudget(options.clock, options.limits);
    this.pages = new Pages({
      atEndOfTurn: (run) => this.broadcast.whenDelivered(run),
      online: () => this.#registry.logins(),
      server: options.instance,
      charge: (network, messages) => this.presence.charge(network, messages),
    });
    this.negotiation = new Negotiation({
      ...options,
      onLapse: (waiting) => waiting.leg.close('connect_id lapsed'),
    });
    this.legs = new Legs(this.negotiation, new Misses(options.clock, options.limits), {
      ...options,
      tally: this.tally,
    });
    this.#stopLooking = options.clock.every(LOOK_EVERY, () => this.#look());
  }

  /** Connections that speak commands, to be looked at only. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** Connections that speak commands, identified or not. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Identified clients. */
  get clients(): number {
    return this.#registry.size;
  }

  /**
   * Where every transport ends: from here on a connection is a stream of bytes like any other.
   * @param control a page's control channel, where there is one (D28)
   */
  accept(stream: ByteStream, origin: Origin, control: ControlChannel | null = null): Session {
    const session = new Session(this, stream, origin, ++this.#lastId, control);
    this.#sessions.add(session);
    this.observer.opened(session);
    if (this.#isDraining) session.goAway();
    return session;
  }

  identify(session: Session, login: string): boolean {
    // The cheap rules first: what D7 refuses, by its length before all else, no pattern of the operator is tried on.
    if (session.phase.name !== 'unidentified' || judgeLogin(login) !== 'fine') return false;
    if (this.#refusesLogin(login) || !this.#registry.take(login, session)) return false;
    session.phase = { name: 'identified', login };
    this.broadcast.join(session.outbox);
    this.pages.joined(login, session.origin.network);
    if (session.isPage) this.pages.enter(session);
    this.observer.identified(session);
    session.becomeLasting();
    return true;
  }

  otherThan(session: Session, login: string, opcode: Opcode): Session | undefined {
    const other = this.#registry.find(login);
    if (other && other !== session) return other;
    session.ignore(opcode, other ? 'to oneself' : 'unknown login');
    return undefined;
  }

  requesterAnswered(session: Session, login: string, opcode: Opcode): Session | undefined {
    const requester = this.#registry.find(login);
    if (requester && this.negotiation.answer(requester, session)) return requester;
    session.ignore(opcode, 'no such request');
    return undefined;
  }

  forget(session: Session, reason: EndReason, forCause: boolean): void {
    this.#sessions.delete(session);
    this.pacer.forget(session);
    if (session.login !== null) {
      this.#registry.release(session.login, session);
      this.negotiation.forget(session);
      this.pages.left(session.login, session.origin.network);
      if (session.isPage) this.pages.leave(session);
    }
    this.observer.ended(session, reason, forCause);
  }

  handOver(session: Session): void {
    this.#sessions.delete(session);
  }

  /**
   * Tells everyone that the server goes away: native clients at once, pages a few at a time, so that they do not all
   * come back at once. Private connections that are running go on. Gives the time, in ms, until all are told.
   */
  drain(): number {
    this.#isDraining = true;
    const pages: Session[] = [];
    for (const session of [...this.#sessions])
      if (session.origin.transport === 'websocket') pages.push(session);
      else session.goAway();
    this.legs.endWaiting();
    const slices = Math.max(1, Math.trunc(this.limits.drainSpread / SLICE));
    return this.#sendAway(pages, Math.max(FEW, Math.ceil(pages.length / slices)));
  }

  /** Ends every connection, private ones included, with the reason where there is a way to say it. */
  stop(): void {
    this.#stopLooking();
    for (const session of [...this.#sessions]) session.goAway();
    this.legs.stop();
  }

  #sendAway(pages: readonly Session[], atATime: number): number {
    for (const page of pages.slice(0, atATime)) page.goAway();
    const rest = pages.slice(atATime);
    if (rest.length > 0) this.clock.after(SLICE, () => this.#sendAway(rest, atATime));
    return Math.ceil(rest.length / atATime) * SLICE;
  }

  #look(): void {
    this.seconds++;
    const { identifyTime } = this.limits;
    const patience = this.#isCrowded() ? Math.min(identifyTime, CROWDED_IDENTIFY_TIME) : identifyTime;
    for (const session of this.#sessions) session.look(this.seconds, patience);
    this.pages.goOn();
  }
}
