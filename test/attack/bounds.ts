/** What an attack may do at most, and what it did. */
import { loadavg } from 'node:os';

export interface Bound {
  /** Of what, and in which unit. */
  readonly what: string;
  readonly figure: number;
  readonly most: number;
}

/** What one case has shown. */
export interface Finding {
  readonly lines: readonly string[];
  readonly bounds: readonly Bound[];
}

/** No message of a bystander takes longer than that, in ms, from saying to hearing. */
export const SLOWEST_ECHO = 100;
/** Nor do 99 of 100 take longer, while others flood. */
export const FLOODED_P99 = 30;
/** Nor in a room of a thousand pages that hear of everyone who comes and goes, while somebody does just that. */
export const STORM_P99 = 50;
/** Seconds that SIGTERM may take: what is promised to operators, and a little for the process itself. */
export const STOP_SECONDS = 10.5;
/** Descriptors beside one per connection. */
export const OWN_DESCRIPTORS = 30;

export const isBroken = ({ figure, most }: Bound): boolean => !(figure <= most);

/** One line for each bound. */
export function table(findings: ReadonlyMap<string, Finding>): string[] {
  const rows = [...findings].flatMap(([name, { bounds }]) =>
    bounds.map((bound) => [
      name,
      bound.what,
      shown(bound.figure),
      shown(bound.most),
      isBroken(bound) ? 'BROKEN' : 'kept',
    ]),
  );
  const all = [['case', 'what', 'figure', 'bound', ''], ...rows];
  const width = (column: number) => Math.max(...all.map((row) => row[column]!.length));
  return [
    `load of this machine in the end: ${loadavg()[0]!.toFixed(1)}; bounds of time are for a quiet one`,
    ...all.map((row) =>
      row
        .map((cell, i) => cell.padEnd(width(i)))
        .join('  ')
        .trimEnd(),
    ),
  ];
}

function shown(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(1);
}
