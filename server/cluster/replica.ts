/**
 * The replica of the room at this node: what the log says is carried out here, in its order. State follows from the entries,
 * and so is equal at all nodes.
 */
import type { CommandFrom } from '../../shared/protocol/commands.ts';
import { GOING_AWAY, type Close } from '../../shared/protocol/closes.ts';
import type { Chat, ChatOptions } from '../chat/chat.ts';
import { handleCommand } from '../chat/commands.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { CommandOrder, CommandSender, CheckedLogin, LocalSender } from '../chat/context.ts';
import type { CrossNodeRelays } from './cross-node-relays.ts';
import { Execution } from './execution.ts';
import { FormerConnections } from './former-connections.ts';
import type { LogEntry, Writer } from './replicated-log.ts';
import { LogClock } from './log-clock.ts';
import type { SessionName } from './mesh.ts';
import { Nodes, type LiveNode } from './nodes.ts';
import type { ReplicaHooks } from './replica-hooks.ts';
import { encodeRecord, readRecord, RecordType, type LogRecord } from './records.ts';
import { clearRoom, restoreRoom, saveRoom, type RoomParts, type RoomState } from './room-state.ts';
import { ruleLimits } from './rule-limits.ts';
import type { Seats } from './seats.ts';
import { Submissions } from './submissions.ts';

export interface ReplicaOptions {
  readonly limits: Limits;
  readonly clock: Pick<Clock, 'after'>;
  /** Keyed hash of a network, 16 hex digits: addresses never enter the log. */
  readonly hashNetwork: (network: string) => string;
  /** A number over the whole signed 32-bit range, from a cryptographic generator (D17). */
  readonly randomId: () => number;
  readonly hooks: ReplicaHooks;
  readonly relays: CrossNodeRelays;
  /** Called when a node has joined, this one included; `refusal` says why it may not. */
  readonly onJoined: (node: LiveNode, refusal: string | null) => void;
  /** Called when a node is gone, dead or left. */
  readonly onGone: (node: LiveNode, isDead: boolean) => void;
  /** Called for a record of the log that nobody can read. */
  readonly onUnreadable: () => void;
}

export class Replica implements CommandOrder {
  readonly clock = new LogClock();
  readonly nodes: Nodes;
  readonly limits: Readonly<Record<string, number>>;
  readonly #options: ReplicaOptions;
  readonly #submissions: Submissions;
  readonly #execution: Execution;
  readonly #former: FormerConnections;
  #chat!: Chat;
  /** Writer of this node; null while it has no part in a log. */
  #writer: Writer | null = null;
  #isLive = false;

  constructor(options: ReplicaOptions) {
    const { limits, relays, hashNetwork, randomId } = options;
    this.#options = options;
    this.limits = ruleLimits(limits);
    this.#submissions = new Submissions({
      hashNetwork,
      randomId,
      checkLogin: (login) => this.#chat.checkLogin(login),
      sessions: () => this.#chat.connections.sessions,
      clients: () => this.#chat.clients,
    });
    this.#former = new FormerConnections(this.#submissions, options.clock);
    this.#execution = new Execution({
      limits,
      relays,
      sessionOf: (name) => (this.#isOwn(name) ? (this.#submissions.find(name.session) ?? null) : null),
      nodeOf: ({ incarnation }) => this.nodes.get(incarnation),
      onReleased: ({ name }) => {
        if (this.#isOwn(name)) this.#submissions.delete(name.session);
      },
      onBroken: ({ id }) => this.propose({ type: RecordType.SESSION_GONE, session: id }),
    });
    this.nodes = new Nodes({
      onJoined: (node, refusal) => {
        if (this.#isOwn(node)) this.#isLive = !refusal;
        options.onJoined(node, refusal);
        if (this.#isOwn(node) && !refusal) options.hooks.onLive();
      },
      onGone: (node, isDead) => {
        this.#execution.releaseNode(node.incarnation);
        this.#former.nodeGone(node.incarnation);
        options.onGone(node, isDead);
      },
    });
  }

  get seats(): Seats {
    return this.#execution.seats;
  }

  get checkedLogin(): CheckedLogin | null {
    return this.#execution.checkedLogin;
  }

  /** Options of the chat whose commands are ordered here. */
  get chatOptions(): Pick<ChatOptions, 'orderedClock' | 'randomId' | 'onLapse'> {
    return { orderedClock: this.clock, ...this.#execution.chatOptions };
  }

  /** Sets the chat, before any connection is accepted. */
  attach(chat: Chat): void {
    this.#chat = chat;
    chat.orderBy(this);
    this.#execution.attach(chat);
  }

  /** True while this node has a part in a log. */
  get hasPart(): boolean {
    return this.#writer !== null;
  }

  /** True when this node has joined and is not lost. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Takes part in a log as one incarnation, from its state on. */
  begin(writer: Writer, state: RoomState | null): void {
    this.#writer = writer;
    clearRoom(this.#parts);
    if (!state) return;
    restoreRoom(this.#parts, state);
    this.#options.hooks.restoreBans(state);
  }

  /** Proposes any record but a command; it counts when it comes back. */
  propose(record: Parameters<typeof encodeRecord>[0]): void {
    this.#writer?.propose(encodeRecord(record));
  }

  /** Holds the sessions of this node, while nothing that it writes comes back. */
  stall(isStalled: boolean): void {
    this.#submissions.stall(isStalled);
  }

  /**
   * Ends all that this node has in the room: it has no part in the log any more, and its clients are sent away.
   * @param close what they are told
   */
  endPart(close: Close): void {
    if (!this.#writer) return;
    this.#writer = null;
    this.#isLive = false;
    clearRoom(this.#parts);
    this.#former.clear();
    this.#submissions.clear();
    for (const connection of [...this.#chat.connections.undecided]) connection.goAway();
    for (const session of [...this.#chat.connections.sessions]) session.endNow(...close);
    this.#chat.endpoints.endWaiting();
    this.#submissions.holdAsNeeded();
  }

  // Requests of sessions.

  accepted(session: LocalSender): void {
    if (this.#isLive) this.#submissions.accept(session);
    else session.close(...GOING_AWAY);
  }

  submit(session: LocalSender, command: CommandFrom<'client'>, raw: Uint8Array): number {
    // The gateway's own readiness probe asks for a login that nobody may have: that is no matter of the room.
    if (session.source.isProbe) return handleCommand(this.#chat, session, command.opcode, command, raw);
    return this.#writer ? this.#submissions.submit(this.#writer, session, command, raw) : 0;
  }

  endInTurn(session: LocalSender): void {
    if (!this.#writer || !this.#submissions.find(session.id)) session.finish();
    else this.propose({ type: RecordType.SESSION_GONE, session: session.id });
  }

  present(sender: CommandSender, connectId: number): void {
    this.#execution.present(sender, connectId);
  }

  /**
   * Has a page leave its former connection, of a token with this digest, wherever that is. Its new session is held meanwhile,
   * so that the login is free when it asks for it.
   * @param patience the longest that it is held, in ms
   */
  leaveFormer(session: LocalSender, digest: Uint8Array, site: string, patience: number): void {
    if (!this.#writer || this.nodes.size < 2 || session.isOver) return;
    this.#former.wait(session, patience);
    this.propose({ type: RecordType.LEAVE_FORMER, session: session.id, digest, site });
  }

  // Entries of the log.

  /** Carries out an entry. Entries of incarnations that are not live count for nothing. */
  apply(entry: LogEntry): void {
    if (!this.#writer) return;
    const node = this.nodes.get(entry.incarnation);
    if (node) this.clock.advance(this.nodes.heard(node, entry));
    const isOwn = this.#isOwn(entry);
    for (const bytes of entry.records) {
      if (isOwn && bytes[0] === RecordType.COMMAND) this.#submissions.carriedOut(bytes.length);
      const record = readRecord(bytes, this.#options.onUnreadable);
      if (record?.type === RecordType.JOIN) this.nodes.join(entry, record.body);
      else if (record && this.nodes.get(entry.incarnation)) this.#carryOut(entry.incarnation, record);
      if (!this.hasPart) return;
    }
    if (isOwn) this.#submissions.holdAsNeeded();
  }

  /** All that followed from the log until now. */
  save(): RoomState {
    return { limits: this.limits, ...saveRoom(this.#parts), ...this.#options.hooks.bans() };
  }

  get #parts(): RoomParts {
    return { chat: this.#chat, clock: this.clock, nodes: this.nodes, execution: this.#execution };
  }

  #carryOut(incarnation: string, record: LogRecord): void {
    const isOwn = this.#isOwn({ incarnation });
    const { hooks } = this.#options;
    switch (record.type) {
      case RecordType.COMMAND: {
        const { head, raw } = record;
        return this.#execution.command({ incarnation, session: head.session }, head, raw);
      }
      case RecordType.SESSION_GONE:
        return this.#goneSession({ incarnation, session: record.session });
      case RecordType.DEAD:
        return this.nodes.declareDead(record.incarnation, record.batch);
      case RecordType.NODE_LEFT:
        return this.nodes.declareLeft(incarnation);
      case RecordType.BAN:
      case RecordType.UNBAN:
        return hooks.onBan(record.ban, record.type === RecordType.BAN, isOwn);
      case RecordType.NOTICE:
        return hooks.onNotice(record.text, isOwn);
      case RecordType.FORGET: {
        const logins = new Set(record.logins);
        return this.#chat.history.forget((login) => logins.has(login));
      }
      case RecordType.EXPEL:
        if (this.#isOwn(record.target)) hooks.onExpel(record.target.session);
        return;
      case RecordType.LEAVE_FORMER:
        return this.#leaveFormer({ incarnation, session: record.session }, record.digest, record.site);
      case RecordType.FREED:
        if (this.#isOwn(record.target)) this.#former.freed(record.target.session);
        return;
      case RecordType.NOT_HERE:
        if (this.#isOwn(record.target)) this.#former.notAt(incarnation, record.target.session);
        return;
      case RecordType.JOIN:
        // It was carried out before: whoever joins is no live node yet.
        return;
    }
  }

  #goneSession(name: SessionName): void {
    const session = this.#isOwn(name) ? this.#submissions.find(name.session) : undefined;
    const seat = this.seats.find(name);
    if (seat) this.#execution.release(seat);
    if (session) this.#submissions.delete(name.session);
    session?.finish();
  }

  /** Ends the former connection of a page, if it is here, and says so behind its end; else says that it is not. */
  #leaveFormer(name: SessionName, digest: Uint8Array, site: string): void {
    if (this.#isOwn(name)) {
      const others = this.nodes.others(name.incarnation).map(({ incarnation }) => incarnation);
      this.#former.asked(name.session, others);
      return;
    }
    const former = this.#options.hooks.onLeaveFormer(digest, site);
    this.propose({ type: former === null ? RecordType.NOT_HERE : RecordType.FREED, target: name });
  }

  #isOwn({ incarnation }: Pick<SessionName, 'incarnation'>): boolean {
    return incarnation === this.#writer?.incarnation;
  }
}
