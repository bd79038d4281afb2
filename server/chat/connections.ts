/** The connections of the chat that are no relay endpoints: who is here, whose time is over, who is sent away at a drain. */
import type { UndecidedConnection } from './environment/browser-connection.ts';
import type { Clock } from './environment/clock.ts';
import { deadline } from './limits/deadline.ts';
import type { Limits } from './limits/limits.ts';
import type { Session } from './session.ts';

/** Interval, in ms, between groups of browser clients that are told that the server goes away, and their least size. */
const AWAY_EVERY = 10;
const FEW = 10;

interface Leaving {
  goAway(): void;
}

export class Connections {
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, 'drainSpread'>;
  /** Connections that speak commands. */
  readonly sessions = new Set<Session>();
  /** Connections that have said nothing and may turn out to be an earlier one's. */
  readonly undecided = new Set<UndecidedConnection>();
  #isDraining = false;

  constructor(clock: Clock, limits: Pick<Limits, 'drainSpread'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.sessions.size + this.undecided.size;
  }

  /** True when connections that still come are to be sent away at once. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Adds a connection of which it is not known yet whether it is new; it has the time that a new one has (D7). */
  addUndecided(connection: UndecidedConnection): void {
    this.undecided.add(connection);
    if (this.#isDraining) connection.goAway();
  }

  /** @param identifyTime in ms, as it is now (D7) */
  checkTimeouts(awakeSeconds: number, identifyTime: number): void {
    for (const connection of this.undecided)
      if (awakeSeconds >= deadline(connection.arrival.awakeSeconds, identifyTime)) connection.becomeSession();
    for (const session of this.sessions) session.checkTimeouts(awakeSeconds, identifyTime);
  }

  /**
   * Sends everybody away: native clients at once, browser clients a few at a time, so that they do not all reconnect at
   * once. Returns the time, in ms, until all are.
   */
  sendAwayInSlices(): number {
    this.#isDraining = true;
    const browsers: Leaving[] = [...this.undecided];
    for (const session of [...this.sessions])
      if (session.source.transport === 'websocket') browsers.push(session);
      else session.goAway();
    const groups = Math.max(1, Math.trunc(this.#limits.drainSpread / AWAY_EVERY));
    return this.#sendAwaySome(browsers, Math.max(FEW, Math.ceil(browsers.length / groups)));
  }

  /** Sends everybody away at once. */
  sendAwayAtOnce(): void {
    for (const connection of [...this.undecided, ...this.sessions]) connection.goAway();
  }

  #sendAwaySome(clients: readonly Leaving[], atATime: number): number {
    for (const client of clients.slice(0, atATime)) client.goAway();
    const rest = clients.slice(atATime);
    if (rest.length > 0) this.#clock.after(AWAY_EVERY, () => this.#sendAwaySome(rest, atATime));
    return Math.ceil(rest.length / atATime) * AWAY_EVERY;
  }
}
