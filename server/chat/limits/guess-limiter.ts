/** Limits guesses of connect_ids, that is wrong ones; the settings call them misses (D18). */
import type { Clock } from '../environment/clock.ts';
import type { Limits } from './limits.ts';

export interface Guesses {
  /** Times of the latest wrong ids, the oldest first; never more than `maxMisses`. */
  times: number[];
  /** Time until which LOGIN_PRIVATE is rejected, under its name in the snapshots of a cluster. */
  refusedUntil: number;
}

/** Networks remembered at most; beyond that the one is forgotten whose latest wrong id is the oldest. */
const MAX_NETWORKS = 100_000;

/** Counts wrong connect_ids by network, and blocks networks that present too many; null is one without limits. */
export class ConnectIdGuessLimiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>;
  /** Networks, in the order of their latest wrong id. */
  readonly #networks = new Map<string, Guesses>();

  constructor(clock: Pick<Clock, 'now'>, limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Tells whether LOGIN_PRIVATE from this network is rejected, whatever id it presents. */
  isBlocked(network: string | null): boolean {
    if (network === null) return false;
    const guesses = this.#networks.get(network);
    return guesses !== undefined && guesses.refusedUntil > this.#clock.now();
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.#networks.size;
  }

  /** Counts one wrong id; the last of too many within the window starts the penalty. */
  countGuess(network: string | null): void {
    if (network === null) return;
    const now = this.#clock.now();
    this.#forgetOld(now);
    const guesses = this.#networks.get(network) ?? { times: [], refusedUntil: -Infinity };
    this.#networks.delete(network);
    this.#networks.set(network, guesses);
    guesses.times.push(now);
    while (guesses.times[0]! <= now - this.#limits.missWindow) guesses.times.shift();
    if (guesses.times.length < this.#limits.maxMisses) return;
    guesses.times = [];
    guesses.refusedUntil = now + this.#limits.missPenalty;
  }

  /** All that is counted, for another that is to go on from here. */
  save(): Array<readonly [network: string, guesses: Guesses]> {
    return [...this.#networks].map(([network, { times, refusedUntil }]) => [
      network,
      { times: [...times], refusedUntil },
    ]);
  }

  /** Restores what was saved, in place of all that was counted here. */
  restore(saved: Iterable<readonly [network: string, guesses: Guesses]>): void {
    this.#networks.clear();
    for (const [network, guesses] of saved) this.#networks.set(network, guesses);
  }

  /** Forgets from the front those whose time is over, and one more when there are too many: never a search. */
  #forgetOld(now: number): void {
    for (const [network, { times, refusedUntil }] of this.#networks) {
      const isOver = refusedUntil <= now && (times.at(-1) ?? -Infinity) <= now - this.#limits.missWindow;
      if (!isOver && this.#networks.size < MAX_NETWORKS) return;
      this.#networks.delete(network);
    }
  }
}
