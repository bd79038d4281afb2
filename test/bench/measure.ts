/** Runs the measurements: case by case, round by round, each server in its turn. */
import type { Case } from './cases.ts';
import type { Fleet, Server } from './fleet.ts';
import type { Figures } from './jobs.ts';
import { PROGRAMS, shortName, type ProgramName } from './programs.ts';
import type { Kind } from './tables.ts';

export interface ServerResult {
  readonly server: string;
  readonly label: string;
  /** Figures of each round. */
  readonly rounds: readonly Figures[];
  /** Median of each figure by itself. */
  readonly median: Figures;
}

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly kind: Kind;
  readonly baseline?: string;
  readonly servers: readonly ServerResult[];
}

export interface Plan {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly seconds: number;
  /** True when servers are compared round by round: none is measured only once, and they take turns in being first. */
  readonly isPaired: boolean;
}

/** Progress: the measurement that is about to be made. */
export interface Step {
  readonly number: number;
  readonly of: number;
  readonly what: string;
}

/** Peer that could not be measured, and why. The bench goes on without it. */
export interface Failure {
  readonly server: string;
  readonly where: string;
  readonly reason: string;
}

export interface Outcome {
  readonly cases: readonly CaseResult[];
  readonly failures: readonly Failure[];
}

/** Measures all cases. A failure of a peer is noted; one of the gateway or of a floor ends the bench. */
export async function measureAll(
  fleet: Fleet,
  { cases, rounds, seconds, isPaired }: Plan,
  onStep: (step: Step) => void,
): Promise<Outcome> {
  const roundsOf = ({ isFresh }: Case): number => (isFresh && !isPaired ? 1 : rounds);
  const of = cases.reduce((sum, it) => sum + it.programs.length * roundsOf(it), 0);
  const failures: Failure[] = [];
  const results: CaseResult[] = [];
  let number = 0;
  for (const it of cases) {
    const figures = new Map<ProgramName, Figures[]>(it.programs.map((name) => [name, []]));
    // Rounds are interleaved, so that a machine that slows down does so for every server.
    for (let round = 1; round <= roundsOf(it); round++) {
      const turn = [...figures];
      if (isPaired && round % 2 === 0) turn.reverse();
      for (const [name, taken] of turn) {
        const { label, executable } = PROGRAMS[name];
        onStep({ number: ++number, of, what: `${it.name}, ${label}, round ${round}` });
        try {
          taken.push(await measureOne(fleet, it, name, seconds));
        } catch (error) {
          const reason = (error as Error).message;
          if (executable === null) throw new Error(`${it.name}, ${label}: ${reason}`, { cause: error });
          failures.push({ server: label, where: it.name, reason });
          number += roundsOf(it) - round;
          figures.delete(name);
        }
      }
    }
    results.push(resultOf(it, figures));
  }
  return { cases: results, failures };
}

async function measureOne(fleet: Fleet, it: Case, name: ProgramName, seconds: number): Promise<Figures> {
  const measure = (server: Server): Promise<Figures> =>
    fleet.measure(server, { task: it.taskOf?.[name] ?? it.task, seconds });
  if (!it.isFresh) return measure(await fleet.get(name));
  const server = await fleet.start(name);
  try {
    return await measure(server);
  } finally {
    await fleet.stop(server);
  }
}

function resultOf(it: Case, figures: ReadonlyMap<ProgramName, readonly Figures[]>): CaseResult {
  const servers = [...figures].map(([name, rounds]) => ({
    server: shortName(name),
    label: PROGRAMS[name].label,
    rounds,
    median: medians(rounds),
  }));
  const { name, title, kind, baseline } = it;
  return { name, title, kind, ...(baseline !== undefined && { baseline }), servers };
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((figures) => figures[name]!))]));
}

/** Median: the value in the middle, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
