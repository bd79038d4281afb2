/** The chat itself: what all connections share, whatever transport they came by. */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { judgeLogin, loginKey } from '../../shared/protocol/login.ts';
import type { FrameFrom, Opcode } from '../../shared/protocol/commands.ts';
import { handleCommand } from './commands.ts';
import { Broadcast } from './delivery/broadcast.ts';
import { History } from './delivery/history.ts';
import type { Clock } from './environment/clock.ts';
import { RelayEndpoints, type WaitingEndpoint } from './private/relay-endpoints.ts';
import { CROWDED_IDENTIFY_TIME, type Limits } from './limits/limits.ts';
import { deadline } from './limits/deadline.ts';
import { ConnectIdGuessLimiter } from './limits/guess-limiter.ts';
import { Negotiation } from './private/negotiation.ts';
import type { Observer, Source } from './environment/observer.ts';
import { RateLimiter, type Lag } from './limits/rate-limiter.ts';
import { ControlChannelHub } from './control-channel.ts';
import { PresenceBudget } from './limits/presence-budget.ts';
import { LoginRegistry } from './login-registry.ts';
import type { CommandOrder, CommandSender, ChatContext, JudgedLogin, LocalSender } from './context.ts';
import { Session, type Arrival, type ControlChannel } from './session.ts';
import { Counters } from './environment/counters.ts';
import type { EndReason } from '../../shared/protocol/reasons.ts';

/** Dependencies of the rules, given from outside so that a test can be exact. */
export interface ChatOptions {
  readonly limits: Limits;
  readonly observer: Observer;
  readonly clock: Clock;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
  /** Tells whether the operator refuses a login; asked only of those that D7 lets in. */
  readonly refusesLogin?: (login: string) => boolean;
  /** Tells whether most of the capacity is used: a connection then has less time to be identified (D7). */
  readonly isCrowded?: () => boolean;
  /** Names this run of the server to browser clients (D28). */
  readonly instance: string;
  /** Runs a function at the end of this turn of the event loop (setImmediate). */
  readonly atEndOfTurn: (deliver: () => void) => void;
  /** Makes the memory that is handed to the transports. */
  readonly allocate?: (size: number) => Uint8Array;
  /** Clients that are written to before anything else has its turn, if not as many as usual. */
  readonly slice?: number;
  /** Time of negotiations, of guesses and of the history, where others have a part in that; else it is the clock's. */
  readonly orderedClock?: Clock;
  /** Makes of the lag of this process's clients that of all, for which senders wait. */
  readonly lagOfAll?: (own: Lag) => Lag;
  /** Called when a connect_id lapsed while this endpoint was waiting on it. */
  readonly onLapse?: (waiting: WaitingEndpoint) => void;
}

/** Interval, in ms, between groups of browser clients that are told that the server goes away, and their least size. */
const AWAY_EVERY = 10;
const FEW = 10;

/** Seconds of a window of the high-water mark: two of them hold several scrapes of the metrics. */
const HIGH_WATER_WINDOW = 30;

const REFUSED: JudgedLogin = { isAllowed: false, key: '' };

/** Interval of the checks of deadlines, in ms: one timer for all connections. */
const TICK_EVERY = 1000;

/** A connection that has said nothing, so that it is not known yet whether it is new: there is no session for it. */
export interface FreshConnection {
  readonly source: Source;
  readonly arrival: Arrival;
  /** Makes it a session, for whoever has to deal with it before it says anything. */
  becomeSession(): Session;
  /** Ends it because the server goes away. */
  goAway(): void;
}

export class Chat implements ChatContext {
  readonly clock: Clock;
  /** Seconds during which the process was awake. */
  seconds = 0;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly broadcast: Broadcast;
  readonly history: History;
  readonly negotiation: Negotiation<CommandSender, WaitingEndpoint>;
  readonly endpoints: RelayEndpoints;
  /** Counts guesses of connect_ids (D18). */
  readonly guessLimiter: ConnectIdGuessLimiter;
  readonly controlChannels: ControlChannelHub;
  readonly rateLimiter: RateLimiter;
  readonly presenceBudget: PresenceBudget;
  readonly counters = new Counters();
  readonly #refusesLogin: (login: string) => boolean;
  readonly #isCrowded: () => boolean;
  readonly #registry = new LoginRegistry<CommandSender>();
  readonly #sessions = new Set<Session>();
  readonly #fresh = new Set<FreshConnection>();
  readonly #stopTicking: () => void;
  #isDraining = false;
  #lastId = 0;
  /** Orders commands where this process does not do so alone; null where each is carried out at once. */
  #order: CommandOrder | null = null;

  constructor(options: ChatOptions) {
    this.clock = options.clock;
    this.limits = options.limits;
    this.#refusesLogin = options.refusesLogin ?? (() => false);
    this.#isCrowded = options.isCrowded ?? (() => false);
    this.observer = options.observer;
    this.broadcast = new Broadcast(options.atEndOfTurn, options.allocate, this.counters, options.slice, () =>
      options.clock.now(),
    );
    const orderedClock = options.orderedClock ?? options.clock;
    this.history = new History(orderedClock, options.limits);
    const { lagMonitor } = this.broadcast;
    this.rateLimiter = new RateLimiter(
      options.clock,
      options.limits,
      options.lagOfAll?.(lagMonitor) ?? lagMonitor,
    );
    this.presenceBudget = new PresenceBudget(options.clock, options.limits);
    this.controlChannels = new ControlChannelHub({
      atEndOfTurn: (run) => this.broadcast.whenDelivered(run),
      online: () => this.#registry.logins(),
      server: options.instance,
      charge: (network, messages) => this.presenceBudget.charge(network, messages),
      clock: options.clock,
      isSliced: () => this.broadcast.isSliced,
      slice: this.broadcast.slice,
    });
    this.broadcast.textSource = this.controlChannels.presence;
    this.negotiation = new Negotiation({
      ...options,
      clock: orderedClock,
      onLapse: options.onLapse ?? ((waiting) => waiting.endpoint?.close('connect_id lapsed')),
    });
    this.guessLimiter = new ConnectIdGuessLimiter(orderedClock, options.limits);
    this.endpoints = new RelayEndpoints(this.negotiation, this.guessLimiter, {
      ...options,
      counters: this.counters,
    });
    this.#stopTicking = options.clock.every(TICK_EVERY, () => this.#checkTimeouts());
  }

  /** Has commands ordered from now on, before any connection is accepted. */
  orderBy(order: CommandOrder): void {
    this.#order = order;
  }

  get isImmediate(): boolean {
    return this.#order === null;
  }

  /** Connections that speak commands. */
  get sessions(): ReadonlySet<Session> {
    return this.#sessions;
  }

  /** Connections that have said nothing and may turn out to be an earlier one's. */
  get fresh(): ReadonlySet<FreshConnection> {
    return this.#fresh;
  }

  /** Connections that speak commands, identified or not, those included that have said nothing. */
  get connections(): number {
    return this.#sessions.size + this.#fresh.size;
  }

  /** Arrival of a connection that comes now. */
  get arrival(): Arrival {
    return { since: Math.trunc(this.clock.now()), seconds: this.seconds };
  }

  /** Identified clients. */
  get clients(): number {
    return this.#registry.size;
  }

  /**
   * Accepts a connection, whatever its transport: from here on it is a stream of bytes like any other.
   * @param control a page's control channel, where there is one (D28)
   * @param arrival when it came, if that was not now
   */
  accept(
    stream: ByteStream,
    source: Source,
    control: ControlChannel | null = null,
    arrival = this.arrival,
  ): Session {
    const session = new Session(this, stream, source, ++this.#lastId, control, arrival);
    this.#sessions.add(session);
    this.observer.opened(session);
    this.#order?.accepted(session);
    if (this.#isDraining) session.goAway();
    return session;
  }

  /** Accepts a connection of which it is not known yet whether it is new; it has the time that a new one has (D7). */
  acceptFresh(fresh: FreshConnection): void {
    this.#fresh.add(fresh);
    if (this.#isDraining) fresh.goAway();
  }

  /** Forgets a fresh connection: it is known now whether it is new, or it is gone. */
  forgetFresh(fresh: FreshConnection): void {
    this.#fresh.delete(fresh);
  }

  submit(session: LocalSender, frame: FrameFrom<'client'>, raw: Uint8Array): number {
    if (this.#order !== null) return this.#order.submit(session, frame, raw);
    session.handledBytes += raw.length;
    return handleCommand(this, session, frame.opcode, frame, raw);
  }

  inTurn(session: LocalSender): void {
    if (this.#order !== null) this.#order.leave(session);
    else session.finish();
  }

  present(sender: CommandSender, connectId: number): void {
    if (this.#order !== null) this.#order.present(sender, connectId);
    else if (sender.local) this.endpoints.present(sender.local, connectId);
  }

  /** Judges a login by D7 and by the operator's bans, and gives its key. */
  judge(login: string): JudgedLogin {
    // The cheap rules come first: a login that D7 refuses, by its length before all else, is compared with no pattern.
    if (judgeLogin(login) !== 'fine') return REFUSED;
    return { isAllowed: !this.#refusesLogin(login), key: loginKey(login) };
  }

  identify(sender: CommandSender, login: string): boolean {
    if (sender.phase.name !== 'unidentified') return false;
    const { isAllowed, key } = this.#order?.judged ?? this.judge(login);
    if (!isAllowed || !this.#registry.take(login, sender, key)) return false;
    sender.phase = { name: 'identified', login };
    const { local } = sender;
    if (sender.outbox) this.broadcast.join(sender.outbox);
    this.controlChannels.presence.joined(login, sender.source.network);
    if (local) this.#admit(local);
    return true;
  }

  findRecipient(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined {
    const other = this.#registry.find(login, this.#order?.judged?.key);
    if (other && other !== sender) return this.#introduced(sender, other);
    sender.countIgnored(opcode, other ? 'to oneself' : 'unknown login');
    return undefined;
  }

  consumePendingRequest(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined {
    const requester = this.#registry.find(login, this.#order?.judged?.key);
    if (requester && this.negotiation.consumeRequest(requester, sender))
      return this.#introduced(sender, requester);
    sender.countIgnored(opcode, 'no such request');
    return undefined;
  }

  releaseSession(session: LocalSender, reason: EndReason): void {
    this.#removeSession(session);
    if (session.login !== null) {
      if (this.#order === null) this.releaseLogin(session, session.login);
      if (session.hasControlChannel) this.controlChannels.remove(session);
    }
    this.observer.ended(session, reason);
  }

  /**
   * Frees the login of a client that leaves the room, and what is negotiated with it (D9, D15).
   * @param key of the login, where it was judged elsewhere
   */
  releaseLogin(sender: CommandSender, login: string, key?: string): void {
    this.#registry.release(login, sender, key);
    this.negotiation.removeUser(sender);
    this.controlChannels.presence.left(login, sender.source.network);
  }

  releaseToRelay(session: LocalSender): void {
    this.#removeSession(session);
  }

  /**
   * Closes every connection because the server goes away: native clients at once, browser clients a few at a time, so
   * that they do not all reconnect at once. Established relays go on. Returns the time, in ms, until all are closed.
   */
  drain(): number {
    this.#isDraining = true;
    const browsers: { goAway(): void }[] = [...this.#fresh];
    for (const session of [...this.#sessions])
      if (session.source.transport === 'websocket') browsers.push(session);
      else session.goAway();
    this.endpoints.endWaiting();
    const slices = Math.max(1, Math.trunc(this.limits.drainSpread / AWAY_EVERY));
    return this.#sendAway(browsers, Math.max(FEW, Math.ceil(browsers.length / slices)));
  }

  /** Closes every connection, relays included, with the reason where the transport can carry one. */
  stop(): void {
    this.#stopTicking();
    for (const fresh of [...this.#fresh]) fresh.goAway();
    for (const session of [...this.#sessions]) session.goAway();
    this.endpoints.stop();
  }

  /** Tells a client of a sender that it is about to hear from; returns the client. */
  #introduced(sender: CommandSender, target: CommandSender): CommandSender {
    if (target.local) this.controlChannels.presence.introduce(sender.login!, target.local);
    return target;
  }

  /** Lets in a client of this process that is identified: its outbox has joined the recipients already. */
  #admit(session: LocalSender): void {
    if (session.hasControlChannel) this.controlChannels.add(session);
    this.observer.identified(session);
    session.makeResumable();
  }

  #removeSession(session: LocalSender): void {
    // All are sessions of its own making.
    this.#sessions.delete(session as Session);
    this.rateLimiter.remove(session as Session);
  }

  #sendAway(clients: readonly { goAway(): void }[], atATime: number): number {
    for (const client of clients.slice(0, atATime)) client.goAway();
    const rest = clients.slice(atATime);
    if (rest.length > 0) this.clock.after(AWAY_EVERY, () => this.#sendAway(rest, atATime));
    return Math.ceil(rest.length / atATime) * AWAY_EVERY;
  }

  #checkTimeouts(): void {
    this.seconds++;
    if (this.seconds % HIGH_WATER_WINDOW === 0) this.counters.nextWindow();
    const { identifyTime } = this.limits;
    const timeout = this.#isCrowded() ? Math.min(identifyTime, CROWDED_IDENTIFY_TIME) : identifyTime;
    for (const fresh of this.#fresh)
      if (this.seconds >= deadline(fresh.arrival.seconds, timeout)) fresh.becomeSession();
    for (const session of this.#sessions) session.checkTimeouts(this.seconds, timeout);
    this.controlChannels.presence.sendMore();
    this.history.forgetOldest();
  }
}
