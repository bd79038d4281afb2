/**
 * Durations and sizes as people write them. The packages that read such texts take `256KiB` for 256 bytes or `-3 days`
 * for a duration; a setting has to be read strictly or not at all.
 */

/** Name of each unit and what it is worth, the smallest first. */
type Units = Readonly<Record<string, number>>;

const SECOND = 1000;

/** Units of time, in milliseconds. */
export const DURATIONS: Units = {
  ms: 1,
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
  d: 24 * 3600 * SECOND,
};

/** Units of size, in bytes. */
export const SIZES: Units = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Reads `1.5h` or `256KiB`; undefined for anything else, a number without its unit included. */
export function parseQuantity(text: string, units: Units): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const worth = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return worth === undefined ? undefined : Number(digits) * worth;
}

/** Writes a quantity in the largest unit that leaves no fraction. */
export function formatQuantity(value: number, units: Units): string {
  const [unit, worth] =
    Object.entries(units).findLast(([, each]) => value >= each && value % each === 0) ??
    Object.entries(units)[0]!;
  return `${value / worth}${unit}`;
}
