/**
 * The replica of the room at this node: what the log says is carried out here, in its order, by the same rules as without
 * a cluster. Nothing in here asks another node, or a clock: state follows from the entries, and so is equal at all nodes.
 */
import { Decoder, UnreadableError } from '../../shared/protocol/decoder.ts';
import { loginKey } from '../../shared/protocol/login.ts';
import { Opcode, type FrameFrom } from '../../shared/protocol/commands.ts';
import type { Chat, ChatOptions } from '../chat/chat.ts';
import { handleCommand } from '../chat/commands.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { CommandOrder, CommandSender, JudgedLogin, LocalSender } from '../chat/context.ts';
import type { LogEntry } from './log.ts';
import { LogClock } from './log-clock.ts';
import type { SessionName } from './mesh.ts';
import { Nodes, type ClusterNode } from './nodes.ts';
import { CrossNodeRelays } from './cross-node-relays.ts';
import {
  decodeRecord,
  encodeCommand,
  encodeRecord,
  RecordType,
  RULES,
  type CommandHead,
  type JoinBody,
  type LogRecord,
} from './records.ts';
import { ruleLimits, unlike } from './rule-limits.ts';
import { Seat, Seats, type SavedSeat } from './seats.ts';
import type { RoomState } from './snapshot.ts';

/** Bytes of commands that are submitted and not carried out, from which on nothing more is read, and up to which. */
const MAX_SUBMITTED = 4 * 1024 * 1024;
const FEW_SUBMITTED = MAX_SUBMITTED / 2;

/** Records that are for the operator's side and for pages that come back, at every node. */
export interface ReplicaHooks {
  /** A ban is in force from now on, or is not any more. `isOwn`: this node has asked for it. */
  onBan(ban: unknown, isAdded: boolean, isOwn: boolean): void;
  onNotice(text: string, isOwn: boolean): void;
  /** The operator disconnects a connection of this node. */
  onExpel(session: number): void;
  /** A page leaves its former connection, if that is here. Returns the number of its session; null when it is not here. */
  onLeave(digest: Uint8Array, site: string): number | null;
  bans(): readonly unknown[];
  restoreBans(bans: readonly unknown[]): void;
}

export interface ReplicaOptions {
  readonly limits: Limits;
  /** Keyed hash of a network, 16 hex digits: addresses never enter the log. */
  readonly hashNetwork: (network: string) => string;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
  readonly hooks: ReplicaHooks;
  readonly relays: CrossNodeRelays;
  /** Called when a node has joined, this one included; `refusal` says why it may not. */
  readonly onJoined: (node: ClusterNode, refusal: string | null) => void;
  /** Called when a node is gone, dead or left. */
  readonly onGone: (node: ClusterNode, isDead: boolean) => void;
}

/** Writer of this node; null while it has no part in a log. */
export interface Writer {
  readonly incarnation: string;
  propose(record: Uint8Array): void;
}

export class Replica implements CommandOrder {
  readonly clock = new LogClock();
  readonly nodes = new Nodes();
  readonly seats = new Seats();
  readonly limits: Readonly<Record<string, number>>;
  judged: JudgedLogin | null = null;
  readonly #options: ReplicaOptions;
  readonly #seatLimits: Limits;
  readonly #decoders = { 4: new Decoder('client', 4), 8: new Decoder('client', 8) };
  /** Sessions of this node that have submitted something, by their number. */
  readonly #sessions = new Map<number, LocalSender>();
  /** Sessions of pages that wait until their former connection is over, and how the wait is cancelled. */
  readonly #arriving = new Map<number, () => void>();
  #chat!: Chat;
  #writer: Writer | null = null;
  #isLive = false;
  #isStalled = false;
  #isHeld = false;
  #submitted = 0;
  #seed = 0;
  #network: string | null = null;
  #waiting = 0;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#seatLimits = options.limits;
    this.limits = ruleLimits(options.limits);
  }

  /** Options of the chat whose commands are ordered here. */
  get chatOptions(): Pick<ChatOptions, 'orderedClock' | 'randomId' | 'onLapse'> {
    return {
      orderedClock: this.clock,
      // Chance is in the record; an id that is taken is followed by the next.
      randomId: () => (this.#seed = (this.#seed + 1) | 0),
      onLapse: (waiting) => this.#lapsed(waiting as Seat),
    };
  }

  /** Sets the chat, before any connection is accepted. */
  attach(chat: Chat): void {
    this.#chat = chat;
    chat.orderBy(this);
    this.#options.relays.attach(chat);
  }

  /** True while this node has a part in a log. */
  get hasPart(): boolean {
    return this.#writer !== null;
  }

  /** True when this node has joined and is not lost. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Bytes of commands that were submitted here and are not carried out. */
  get submittedBytes(): number {
    return this.#submitted;
  }

  /** Takes part in a log as one incarnation, from its state on. */
  begin(writer: Writer, state: RoomState | null): void {
    this.#writer = writer;
    this.#clear();
    if (state) this.#restore(state);
  }

  /** Says, in the log, that this node joins. */
  join(about: Pick<JoinBody, 'name' | 'address' | 'isFresh'>): void {
    this.#propose({ type: RecordType.JOIN, body: { ...about, rules: RULES, limits: this.limits } });
  }

  /** Says, in the log, that this node leaves: its last record. */
  leaveCluster(): void {
    this.#propose({ type: RecordType.LEFT });
  }

  /** Proposes any record but a command; it counts when it comes back. */
  propose(record: Parameters<typeof encodeRecord>[0]): void {
    this.#propose(record);
  }

  /** Holds the sessions of this node, while nothing that it writes comes back. */
  stall(isStalled: boolean): void {
    this.#isStalled = isStalled;
    this.#holdAsNeeded();
  }

  /** Ends all that this node has in the room: it has no part in the log any more, and its clients are sent away. */
  lose(): void {
    if (!this.#writer) return;
    this.#writer = null;
    this.#isLive = false;
    this.#clear();
    for (const cancel of this.#arriving.values()) cancel();
    this.#arriving.clear();
    this.#sessions.clear();
    this.#submitted = 0;
    this.#isStalled = false;
    for (const connection of [...this.#chat.connections.undecided]) connection.goAway();
    for (const session of [...this.#chat.connections.sessions])
      session.endNow('going-away', 'server going away', 'the server is going away');
    this.#chat.endpoints.endWaiting();
    this.#holdAsNeeded();
  }

  // Requests of sessions.

  accepted(session: LocalSender): void {
    if (!this.#isLive) session.close('going-away', 'server going away', 'the server is going away');
    else if (this.#isHeld) session.holdForOrder(true);
  }

  submit(session: LocalSender, frame: FrameFrom<'client'>, raw: Uint8Array): number {
    if (!this.#writer) return 0;
    const isFirst = session.commandCount === 1;
    if (isFirst) this.#sessions.set(session.id, session);
    const record = encodeCommand(this.#headOf(session, frame, isFirst), raw);
    this.#submitted += record.length;
    this.#writer.propose(record);
    if (this.#submitted > MAX_SUBMITTED) this.#holdAsNeeded();
    return frame.opcode === Opcode.MESSAGE ? raw.length * this.#chat.clients : raw.length;
  }

  leave(session: LocalSender): void {
    if (!this.#writer || !this.#sessions.has(session.id)) session.finish();
    else this.#propose({ type: RecordType.GONE, session: session.id });
  }

  present(sender: CommandSender, connectId: number): void {
    // Whoever submits a command has a seat.
    const seat = sender as Seat;
    this.#options.relays.present({
      seat,
      connectId,
      network: this.#network,
      hasRoom: this.#waiting < this.#seatLimits.maxWaitingLegs,
      wait: () => this.#wait(seat, connectId),
      release: (released) => this.#release(released),
      addressOf: ({ incarnation }) => this.nodes.get(incarnation)?.address ?? null,
      onBroken: () => this.#propose({ type: RecordType.GONE, session: seat.id }),
    });
  }

  /**
   * Has a page leave its former connection, of a token with this digest, wherever that is. Its new session is held meanwhile,
   * so that the login is free when it asks for it.
   * @param schedule runs a function when that has taken too long, unless the function that it returns is called before
   */
  leaveFormer(
    session: LocalSender,
    digest: Uint8Array,
    site: string,
    schedule: (giveUp: () => void) => () => void,
  ): void {
    if (!this.#writer || this.nodes.size < 2 || session.isOver) return;
    session.holdForOrder(true);
    this.#arriving.set(
      session.id,
      schedule(() => this.#arrived(session)),
    );
    this.#sessions.set(session.id, session);
    this.#propose({ type: RecordType.LEAVE, session: session.id, digest, site });
  }

  // Entries of the log.

  /** Carries out an entry. Entries of incarnations that are not live count for nothing. */
  apply(entry: LogEntry): void {
    if (!this.#writer) return;
    const node = this.nodes.get(entry.incarnation);
    if (node) this.clock.advance(this.nodes.heard(node, entry));
    const isOwn = entry.incarnation === this.#writer.incarnation;
    for (const bytes of entry.records) {
      if (isOwn && bytes[0] === RecordType.COMMAND) this.#submitted -= bytes.length;
      const record = decodeRecord(bytes);
      if (record?.type === RecordType.JOIN) this.#joined(entry, record.body);
      else if (record && this.nodes.get(entry.incarnation)) this.#carryOut(entry.incarnation, record);
      if (!this.hasPart) return;
    }
    if (isOwn && this.#isHeld && this.#submitted < FEW_SUBMITTED) this.#holdAsNeeded();
  }

  /** All that followed from the log until now. */
  save(): RoomState {
    const { requests, grants, nextSearch } = this.#chat.negotiation.save();
    const nameOf = (sender: CommandSender) => (sender as Seat).name;
    return {
      limits: this.limits,
      time: this.clock.now(),
      nodes: [...this.nodes.all()].map(({ silentBeats: _, ...node }) => node),
      seats: this.seats.all().map((seat) => seat.save()),
      negotiation: {
        requests: requests.map(({ requester, target, lapses }) => ({
          requester: nameOf(requester),
          target: nameOf(target),
          lapses,
        })),
        grants: grants.map(({ id, requester, first, lapses }) => ({
          id,
          requester: nameOf(requester),
          first: first && (first as Seat).name,
          lapses,
        })),
        nextSearch,
      },
      guesses: this.#chat.guessLimiter.save(),
      bans: this.#options.hooks.bans(),
    };
  }

  #restore({ time, nodes, seats, negotiation, guesses, bans }: RoomState): void {
    this.clock.reset(time);
    for (const node of nodes) this.nodes.add({ ...node, silentBeats: 0 });
    for (const saved of seats) this.#restoreSeat(saved);
    // The requester may be gone; then nothing is asked of it any more.
    const seatOf = (name: SessionName) => this.seats.find(name) ?? this.#newSeat(name, null);
    this.#chat.negotiation.restore({
      requests: negotiation.requests.map(({ requester, target, lapses }) => ({
        requester: seatOf(requester),
        target: seatOf(target),
        lapses,
      })),
      grants: negotiation.grants.map(({ id, requester, first, lapses }) => ({
        id,
        requester: seatOf(requester),
        first: first && seatOf(first),
        lapses,
      })),
      nextSearch: negotiation.nextSearch,
    });
    this.#chat.guessLimiter.restore(guesses);
    this.#options.hooks.restoreBans(bans);
  }

  #restoreSeat({ name, login, key, refusals, ignored, waitsFor }: SavedSeat): void {
    const seat = this.#newSeat(name, null);
    this.seats.add(seat);
    Object.assign(seat, { refusals, ignored, waitsFor });
    if (waitsFor !== null) this.#waiting++;
    if (login === null) return;
    seat.key = key ?? login;
    this.judged = { isAllowed: true, key: seat.key };
    this.#chat.identify(seat, login);
    this.judged = null;
  }

  #headOf(session: LocalSender, frame: FrameFrom<'client'>, isFirst: boolean): CommandHead {
    const { longSize, network } = session.source;
    const login = aboutLogin(frame);
    const judged = frame.opcode === Opcode.LOGIN ? this.#chat.judge(frame.login) : null;
    const key = judged ? judged.key : login === null ? null : loginKey(login);
    const isGuess = frame.opcode === Opcode.LOGIN_PRIVATE && network !== null;
    return {
      session: session.id,
      isFirst,
      longSize,
      isAllowed: judged?.isAllowed ?? true,
      key: key === login || judged?.isAllowed === false ? null : key,
      seed: frame.opcode === Opcode.OK_PRIVATE ? this.#options.randomId() : null,
      network: isGuess ? this.#options.hashNetwork(network) : null,
    };
  }

  #carryOut(incarnation: string, record: LogRecord): void {
    const isOwn = incarnation === this.#writer?.incarnation;
    const { hooks } = this.#options;
    switch (record.type) {
      case RecordType.COMMAND:
        return this.#command({ incarnation, session: record.head.session }, record.head, record.raw);
      case RecordType.GONE:
        return this.#goneSession({ incarnation, session: record.session }, isOwn);
      case RecordType.DEAD:
        return this.#dead(record.incarnation, record.batch);
      case RecordType.LEFT:
        return this.#goneNode(this.nodes.get(incarnation)!, false);
      case RecordType.BAN:
      case RecordType.UNBAN:
        return hooks.onBan(record.ban, record.type === RecordType.BAN, isOwn);
      case RecordType.NOTICE:
        return hooks.onNotice(record.text, isOwn);
      case RecordType.EXPEL:
        if (this.#isOwn(record.target)) hooks.onExpel(record.target.session);
        return;
      case RecordType.LEAVE:
        return this.#leaveHere({ incarnation, session: record.session }, record.digest, record.site, isOwn);
      case RecordType.FREED:
        if (this.#isOwn(record.target)) this.#arrived(this.#sessions.get(record.target.session));
        return;
      case RecordType.JOIN:
        // It was carried out before: whoever joins is no live node yet.
        return;
    }
  }

  #command(name: SessionName, head: CommandHead, raw: Uint8Array): void {
    let seat = this.seats.find(name);
    if (!seat && head.isFirst) {
      seat = this.#newSeat(name, this.#isOwn(name) ? (this.#sessions.get(name.session) ?? null) : null);
      this.seats.add(seat);
    }
    // Commands behind its end by the rules count for nothing, as without a cluster.
    if (!seat) return;
    const frame = this.#decode(head, raw);
    if (!frame) return;
    const { local } = seat;
    if (local) local.handledBytes += raw.length;
    this.judged = { isAllowed: head.isAllowed, key: head.key ?? aboutLogin(frame) ?? '' };
    this.#seed = ((head.seed ?? 0) - 1) | 0;
    this.#network = head.network;
    handleCommand(this.#chat, seat, frame.opcode, frame, raw);
    if (frame.opcode === Opcode.LOGIN && seat.login !== null) seat.key ??= this.judged.key;
    this.judged = null;
    if (local?.hasControlChannel && local.phase.name !== 'ended')
      this.#chat.controlChannels.scheduleAck(local);
  }

  /** The command again; null for one that cannot be read, which its own node would not have written. */
  #decode({ longSize }: CommandHead, raw: Uint8Array): FrameFrom<'client'> | null {
    try {
      const decoder = this.#decoders[longSize];
      if (!decoder.atBoundary) decoder.takeRest();
      decoder.push(raw);
      return decoder.next();
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      this.#decoders[longSize] = new Decoder('client', longSize);
      return null;
    }
  }

  #goneSession(name: SessionName, isOwn: boolean): void {
    const session = isOwn ? this.#sessions.get(name.session) : undefined;
    const seat = this.seats.find(name);
    if (seat) this.#release(seat);
    if (isOwn) this.#sessions.delete(name.session);
    session?.finish();
  }

  #joined({ incarnation, batch, ticks, pressure, isDraining }: LogEntry, body: JoinBody): void {
    const { name, address, rules } = body;
    const node = { incarnation, name, address, rules, batch, ticks, pressure, isDraining, silentBeats: 0 };
    const isOwn = incarnation === this.#writer?.incarnation;
    if (body.isFresh) {
      // The room is founded anew: all who were there before are out, this node included.
      for (const other of [...this.nodes.all()]) this.#goneNode(other, true);
      if (!this.#writer) return;
      this.#clear();
    }
    const refusal = body.isFresh ? null : this.#refusal(body);
    if (!refusal) this.nodes.add(node);
    if (isOwn) this.#isLive = !refusal;
    this.#options.onJoined(node, refusal);
  }

  /** Reason why a node may not join; null when it may. */
  #refusal({ rules, limits }: JoinBody): string | null {
    // The node that gave the state may have left meanwhile, as the last one.
    const needed = Math.min(RULES, ...[...this.nodes.all()].map((node) => node.rules));
    if (rules < needed) return `its rules are of version ${rules}, and the room's of ${needed}: update it`;
    return unlike(this.limits, limits);
  }

  #dead(incarnation: string, batch: number): void {
    const node = this.nodes.get(incarnation);
    if (node?.batch === batch) this.#goneNode(node, true);
  }

  /** A node has no part in the room any more, and none of its clients. */
  #goneNode(node: ClusterNode, isDead: boolean): void {
    this.nodes.delete(node.incarnation);
    for (const seat of this.seats.of(node.incarnation)) this.#release(seat);
    this.#options.onGone(node, isDead);
  }

  /** Frees all that a seat holds. */
  #release(seat: Seat): void {
    this.seats.delete(seat);
    if (seat.login !== null) this.#chat.releaseLogin(seat, seat.login, seat.key ?? undefined);
    if (seat.waitsFor !== null) {
      this.#waiting--;
      this.#chat.negotiation.revoke(seat.waitsFor);
      seat.waitsFor = null;
    }
    if (this.#isOwn(seat.name)) this.#sessions.delete(seat.id);
    seat.end();
  }

  #wait(seat: Seat, connectId: number): void {
    seat.waitsFor = connectId;
    this.#waiting++;
  }

  /** A connect_id has lapsed on which a seat was waiting; the negotiation has forgotten it. */
  #lapsed(seat: Seat): void {
    this.#release(seat);
    seat.endpoint?.close('connect_id lapsed');
  }

  /** Ends the former connection of a page, if it is here, and says so behind its end. */
  #leaveHere(name: SessionName, digest: Uint8Array, site: string, isOwn: boolean): void {
    if (isOwn) return;
    const former = this.#options.hooks.onLeave(digest, site);
    if (former !== null) this.#propose({ type: RecordType.FREED, target: name });
  }

  #arrived(session: LocalSender | undefined): void {
    if (!session) return;
    this.#arriving.get(session.id)?.();
    if (this.#arriving.delete(session.id) && !this.#isHeld) session.holdForOrder(false);
  }

  #newSeat(name: SessionName, session: LocalSender | null): Seat {
    return new Seat(name, session, this.#seatLimits, (seat) => this.#release(seat));
  }

  #isOwn({ incarnation }: SessionName): boolean {
    return incarnation === this.#writer?.incarnation;
  }

  #propose(record: Parameters<typeof encodeRecord>[0]): void {
    this.#writer?.propose(encodeRecord(record));
  }

  #holdAsNeeded(): void {
    const isHeld = this.#isStalled || this.#submitted > (this.#isHeld ? FEW_SUBMITTED : MAX_SUBMITTED);
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    for (const session of this.#chat.connections.sessions)
      if (!this.#arriving.has(session.id)) session.holdForOrder(isHeld);
  }

  /** Forgets all that followed from the log. */
  #clear(): void {
    for (const seat of this.seats.all()) this.#release(seat);
    this.nodes.clear();
    this.#waiting = 0;
    this.clock.reset(0);
    this.#chat.negotiation.restore({ requests: [], grants: [], nextSearch: -Infinity });
    this.#chat.guessLimiter.restore([]);
  }
}

/** The login that a command is about, in whose key others have to agree; null when there is none. */
function aboutLogin(frame: FrameFrom<'client'>): string | null {
  switch (frame.opcode) {
    case Opcode.LOGIN:
      return frame.login;
    case Opcode.MESSAGE_PRIVATE:
    case Opcode.REQUEST_PRIVATE:
      return frame.login_target;
    case Opcode.OK_PRIVATE:
    case Opcode.KO_PRIVATE:
      return frame.login_requester;
    default:
      return null;
  }
}
