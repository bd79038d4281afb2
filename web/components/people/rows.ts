/** Rows of a list in slices, so that a crowd that comes does not block the page. */
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';

/** Most rows that one frame adds: about what is in sight. */
const SLICE = 16;

/** Rows of a list by what they stand for, each kept as long as it is in the list. */
export class Rows<Row> {
  #rows: ReadonlyMap<string, Row> = new Map();
  #make: (name: string) => Row;

  constructor(make: (name: string) => Row) {
    this.#make = make;
  }

  /** Makes those that are there anew, all at once: if they went, so would the focus in them, and where one has scrolled to. */
  makeAnew(make: (name: string) => Row): void {
    this.#make = make;
    this.#rows = new Map([...this.#rows.keys()].map((name) => [name, make(name)]));
  }

  /**
   * The rows of these names, in their order. Rows that are there stay, and few are made: the next call makes more.
   * @returns true as the second when all are there
   */
  of(names: readonly string[]): readonly [rows: readonly Row[], isWhole: boolean] {
    const rows = new Map<string, Row>();
    let left = SLICE;
    for (const name of names) {
      const row = this.#rows.get(name) ?? (left-- > 0 ? this.#make(name) : undefined);
      if (row) rows.set(name, row);
    }
    this.#rows = rows;
    return [[...rows.values()], left >= 0];
  }
}

/** Rows as a view shows them, frame by frame. @param inputs what `make` depends on besides */
export function useRows<Row>(
  names: readonly string[],
  make: (name: string) => Row,
  inputs: readonly unknown[],
): readonly Row[] {
  const [kept] = useState(() => new Rows(make));
  useMemo(() => kept.makeAnew(make), inputs);
  const [, redraw] = useState(0);
  const [rows, isWhole] = kept.of(names);
  useLayoutEffect(() => {
    if (isWhole) return;
    const frame = requestAnimationFrame(() => redraw((count) => count + 1));
    return () => cancelAnimationFrame(frame);
  });
  return rows;
}
