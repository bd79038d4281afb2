/** Which pages' connections can be resumed, and for how long (D28). */
import type { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { Observer, Origin, Client } from '../chat/environment/observer.ts';
import { FirstMessage, type FirstMessageContext } from './first-message.ts';
import type { ResumableConnection } from './resumable-connection.ts';
import { ResumeTokens, type ResumeToken } from './tokens.ts';
import type { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { EarlyEndReason, ResumeFailure } from '../../shared/protocol/reasons.ts';

/** How soon a page is told what came of what it sends, in ms. */
const TELLING_DELAY = 1_000;
/** How often the legs of pages are looked at, in ms. */
const CHECK_EVERY = 1_000;

type ResumeLimits = Pick<
  Limits,
  'resumeGrace' | 'maxResumable' | 'maxResumablePerNetwork' | 'maxResumeBytes' | 'relayStall'
>;

export interface ResumeRegistryOptions {
  readonly clock: Clock;
  readonly limits: ResumeLimits;
  readonly observer: Pick<Observer, 'detached' | 'resumed' | 'resumeFailed'>;
  /** Told of pages that are gone, or were sent away, before they said anything. */
  readonly onEarlyEnd: (reason: EarlyEndReason) => void;
}

export class ResumeRegistry implements FirstMessageContext {
  readonly #clock: Clock;
  readonly #limits: ResumeLimits;
  readonly #observer: ResumeRegistryOptions['observer'];
  readonly #onEarlyEnd: ResumeRegistryOptions['onEarlyEnd'];
  readonly #tokens: ResumeTokens<ResumableConnection>;
  /** Those without a WebSocket → how to stop their clock. */
  readonly #detached = new Map<ResumableConnection, () => void>();
  readonly #detachedPerNetwork = new Map<string, number>();
  readonly #endpoints = new Set<ResumableConnection>();
  readonly #stopTicking: () => void;
  #isStopped = false;

  constructor({ clock, limits, observer, onEarlyEnd }: ResumeRegistryOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#observer = observer;
    this.#onEarlyEnd = onEarlyEnd;
    this.#tokens = new ResumeTokens(limits.maxResumable);
    this.#stopTicking = clock.every(CHECK_EVERY, () => {
      for (const endpoint of this.#endpoints) endpoint.checkTimeouts(CHECK_EVERY);
    });
  }

  /** Connections that wait for their page to come back. */
  get waiting(): number {
    return this.#detached.size;
  }

  /** Tokens that are good. */
  get tokens(): number {
    return this.#tokens.size;
  }

  /**
   * Accepts a page's WebSocket, which is nobody's until its first message (see {@link FirstMessage}).
   * @param site the Origin that the browser named
   */
  accept(chat: Chat, transport: WebSocketStream, origin: Origin, site: string): void {
    chat.acceptFresh(new FirstMessage(chat, this, transport, origin, site));
  }

  /** The server goes away: nobody is waited for any more. */
  stop(): void {
    this.#isStopped = true;
    this.#stopTicking();
    for (const link of [...this.#detached.keys()]) link.end('ended');
  }

  get grace(): number {
    return this.#limits.resumeGrace;
  }

  get writeTimeout(): number {
    return this.#limits.relayStall;
  }

  get maxBytes(): number {
    return this.#limits.maxResumeBytes;
  }

  later(run: () => void): void {
    this.#clock.after(TELLING_DELAY, run);
  }

  grant(link: ResumableConnection): { readonly secret: string; readonly token: ResumeToken } {
    return this.#tokens.grant(link);
  }

  withdraw(token: ResumeToken, reason: ResumeFailure | null): void {
    this.#tokens.withdraw(token, reason);
  }

  find(token: string, site: string): ResumableConnection | ResumeFailure {
    const found = this.#tokens.find(token);
    if (typeof found === 'string') return found;
    return found.holder.site === site ? found.holder : 'unknown';
  }

  detached(link: ResumableConnection): boolean {
    if (link.grace === 0 || this.#isStopped) return false;
    const { maxResumable, maxResumablePerNetwork } = this.#limits;
    const ofNetwork = this.#detachedPerNetwork.get(link.network) ?? 0;
    if (this.#detached.size >= maxResumable || ofNetwork >= maxResumablePerNetwork) {
      this.#giveUp(link, 'too many');
      return false;
    }
    const stopClock = this.#clock.after(link.grace, () => this.#giveUp(link, 'too late'));
    this.#detached.set(link, stopClock);
    this.#detachedPerNetwork.set(link.network, ofNetwork + 1);
    if (link.subject) this.#observer.detached(link.subject);
    return true;
  }

  attached(link: ResumableConnection): void {
    const stopClock = this.#detached.get(link);
    if (!stopClock) return;
    stopClock();
    this.#detached.delete(link);
    const others = this.#detachedPerNetwork.get(link.network)! - 1;
    if (others > 0) this.#detachedPerNetwork.set(link.network, others);
    else this.#detachedPerNetwork.delete(link.network);
  }

  watch(link: ResumableConnection): void {
    this.#endpoints.add(link);
  }

  forget(link: ResumableConnection): void {
    this.#endpoints.delete(link);
  }

  resumed(subject: Client): void {
    this.#observer.resumed(subject);
  }

  failed(subject: Client, reason: ResumeFailure): void {
    this.#observer.resumeFailed(subject, reason);
  }

  endedEarly(origin: Origin, reason: EarlyEndReason): void {
    if (!origin.isProbe) this.#onEarlyEnd(reason);
  }

  #giveUp(link: ResumableConnection, reason: ResumeFailure): void {
    if (link.subject) this.failed(link.subject, reason);
    link.end(reason);
  }
}
