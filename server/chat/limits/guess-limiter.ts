/** Who guesses connect_ids (D18). */
import type { Clock } from '../environment/clock.ts';
import type { Limits } from './limits.ts';

interface Guesser {
  /** When the latest misses were, the oldest first; never more than `maxMisses`. */
  times: number[];
  /** Until when LOGIN_PRIVATE is refused. */
  refusedUntil: number;
}

/** Networks remembered at most; beyond that the one goes that has guessed wrong least recently. */
const MAX_GUESSERS = 100_000;

/** Counts wrong connect_ids by network, and says which networks are to be refused for a while. */
export class ConnectIdGuessLimiter {
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>;
  /** In the order of their latest miss. */
  readonly #guessers = new Map<string, Guesser>();

  constructor(clock: Clock, limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether LOGIN_PRIVATE from this network is refused, whatever id it presents. */
  isRefused(network: string): boolean {
    const guesser = this.#guessers.get(network);
    return guesser !== undefined && guesser.refusedUntil > this.#clock.now();
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.#guessers.size;
  }

  /** Counts one wrong id; the last of too many within the window starts the penalty. */
  record(network: string): void {
    const now = this.#clock.now();
    this.#forgetOld(now);
    const guesser = this.#guessers.get(network) ?? { times: [], refusedUntil: -Infinity };
    this.#guessers.delete(network);
    this.#guessers.set(network, guesser);
    guesser.times.push(now);
    while (guesser.times[0]! <= now - this.#limits.missWindow) guesser.times.shift();
    if (guesser.times.length < this.#limits.maxMisses) return;
    guesser.times = [];
    guesser.refusedUntil = now + this.#limits.missPenalty;
  }

  /** Forgets from the front those whom time has forgiven, and one more when there are too many: never a search. */
  #forgetOld(now: number): void {
    for (const [network, { times, refusedUntil }] of this.#guessers) {
      const isOver = refusedUntil <= now && (times.at(-1) ?? -Infinity) <= now - this.#limits.missWindow;
      if (!isOver && this.#guessers.size < MAX_GUESSERS) return;
      this.#guessers.delete(network);
    }
  }
}
