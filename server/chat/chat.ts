/** The chat itself: what all connections share, whatever transport they came by. */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { validateLogin, loginKey, type LoginValidity } from '../../shared/protocol/login.ts';
import { LAPSED } from '../../shared/protocol/closes.ts';
import type { CommandFrom, Opcode } from '../../shared/protocol/commands.ts';
import { handleCommand } from './commands.ts';
import { Broadcast } from './delivery/broadcast.ts';
import { MessageHistory } from './delivery/message-history.ts';
import type { Clock } from './environment/clock.ts';
import { RelayEndpoints, type WaitingEndpoint } from './private/relay-endpoints.ts';
import { CROWDED_IDENTIFY_TIME, type Limits } from './limits/limits.ts';
import { ConnectIdGuessLimiter } from './limits/guess-limiter.ts';
import { Negotiation } from './private/negotiation.ts';
import type { Observer, Source } from './environment/observer.ts';
import { RateLimiter, type Lag } from './limits/rate-limiter.ts';
import { ControlChannelHub } from './control-channel.ts';
import { PresenceRateLimiter } from './limits/presence-rate-limiter.ts';
import { LoginRegistry } from './login-registry.ts';
import type { CommandOrder, CommandSender, ChatContext, CheckedLogin, LocalSender } from './context.ts';
import type { Arrival, ControlChannel } from './environment/browser-connection.ts';
import { Connections } from './connections.ts';
import { Session } from './session.ts';
import { Counters } from './environment/counters.ts';
import type { EndReason, RefusedReason } from '../../shared/protocol/reasons.ts';

/** Dependencies of the rules, given from outside so that a test can be exact. */
export interface ChatOptions {
  readonly limits: Limits;
  readonly observer: Observer;
  readonly clock: Clock;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
  /** Tells whether the operator has banned a login; asked only of those that D7 lets in. */
  readonly isLoginBanned?: (login: string) => boolean;
  /** Tells whether most of the capacity is used: a connection then has less time to be identified (D7). */
  readonly isCrowded?: () => boolean;
  /** Names this run of the server to browser clients (D28). */
  readonly instance: string;
  /** Runs a function at the end of this turn of the event loop (setImmediate). */
  readonly atEndOfTurn: (run: () => void) => void;
  /** Makes the memory that is handed to the transports. */
  readonly allocate?: (size: number) => Uint8Array;
  /** Clients that are written to before anything else has its turn, if not as many as usual. */
  readonly slice?: number;
  /** Time of negotiations, of guesses and of the history, where others have a part in that; else it is the clock's. */
  readonly orderedClock?: Omit<Clock, 'every'>;
  /** Makes of the lag of this process's clients that of all, for which senders wait. */
  readonly lagOfAll?: (own: Lag) => Lag;
  /** Called when a connect_id lapsed while this endpoint was waiting on it. */
  readonly onLapse?: (waiting: WaitingEndpoint) => void;
}

/** Seconds of a window of the high-water mark: two of them hold several scrapes of the metrics. */
const HIGH_WATER_WINDOW = 30;

const NOT_ALLOWED: CheckedLogin = { isAllowed: false, key: '' };

/** Why a login is not allowed: one that D7 lets in is banned. */
const NOT_ALLOWED_FOR: Record<LoginValidity, RefusedReason> = {
  empty: 'empty',
  'too-long': 'too long',
  invisible: 'invisible character',
  'edge-space': 'space at its beginning or end',
  fine: 'banned',
};

/** Interval of the checks of deadlines, in ms: one timer for all connections. */
const TICK_EVERY = 1000;

export class Chat implements ChatContext {
  readonly clock: Clock;
  /** Seconds during which the process was awake. */
  awakeSeconds = 0;
  readonly limits: Limits;
  readonly observer: Observer;
  readonly broadcast: Broadcast;
  readonly history: MessageHistory;
  readonly negotiation: Negotiation<CommandSender, WaitingEndpoint>;
  readonly endpoints: RelayEndpoints;
  /** Counts guesses of connect_ids (D18). */
  readonly guessLimiter: ConnectIdGuessLimiter;
  readonly controlChannels: ControlChannelHub;
  readonly rateLimiter: RateLimiter;
  readonly presenceRateLimiter: PresenceRateLimiter;
  readonly counters = new Counters();
  readonly #options: ChatOptions;
  readonly #registry = new LoginRegistry<CommandSender>();
  /** Connections that speak commands, or have said nothing yet. */
  readonly connections: Connections;
  readonly #stopTicking: () => void;
  #lastId = 0;
  /** Orders commands where this process does not do so alone; null where each is carried out at once. */
  #order: CommandOrder | null = null;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.limits = options.limits;
    this.observer = options.observer;
    this.broadcast = new Broadcast(options.atEndOfTurn, options.allocate, this.counters, options.slice, () =>
      options.clock.now(),
    );
    const orderedClock = options.orderedClock ?? options.clock;
    this.history = new MessageHistory(orderedClock, options.limits);
    const { lagMonitor } = this.broadcast;
    this.rateLimiter = new RateLimiter(
      options.clock,
      options.limits,
      options.lagOfAll?.(lagMonitor) ?? lagMonitor,
    );
    this.connections = new Connections(options.clock, options.limits);
    this.presenceRateLimiter = new PresenceRateLimiter(options.clock, options.limits);
    this.controlChannels = new ControlChannelHub({
      whenDelivered: (run) => this.broadcast.whenDelivered(run),
      online: () => this.#registry.logins(),
      server: options.instance,
      charge: (network, messages) => this.presenceRateLimiter.charge(network, messages),
      clock: options.clock,
      isSliced: () => this.broadcast.isSliced,
      slice: this.broadcast.slice,
    });
    this.broadcast.textSource = this.controlChannels.presence;
    this.negotiation = new Negotiation({
      ...options,
      clock: orderedClock,
      onLapse: options.onLapse ?? ((waiting) => waiting.endpoint?.close(LAPSED)),
    });
    this.guessLimiter = new ConnectIdGuessLimiter(orderedClock, options.limits);
    const { counters, negotiation, guessLimiter } = this;
    this.endpoints = new RelayEndpoints({ ...options, counters, negotiation, guessLimiter });
    this.#stopTicking = options.clock.every(TICK_EVERY, () => this.#checkTimeouts());
  }

  /** Has commands ordered from now on, before any connection is accepted. */
  orderBy(order: CommandOrder): void {
    this.#order = order;
  }

  get isImmediate(): boolean {
    return this.#order === null;
  }

  /** Arrival of a connection that comes now. */
  get arrival(): Arrival {
    return { since: Math.trunc(this.clock.now()), awakeSeconds: this.awakeSeconds };
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
    this.connections.sessions.add(session);
    this.observer.opened(session);
    this.#order?.accepted(session);
    if (this.connections.isDraining) session.goAway();
    return session;
  }

  submit(session: LocalSender, command: CommandFrom<'client'>, raw: Uint8Array): number {
    if (this.#order !== null) return this.#order.submit(session, command, raw);
    session.handledBytes += raw.length;
    return handleCommand(this, session, command.opcode, command, raw);
  }

  inTurn(session: LocalSender): void {
    if (this.#order !== null) this.#order.endInTurn(session);
    else session.finish();
  }

  present(sender: CommandSender, connectId: number): void {
    if (this.#order !== null) this.#order.present(sender, connectId);
    else if (sender.local) this.endpoints.present(sender.local, connectId);
  }

  /** Checks a login by D7 and by the operator's bans, and gives its key. */
  checkLogin(login: string): CheckedLogin {
    // The cheap rules come first: a login that D7 refuses, by its length before all else, is compared with no pattern.
    if (validateLogin(login) !== 'fine') return NOT_ALLOWED;
    return { isAllowed: !this.#options.isLoginBanned?.(login), key: loginKey(login) };
  }

  /** Gives a client the login that it asks for, or the reason why it may not have it (D7, D8, D10). */
  identify(sender: CommandSender, login: string): RefusedReason | null {
    if (sender.phase.name !== 'unidentified') return 'has a login already';
    const { isAllowed, key } = this.#order?.checkedLogin ?? this.checkLogin(login);
    const { local } = sender;
    if (!isAllowed) {
      const reason = NOT_ALLOWED_FOR[validateLogin(login)];
      if (reason === 'banned' && local?.hasControlChannel) this.controlChannels.sendBanned(local);
      return reason;
    }
    if (!this.#registry.take(login, sender, key)) return 'taken';
    sender.phase = { name: 'identified', login };
    if (sender.outbox) this.broadcast.join(sender.outbox);
    this.controlChannels.presence.joined(login, sender.source.network);
    if (local) this.#admit(local);
    return null;
  }

  findRecipient(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined {
    const other = this.#registry.find(login, this.#order?.checkedLogin?.key);
    if (other && other !== sender) return this.#introduced(sender, other);
    sender.countIgnored(opcode, other ? 'to oneself' : 'unknown login');
    return undefined;
  }

  consumePendingRequest(sender: CommandSender, login: string, opcode: Opcode): CommandSender | undefined {
    const requester = this.#registry.find(login, this.#order?.checkedLogin?.key);
    if (requester && this.negotiation.consumeRequest(requester, sender))
      return this.#introduced(sender, requester);
    sender.countIgnored(opcode, 'no such request');
    return undefined;
  }

  releaseSession(session: LocalSender, reason: EndReason, rule?: string): void {
    this.#removeSession(session);
    if (session.login !== null) {
      if (this.#order === null) this.releaseLogin(session, session.login);
      if (session.hasControlChannel) this.controlChannels.remove(session);
    }
    this.observer.ended(session, reason, rule);
  }

  /**
   * Frees the login of a client that leaves the room, and what is negotiated with it (D9, D15).
   * @param key of the login, where it was checked elsewhere
   */
  releaseLogin(sender: CommandSender, login: string, key?: string): void {
    this.#registry.release(login, sender, key);
    this.history.markLast(login, false);
    this.negotiation.removeUser(sender);
    if (!this.connections.isDraining || !sender.local)
      this.controlChannels.presence.left(login, sender.source.network);
  }

  releaseToRelay(session: LocalSender): void {
    this.#removeSession(session);
  }

  /**
   * Sends everybody away, since the server goes away; established relays go on. No page is told that others here leave: it
   * is the server that does. Returns the time, in ms, until all were told.
   */
  sendAway(): number {
    const time = this.connections.sendAwayInSlices();
    this.endpoints.endWaiting();
    return time;
  }

  /** Closes every connection, relays included, with the reason where the transport can carry one. */
  endAll(): void {
    this.#stopTicking();
    this.connections.sendAwayAtOnce();
    this.endpoints.endAll();
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
    const own = session as Session;
    this.connections.sessions.delete(own);
    this.rateLimiter.remove(own.input);
  }

  #checkTimeouts(): void {
    this.awakeSeconds++;
    if (this.awakeSeconds % HIGH_WATER_WINDOW === 0) this.counters.nextWindow();
    const identifyTime = this.#options.isCrowded?.()
      ? Math.min(this.limits.identifyTime, CROWDED_IDENTIFY_TIME)
      : this.limits.identifyTime;
    this.connections.checkTimeouts(this.awakeSeconds, identifyTime);
    this.controlChannels.presence.sendMore();
    this.history.forgetOldest();
  }
}
