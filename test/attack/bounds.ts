/** Bounds of an attack, and what was measured beside them. */
import { loadavg } from 'node:os';

export interface Bound {
  /** Name of the figure; its unit follows. */
  readonly what: string;
  readonly figure: number;
  readonly most: number;
}

/** Figures of one case. */
export interface Finding {
  readonly lines: readonly string[];
  readonly bounds: readonly Bound[];
}

/** Longest time, in ms, that a message of a bystander may take from sender to reader. */
export const SLOWEST_ECHO = 100;
/** Longest time, in ms, for 99 of 100 messages while others flood. */
export const FLOODED_P99 = 30;
/**
 * Longest time, in seconds, from SIGTERM to the end: what is promised to operators, and a little for the process itself.
 */
export const STOP_SECONDS = 10.5;
/** File descriptors of the gateway beside one per connection. */
export const OWN_DESCRIPTORS = 30;

export const isBroken = ({ figure, most }: Bound): boolean => !(figure <= most);

/** Formats one line for each bound. */
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
