/** Who guesses connect_ids (D18). */
import type { Clock } from './clock.ts';
import type { Limits } from './limits.ts';

interface Record {
  count: number;
  /** When the window, or the penalty, is over. */
  until: number;
}

/** Networks remembered at most; beyond that the oldest record goes. */
const MAX_RECORDS = 100_000;

/** Counts wrong connect_ids by network, and says which networks are to be refused for a while. */
export class Misses {
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>;
  readonly #records = new Map<string, Record>();

  constructor(clock: Clock, limits: Pick<Limits, 'maxMisses' | 'missWindow' | 'missPenalty'>) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether LOGIN_PRIVATE from this network is refused whatever id it presents. */
  isRefused(network: string): boolean {
    const record = this.#live(network);
    return record !== undefined && record.count >= this.#limits.maxMisses;
  }

  /** Counts one wrong id. */
  count(network: string): void {
    const now = this.#clock.now();
    let record = this.#live(network);
    if (!record) {
      this.#makeRoom(now);
      record = { count: 0, until: now + this.#limits.missWindow };
      this.#records.set(network, record);
    }
    record.count++;
    if (record.count === this.#limits.maxMisses) record.until = now + this.#limits.missPenalty;
  }

  #live(network: string): Record | undefined {
    const record = this.#records.get(network);
    if (!record || record.until > this.#clock.now()) return record;
    this.#records.delete(network);
    return undefined;
  }

  #makeRoom(now: number): void {
    if (this.#records.size < MAX_RECORDS) return;
    for (const [network, { until }] of this.#records) if (until <= now) this.#records.delete(network);
    const oldest = this.#records.keys().next();
    if (this.#records.size >= MAX_RECORDS && !oldest.done) this.#records.delete(oldest.value);
  }
}
