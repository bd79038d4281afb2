/** Which pages' connections can be resumed, and for how long (D28). */
import type { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { Limits } from '../chat/limits/limits.ts';
import type { Observer, Origin, Subject } from '../chat/environment/observer.ts';
import { PageLink, type LinkKeeper } from './resumable-connection.ts';
import { Tickets, type Ticket } from './tokens.ts';
import type { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { ResumeFailure } from '../../shared/protocol/reasons.ts';

/** How soon a page is told what came of what it sends, in ms. */
const TELLING_DELAY = 1_000;
/** How often the legs of pages are looked at, in ms. */
const LOOK_EVERY = 1_000;

type ResumeLimits = Pick<
  Limits,
  'resumeGrace' | 'maxResumable' | 'maxResumablePerNetwork' | 'maxResumeBytes' | 'relayStall'
>;

export interface ResumptionOptions {
  readonly clock: Clock;
  readonly limits: ResumeLimits;
  readonly observer: Pick<Observer, 'detached' | 'resumed' | 'resumeLost'>;
}

export class Resumption implements LinkKeeper {
  readonly #clock: Clock;
  readonly #limits: ResumeLimits;
  readonly #observer: ResumptionOptions['observer'];
  readonly #tickets: Tickets<PageLink>;
  /** Those without a WebSocket → how to stop their clock. */
  readonly #waiting = new Map<PageLink, () => void>();
  readonly #waitingOf = new Map<string, number>();
  readonly #legs = new Set<PageLink>();
  readonly #stopLooking: () => void;
  #isStopped = false;

  constructor({ clock, limits, observer }: ResumptionOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#observer = observer;
    this.#tickets = new Tickets(limits.maxResumable);
    this.#stopLooking = clock.every(LOOK_EVERY, () => {
      for (const leg of this.#legs) leg.look(LOOK_EVERY);
    });
  }

  /** Connections that wait for their page to come back. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Tokens that are good. */
  get tokens(): number {
    return this.#tickets.size;
  }

  /**
   * A page's WebSocket: a new connection, unless its first message says that it goes on with another.
   * @param site the Origin that the browser named
   */
  accept(chat: Chat, transport: WebSocketStream, origin: Origin, site: string): void {
    const link = new PageLink(this, transport, origin.network, site);
    link.newcomer = chat.accept(link.stream, origin, link);
  }

  /** The server goes away: nobody is waited for any more. */
  stop(): void {
    this.#isStopped = true;
    this.#stopLooking();
    for (const link of [...this.#waiting.keys()]) link.end('ended');
  }

  get grace(): number {
    return this.#limits.resumeGrace;
  }

  get patience(): number {
    return this.#limits.relayStall;
  }

  get maxBytes(): number {
    return this.#limits.maxResumeBytes;
  }

  later(run: () => void): void {
    this.#clock.after(TELLING_DELAY, run);
  }

  grant(link: PageLink): { readonly token: string; readonly ticket: Ticket } {
    return this.#tickets.grant(link);
  }

  withdraw(ticket: Ticket, reason: ResumeFailure | null): void {
    this.#tickets.withdraw(ticket, reason);
  }

  find(token: string, site: string): PageLink | ResumeFailure {
    const found = this.#tickets.find(token);
    if (typeof found === 'string') return found;
    return found.holder.site === site ? found.holder : 'unknown';
  }

  detached(link: PageLink): boolean {
    if (link.grace === 0 || this.#isStopped) return false;
    const { maxResumable, maxResumablePerNetwork } = this.#limits;
    const ofNetwork = this.#waitingOf.get(link.network) ?? 0;
    if (this.#waiting.size >= maxResumable || ofNetwork >= maxResumablePerNetwork) {
      this.#giveUp(link, 'too many');
      return false;
    }
    const stopClock = this.#clock.after(link.grace, () => this.#giveUp(link, 'too late'));
    this.#waiting.set(link, stopClock);
    this.#waitingOf.set(link.network, ofNetwork + 1);
    if (link.subject) this.#observer.detached(link.subject);
    return true;
  }

  attached(link: PageLink): void {
    const stopClock = this.#waiting.get(link);
    if (!stopClock) return;
    stopClock();
    this.#waiting.delete(link);
    const others = this.#waitingOf.get(link.network)! - 1;
    if (others > 0) this.#waitingOf.set(link.network, others);
    else this.#waitingOf.delete(link.network);
  }

  watch(link: PageLink): void {
    this.#legs.add(link);
  }

  forget(link: PageLink): void {
    this.#legs.delete(link);
  }

  resumed(subject: Subject): void {
    this.#observer.resumed(subject);
  }

  lost(subject: Subject, reason: ResumeFailure): void {
    this.#observer.resumeLost(subject, reason);
  }

  #giveUp(link: PageLink, reason: ResumeFailure): void {
    if (link.subject) this.lost(link.subject, reason);
    link.end(reason);
  }
}
