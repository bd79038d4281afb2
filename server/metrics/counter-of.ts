/** Counters that are there from the first scrape on, at 0, for every value that their labels can have. */
import { Counter, type Registry } from 'prom-client';

type Values = Readonly<Record<string, readonly (string | number)[]>>;
type LabelsOf<L extends Values> = { readonly [Name in keyof L]: L[Name][number] };

/**
 * Begins at 0, since `rate()` sees nothing of a series that is born with its first event: an alert on it would miss that
 * one. The types let a label have only values that were given at the start.
 */
export class CounterOf<const L extends Values> {
  readonly #names: readonly string[];
  /** Counts by the values of the labels, handed over when somebody asks: to count by prom-client costs much more. */
  readonly #counts = new Map<string, { readonly labels: Record<string, string | number>; value: number }>();

  /**
   * @param labels every value of each label
   * @param isPossible leaves out combinations that cannot occur
   */
  constructor(
    registry: Registry,
    name: string,
    help: string,
    labels: L,
    isPossible: (labels: LabelsOf<L>) => boolean = () => true,
  ) {
    this.#names = Object.keys(labels);
    const counts = this.#counts;
    new Counter({
      name,
      help,
      labelNames: this.#names,
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels: some, value } of counts.values()) this.inc(some, value);
      },
    });
    for (const combination of combinations(labels)) if (isPossible(combination)) this.#count(combination, 0);
  }

  /** Counts one event. A counter without labels takes none. */
  inc(...[labels]: keyof L extends never ? [] : [LabelsOf<L>]): void {
    this.#count(labels ?? {}, 1);
  }

  #count(labels: Record<string, string | number>, more: number): void {
    let key = '';
    for (const name of this.#names) key += `${labels[name]!}\n`;
    const known = this.#counts.get(key);
    if (known) known.value += more;
    else this.#counts.set(key, { labels, value: more });
  }
}

/** Every combination of one value of each label; of no labels there is one, without any. */
function combinations<L extends Values>(labels: L): LabelsOf<L>[] {
  let all: Record<string, string | number>[] = [{}];
  for (const [name, values] of Object.entries(labels))
    all = all.flatMap((some) => values.map((value) => ({ ...some, [name]: value })));
  return all as LabelsOf<L>[];
}
