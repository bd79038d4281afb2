/**
 * The life of this node in the cluster: it joins, is live, and when it is lost its clients are sent away and it joins anew,
 * as another incarnation. It proposes to declare those dead that are silent while the log goes on (`nodes.ts` decides).
 */
import { GOING_AWAY, LOST_TO_OTHERS, type Close } from '../../shared/protocol/closes.ts';
import type { Clock } from '../chat/environment/clock.ts';
import { LAG_TIMEOUT, type Lag } from '../chat/limits/rate-limiter.ts';
import type { ClusterObserver } from './cluster-observer.ts';
import type { LossReason } from '../../shared/protocol/reasons.ts';
import type { ReplicatedLog, LogEntry, PressureLevel } from './replicated-log.ts';
import type { LiveNode } from './nodes.ts';
import { RecordType } from './records.ts';
import type { Replica } from './replica.ts';
import { RULES_VERSION, unlike } from './rule-limits.ts';
import { decodeState, encodeState } from './room-state.ts';

/** Least interval, in ms, of own entries that count as beats. */
const BEAT_EVERY = 500;
/** Pause, in ms, before a node that was lost, or refused, joins anew. */
const REJOIN_AFTER = 1_000;
const REJOIN_REFUSED_AFTER = 10_000;
/** Time, in ms, that the log may stand still before the node is not ready. */
const READY_STALL = 3_000;
/** Interval, in ms, at which the lag of this node's clients is looked up for the other nodes. */
const LAG_EVERY = 100;

const PRESSURES = ['none', 'some', 'high'] as const;

export type MemberState = 'joining' | 'live' | 'lost' | 'refused' | 'stopped';

export interface MemberOptions {
  readonly replica: Replica;
  /** Opens the log for a new incarnation. */
  readonly openLog: () => ReplicatedLog;
  /** Name of the node, for people and for pages that come back. */
  readonly name: string;
  /** Address of its mesh. */
  readonly address: string;
  readonly clock: Clock;
  readonly observer: ClusterObserver;
  /** Own beats without a word of another node, after which that is declared dead. */
  readonly beatsUntilDead: number;
}

/** Thrown when this node may not join the room, for its settings or its version. */
export class JoinRefused extends Error {}

export class Member {
  readonly #options: MemberOptions;
  readonly #replica: Replica;
  #log: ReplicatedLog | null = null;
  #state: MemberState = 'joining';
  #countedAt = -Infinity;
  #ownLag: Lag | null = null;
  #resentBefore = 0;
  #stopTicking: () => void = () => {};
  /** Settles the start, until this node is live for the first time. */
  #started: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | null = null;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#replica = options.replica;
  }

  get state(): MemberState {
    return this.#state;
  }

  /** Incarnation of this node; null while it has none. */
  get incarnation(): string | null {
    return this.#log?.incarnation ?? null;
  }

  get position(): number {
    return this.#log?.position ?? 0;
  }

  /** Age, in ms, of what was written and has not come back. */
  get oldestInFlight(): number {
    return this.#log?.oldestInFlight ?? 0;
  }

  get resent(): number {
    return this.#resentBefore + (this.#log?.resent ?? 0);
  }

  /** Gateways in the room; 0 while this one is in none. */
  get members(): number {
    return this.#state === 'live' ? this.#replica.nodes.size : 0;
  }

  /** Reason why no new client should come to this node; null when it is ready. */
  get verdict(): string | null {
    if (this.#state === 'joining') return 'joining the cluster';
    if (this.#state === 'refused') return 'refused by the cluster';
    if (this.#state !== 'live') return 'not in the cluster';
    return this.oldestInFlight >= READY_STALL ? 'the log of the cluster stands still' : null;
  }

  /** Makes of the lag of this node's clients that of all: senders wait for clients that lag at any node. */
  readonly lagOfAll = (own: Lag): Lag => {
    this.#ownLag = own;
    const { nodes } = this.#replica;
    const pressure = (): Lag['pressure'] => {
      const others = nodes.pressureBeside(this.#log?.incarnation);
      return PRESSURES[Math.max(PRESSURES.indexOf(own.pressure), others)] ?? 'high';
    };
    return {
      get pressure() {
        return pressure();
      },
      measure: () => own.measure(),
      closeLongLagging: (now, timeout) => own.closeLongLagging(now, timeout),
      clearWaits: () => own.clearWaits(),
    };
  };

  /** Joins; resolves when this node is live. Throws a {@link JoinRefused}. It waits as long as the engine is not there. */
  start(): Promise<void> {
    this.#stopTicking = this.#options.clock.every(LAG_EVERY, () => this.#reportLag());
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      this.#tryToJoin();
    });
  }

  /** Leaves, once all clients are gone. */
  async leaveRoom(): Promise<void> {
    this.#stopTicking();
    const log = this.#log;
    this.#state = 'stopped';
    // Also where its JOIN is on its way: the others would have to find it dead.
    this.#replica.propose({ type: RecordType.NODE_LEFT });
    this.#log = null;
    await log?.close();
  }

  /** Takes note of a node that has joined: this one, perhaps. */
  nodeJoined(node: LiveNode, refusal: string | null): void {
    const isOwn = node.incarnation === this.#log?.incarnation;
    if (!refusal) {
      this.#options.observer.joined(node, this.#replica.nodes.size);
      this.#warnOfNames(node);
    }
    if (!isOwn) return;
    if (refusal) this.#refused(refusal);
    else this.#becomeLive();
  }

  /** Takes note of a node that is gone: this one, perhaps, if others took it for dead. */
  nodeGone(node: LiveNode, isDead: boolean): void {
    this.#options.observer.gone(node, isDead, this.#replica.nodes.size);
    if (node.incarnation === this.#log?.incarnation && this.#state !== 'stopped') this.#lost('fenced');
  }

  /** Reports a node that has the name of another one at another address: one of the two may be dead, and not yet declared so. */
  #warnOfNames({ name, address, incarnation }: LiveNode): void {
    for (const other of this.#replica.nodes.all())
      if (other.name === name && other.incarnation !== incarnation && other.address !== address)
        this.#options.observer.trouble('name', `${name} at ${other.address} and at ${address}`);
  }

  async #join(): Promise<void> {
    const log = this.#options.openLog();
    const replica = this.#replica;
    this.#log = log;
    this.#state = 'joining';
    const snapshot = await log.join({
      onEntry: (entry) => this.#apply(log, entry),
      onStalled: (isStalled) => this.#stalled(log, isStalled),
      onLost: (reason) => {
        if (this.#log === log) this.#lost(reason);
      },
    });
    if (this.#log !== log) return;
    const state = snapshot && decodeState(snapshot);
    const difference = state && unlike(state.limits, replica.limits);
    if (difference) {
      this.#refused(difference);
      return;
    }
    replica.begin(log, state);
    const { name, address } = this.#options;
    const { limits } = replica;
    replica.propose({ type: RecordType.JOIN, body: { name, address, rules: RULES_VERSION, limits } });
  }

  #becomeLive(): void {
    this.#state = 'live';
    const log = this.#log!;
    // A log that is closed may be asked until it is: the state is not the room's any more by then.
    log.serveSnapshot(() => (this.#log === log ? encodeState(this.#replica.save()) : null));
    this.#started?.resolve();
    this.#started = null;
  }

  #refused(why: string): void {
    this.#options.observer.refused(why);
    this.#forsake('refused', GOING_AWAY);
    if (this.#started) {
      this.#started.reject(new JoinRefused(why));
      this.#started = null;
      this.#stopTicking();
    } else this.#joinAfter(REJOIN_REFUSED_AFTER);
  }

  #apply(log: ReplicatedLog, entry: LogEntry): void {
    if (this.#log !== log) return;
    this.#replica.apply(entry);
    if (this.#log !== log) return;
    if (entry.incarnation === log.incarnation && this.#replica.isLive) this.#suspect(entry.incarnation);
  }

  /** Counts a beat of this node; who has said nothing for several of them is proposed as dead. */
  #suspect(own: string): void {
    // By the time at which they are applied: what was held up, and comes at once, is one.
    const now = this.#options.clock.now();
    if (now - this.#countedAt < BEAT_EVERY) return;
    this.#countedAt = now;
    for (const node of this.#replica.nodes.all()) {
      if (node.incarnation === own || ++node.silentBeats < this.#options.beatsUntilDead) continue;
      node.silentBeats = 0;
      const { incarnation, batch } = node;
      this.#replica.propose({ type: RecordType.DEAD, incarnation, batch });
    }
  }

  #stalled(log: ReplicatedLog, isStalled: boolean): void {
    if (this.#log !== log) return;
    this.#replica.stall(isStalled);
    this.#options.observer.stalled(isStalled);
  }

  #lost(reason: LossReason): void {
    if (!this.#log) return;
    this.#options.observer.lost(reason);
    // Where a node's end is in the log, all before it was carried out here, and nothing behind it is carried out anywhere.
    this.#forsake('lost', reason === 'fenced' ? GOING_AWAY : LOST_TO_OTHERS);
    this.#joinAfter(REJOIN_AFTER);
  }

  /** Has no part in the log any more: all clients are sent away. */
  #forsake(state: 'lost' | 'refused', close: Close): void {
    const log = this.#log!;
    this.#resentBefore += log.resent;
    this.#log = null;
    this.#state = state;
    this.#replica.endPart(close);
    // Not from within a call of its own.
    void Promise.resolve().then(() => log.close());
  }

  #joinAfter(ms: number): void {
    this.#options.clock.after(ms, () => {
      if (this.#state === 'stopped') return;
      this.#tryToJoin();
    });
  }

  /** Joins; a log that could not be joined, as by a snapshot that cannot be read, is opened anew. */
  #tryToJoin(): void {
    this.#join().catch((error: unknown) => {
      if (this.#state === 'stopped') return;
      this.#options.observer.trouble('join', (error as Error).message);
      const log = this.#log;
      this.#log = null;
      void log?.close();
      this.#joinAfter(REJOIN_AFTER);
    });
  }

  /** Tells the other nodes how much this one's clients lag, and closes those that senders elsewhere have waited for too long. */
  #reportLag(): void {
    const own = this.#ownLag;
    if (!own || !this.#log) return;
    const { pressure } = own;
    this.#log.setPressure(PRESSURES.indexOf(pressure) as PressureLevel);
    if (pressure === 'none') return;
    own.measure();
    own.closeLongLagging(this.#options.clock.awake(), LAG_TIMEOUT);
  }
}
