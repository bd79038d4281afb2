/** A length of time in words, in its largest unit that is whole: `90 minutes`, `2 hours`. */
export function duration(region: string, ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms % length === 0) ?? ['second', 1_000];
  return new Intl.NumberFormat(region, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.round(ms / size),
  );
}
