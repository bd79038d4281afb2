/** Finds the known name that somebody meant who wrote another. */

/** The known name that takes the fewest changes of a letter to get to; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // A third of the letters may be wrong: with more, the guess would be one.
  const most = Math.max(1, Math.floor(name.length / 3));
  const [best] = known
    .filter(({ length }) => Math.abs(length - name.length) <= most)
    .map((other) => ({ other, changes: distance(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ changes }) => changes <= most)
    .toSorted((a, b) => a.changes - b.changes);
  return best?.other;
}

/** The distance of two texts: how many letters to insert, delete, replace, or swap with their neighbour. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        rows[row - 1]![column]! + 1,
        current[column - 1]! + 1,
        rows[row - 1]![column - 1]! + (isSame ? 0 : 1),
        isSwap ? rows[row - 2]![column - 2]! + 1 : Infinity,
      );
    }
    rows.push(current);
  }
  return rows[from.length]![to.length]!;
}
