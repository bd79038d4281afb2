/** Who guesses connect_ids (D18). */
import type { Clock } from './clock.ts';
import type { Limits } from './limits.ts';

interface Guesser {
  /** When the latest misses were, the oldest first; never more than `maxMisses`. */
  times: number[];
  /** Until when LOGIN_PRIVATE is refused. */
  refusedUntil: number;
}

/** Networks remembered at most; beyond that the longest known goes. */
const MAX_GUESSERS = 100_000;

/** Counts wrong connect_ids by network, and says which networks are to be refused for a while. */
export class Misses {
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>;
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

  /** Counts one wrong id; the last of too many within the window starts the penalty. */
  count(network: string): void {
    const now = this.#clock.now();
    const guesser = this.#guessers.get(network) ?? this.#remember(network, now);
    guesser.times.push(now);
    while (guesser.times[0]! <= now - this.#limits.missWindow) guesser.times.shift();
    if (guesser.times.length < this.#limits.maxMisses) return;
    guesser.times = [];
    guesser.refusedUntil = now + this.#limits.missPenalty;
  }

  #remember(network: string, now: number): Guesser {
    if (this.#guessers.size >= MAX_GUESSERS) this.#makeRoom(now);
    const guesser: Guesser = { times: [], refusedUntil: -Infinity };
    this.#guessers.set(network, guesser);
    return guesser;
  }

  #makeRoom(now: number): void {
    for (const [network, { times, refusedUntil }] of this.#guessers)
      if (refusedUntil <= now && (times.at(-1) ?? -Infinity) <= now - this.#limits.missWindow)
        this.#guessers.delete(network);
    const longestKnown = this.#guessers.keys().next();
    if (this.#guessers.size >= MAX_GUESSERS && !longestKnown.done) this.#guessers.delete(longestKnown.value);
  }
}
