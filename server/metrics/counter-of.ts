/** Counters that are there from the first scrape on, at 0, for every value that their labels can have. */
import { Counter, type Registry } from 'prom-client';

type Values = Readonly<Record<string, readonly (string | number)[]>>;
type LabelsOf<L extends Values> = { readonly [Name in keyof L]: L[Name][number] };

/**
 * Begins at 0, since `rate()` sees nothing of a series that is born with its first event: an alert on it would miss that
 * one. The types let a label have only values that were given at the start.
 */
export class CounterOf<const L extends Values> {
  readonly #counter: Counter;

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
    this.#counter = new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    for (const combination of combinations(labels))
      if (isPossible(combination)) this.#counter.inc(combination, 0);
  }

  /** Counts one event. */
  inc(...[labels]: keyof L extends never ? [] : [LabelsOf<L>]): void {
    this.#counter.inc(labels ?? {});
  }
}

/** Every combination of one value of each label; of no labels there is one, without any. */
function combinations<L extends Values>(labels: L): LabelsOf<L>[] {
  let all: Record<string, string | number>[] = [{}];
  for (const [name, values] of Object.entries(labels))
    all = all.flatMap((some) => values.map((value) => ({ ...some, [name]: value })));
  return all as LabelsOf<L>[];
}
