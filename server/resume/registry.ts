/** The registry of resumable connections: which can be resumed, by which token, and for how long (D28). */
import type { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { Observer, Source } from '../chat/environment/observer.ts';
import type { Session } from '../chat/session.ts';
import { UndecidedWebSocket, type UndecidedContext } from './undecided-websocket.ts';
import type { ResumableConnection } from './resumable-connection.ts';
import { digestOf, ResumeTokens } from './tokens.ts';
import type { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import { ByteBudget } from '../../shared/stream/byte-budget.ts';
import { FlowWindow, GROWTH } from '../../shared/stream/flow-window.ts';
import type { EarlyEndReason, ResumeFailure } from '../../shared/protocol/reasons.ts';

/** Interval of the checks of the deadlines of resumable relay endpoints, in ms. */
const CHECK_EVERY = 1_000;

type ResumeLimits = Pick<
  Limits,
  | 'resumeGrace'
  | 'maxResumable'
  | 'maxResumablePerNetwork'
  | 'maxResumeBytes'
  | 'maxResumeTotal'
  | 'relayStall'
>;

interface ResumeRegistryOptions {
  readonly clock: Clock;
  /** Names those who are here, and have left since a time, in ms: their logins may be somebody else's. Nobody without it. */
  readonly replacedSince?: (time: number) => readonly string[];
  readonly limits: ResumeLimits;
  readonly observer: Pick<Observer, 'detached' | 'resumed' | 'resumeFailed' | 'resumeMemoryFull'>;
  /** Called for WebSockets that are gone, or were closed by the stop, before their first message. */
  readonly onEarlyEnd: (reason: EarlyEndReason) => void;
  /** The other nodes of the cluster; left out where there are none. */
  readonly cluster?: OtherNodes | null;
}

/** The other nodes of a cluster, as far as pages that come back have to do with them. */
export interface OtherNodes {
  /** Name of this node, for pages. */
  readonly node: string;
  /**
   * Ends the connection of a token wherever else it is, and holds this new session of its page until its login is free.
   * @param digest SHA-256 of the token
   * @param site the Origin that the browser named
   */
  leaveFormer(session: Session, digest: Uint8Array, site: string): void;
}

export class ResumeRegistry implements UndecidedContext {
  readonly clock: Clock;
  readonly observer: ResumeRegistryOptions['observer'];
  readonly tokens: ResumeTokens<ResumableConnection>;
  readonly #options: ResumeRegistryOptions;
  /** Detached connections, which have no WebSocket → how to cancel the end of their grace. */
  readonly #detached = new Map<ResumableConnection, () => void>();
  readonly #detachedPerNetwork = new Map<string, number>();
  /** Those that are relay endpoints, whose deadlines are checked here. */
  readonly #endpoints = new Set<ResumableConnection>();
  /** Memory of all retransmit buffers, and of what is held for windows. */
  readonly #budget: ByteBudget;
  readonly #stopTicking: () => void;
  #isStopped = false;

  constructor(options: ResumeRegistryOptions) {
    const { clock, limits, observer } = options;
    this.#options = options;
    this.clock = clock;
    this.observer = observer;
    this.tokens = new ResumeTokens(limits.maxResumable);
    this.#budget = new ByteBudget(limits.maxResumeTotal, (used) =>
      observer.resumeMemoryFull(used, limits.maxResumeTotal),
    );
    this.#stopTicking = clock.every(CHECK_EVERY, () => {
      for (const endpoint of this.#endpoints) endpoint.checkTimeouts(CHECK_EVERY);
    });
  }

  /** Detached connections. */
  get waiting(): number {
    return this.#detached.size;
  }

  /** Bytes of memory that is taken until pages have acknowledged what they were sent, or take what is held for them. */
  get keptBytes(): number {
    return this.#budget.used;
  }

  /**
   * Accepts a page's WebSocket, which is nobody's until its first message (see {@link UndecidedWebSocket}).
   * @param site the Origin that the browser named
   */
  accept(chat: Chat, transport: WebSocketStream, source: Source, site: string): void {
    chat.connections.addUndecided(new UndecidedWebSocket(chat, this, transport, source, site));
  }

  /** Ends every detached connection, and keeps none from now on: the server goes away. */
  giveUpAll(): void {
    this.#isStopped = true;
    this.#stopTicking();
    for (const connection of [...this.#detached.keys()]) connection.endNow('ended');
  }

  get grace(): number {
    return this.#options.limits.resumeGrace;
  }

  get node(): string | null {
    return this.#options.cluster?.node ?? null;
  }

  leaveElsewhere(session: Session, token: string, site: string): void {
    this.#options.cluster?.leaveFormer(session, Buffer.from(digestOf(token), 'base64'), site);
  }

  /**
   * Ends the connection of a token, for a page that has come to another node. Returns the number of its session; null when
   * there is none.
   */
  endFor(digest: Uint8Array, site: string): number | null {
    const connection = this.tokens.holderOf(Buffer.from(digest).toString('base64'));
    if (connection?.site !== site) return null;
    const session = connection.subject?.id ?? null;
    connection.endNow('ended');
    return session;
  }

  get writeTimeout(): number {
    return this.#options.limits.relayStall;
  }

  replacedSince(time: number): readonly string[] {
    return this.#options.replacedSince?.(time) ?? [];
  }

  makeFlow(grows: boolean): FlowWindow {
    return new FlowWindow(this.#options.limits.maxResumeBytes, this.#budget, grows ? GROWTH : 1);
  }

  /** Checks a token: its digest is known, and its connection is a page's of the same Origin. */
  find(token: string, site: string): ResumableConnection | ResumeFailure {
    const digest = digestOf(token);
    const found = this.tokens.holderOf(digest);
    if (found === null) return this.tokens.failureOf(digest);
    return found.site === site ? found : 'unknown';
  }

  detached(connection: ResumableConnection): boolean {
    if (connection.grace === 0 || this.#isStopped) return false;
    const { maxResumable, maxResumablePerNetwork } = this.#options.limits;
    const { network } = connection;
    const ofNetwork = network === null ? 0 : (this.#detachedPerNetwork.get(network) ?? 0);
    if (this.#detached.size >= maxResumable || ofNetwork >= maxResumablePerNetwork) {
      this.#giveUp(connection, 'too many');
      return false;
    }
    const cancelGrace = this.clock.after(connection.grace, () => this.#giveUp(connection, 'too late'));
    this.#detached.set(connection, cancelGrace);
    if (network !== null) this.#detachedPerNetwork.set(network, ofNetwork + 1);
    if (connection.subject) this.observer.detached(connection.subject);
    return true;
  }

  attached(connection: ResumableConnection): void {
    const cancelGrace = this.#detached.get(connection);
    if (!cancelGrace) return;
    cancelGrace();
    this.#detached.delete(connection);
    const { network } = connection;
    if (network === null) return;
    const others = this.#detachedPerNetwork.get(network)! - 1;
    if (others > 0) this.#detachedPerNetwork.set(network, others);
    else this.#detachedPerNetwork.delete(network);
  }

  watch(connection: ResumableConnection): void {
    this.#endpoints.add(connection);
  }

  forget(connection: ResumableConnection): void {
    this.attached(connection);
    this.#endpoints.delete(connection);
  }

  endedEarly(source: Source, reason: EarlyEndReason): void {
    if (!source.isProbe) this.#options.onEarlyEnd(reason);
  }

  #giveUp(connection: ResumableConnection, reason: ResumeFailure): void {
    if (connection.subject) this.observer.resumeFailed(connection.subject, reason);
    connection.endNow(reason);
  }
}
