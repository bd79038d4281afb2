/** The last change of each ban, by which gateways that were apart come to agree: the later change wins, whoever knew of it. */
import { keyOfBan, MAX_BANS, type BanChange, type BanTarget } from './ban.ts';

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
