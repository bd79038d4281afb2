/** The last change of each ban, by which gateways that were apart come to agree: the later change wins, whoever knew of it. */
import { keyOfBan, MAX_BANS, type BanChange, type BanTarget } from './ban.ts';

/** State that a change leaves a ban in. */
export interface BanState {
  /** Time of the change, as `BanChange` has it. */
  readonly changed: number;
  /** End of the ban; null when it was lifted. */
  readonly until: number | null;
}

/**
 * Tells whether one change of a ban wins over another: the later does; of two at the same time the ban over its end, and the
 * longer one over the other. So all gateways agree in the end, whichever they hear of first.
 */
export function winsOver(one: BanState, other: BanState): boolean {
  if (one.changed !== other.changed) return one.changed > other.changed;
  return (one.until ?? -1) > (other.until ?? -1);
}

/** Changes that are kept at most: of the bans in force, and of as many that were lifted. */
const MAX_CHANGES = 2 * MAX_BANS;

/** Last changes, by the key of their ban. One is forgotten when no copy of that ban can be in force any more. */
export class BanChanges {
  readonly #changes = new Map<string, BanChange>();

  constructor(changes: Iterable<BanChange> = []) {
    for (const change of changes) this.#changes.set(keyOfBan(change), change);
  }

  get(target: BanTarget): BanChange | undefined {
    return this.#changes.get(keyOfBan(target));
  }

  list(): readonly BanChange[] {
    return [...this.#changes.values()];
  }

  /**
   * Notes a change.
   * @param until end of the ban that is changed, or that is lifted; 0 when that is not known
   * @param changed time of the change, if it was made elsewhere
   * @param now in ms since 1970
   */
  note({ kind, value }: BanTarget, until: number, changed: number | undefined, now: number): void {
    const key = keyOfBan({ kind, value });
    const last = this.#changes.get(key);
    // Later than all that was known of it, whatever the clock says.
    const time = changed ?? Math.max((last?.changed ?? 0) + 1, now);
    this.#changes.delete(key);
    this.#changes.set(key, { kind, value, until: Math.max(until, last?.until ?? 0), changed: time });
    if (this.#changes.size > MAX_CHANGES) this.#changes.delete(this.#changes.keys().next().value!);
  }

  /** Forgets the changes of bans that have ended, each copy of them. */
  forgetEnded(now: number): void {
    for (const [key, { until }] of this.#changes) if (until <= now) this.#changes.delete(key);
  }
}
