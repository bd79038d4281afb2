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
  /** Those of a case that takes a server of its own each time, and long: storms, idling. */
  readonly freshRounds: number;
  readonly seconds: number;
  /** Measurements of each of two servers that are compared, in one round. */
  readonly turns: number;
  /** True when two servers are compared round by round. */
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
  { cases, rounds, freshRounds, seconds, turns, isPaired }: Plan,
  onStep: (step: Step) => void,
): Promise<Outcome> {
  const roundsOf = ({ isFresh }: Case): number => (isFresh && !isPaired ? freshRounds : rounds);
  const of = cases.reduce((sum, it) => sum + it.programs.length * roundsOf(it), 0);
  const failures: Failure[] = [];
  const results: CaseResult[] = [];
  let number = 0;
  for (const it of cases) {
    const figures = new Map<ProgramName, Figures[]>(it.programs.map((name) => [name, []]));
    // Rounds are interleaved, so that a machine that slows down does so for every server.
    for (let round = 1; round <= roundsOf(it); round++) {
      if (isPaired) {
        onStep({ number: (number += figures.size), of, what: `${it.name}, round ${round}` });
        for (const [name, taken] of await measurePair(fleet, it, seconds, turns))
          figures.get(name)!.push(taken);
        continue;
      }
      for (const [name, taken] of figures) {
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
  if (!it.isFresh) return measureOn(fleet, await fleet.get(name), it, name, seconds);
  const server = await fleet.start(name);
  try {
    return await measureOn(fleet, server, it, name, seconds);
  } finally {
    await fleet.stop(server);
  }
}

/**
 * Measures fresh servers that run side by side, each so many times, in turn; gives the mean of each.
 * Processes of the same program differ by several per cent, and so does the machine from one second to the next: new
 * servers for each round and turns within it take both out of the ratio.
 */
async function measurePair(
  fleet: Fleet,
  it: Case,
  seconds: number,
  turns: number,
): Promise<ReadonlyMap<ProgramName, Figures>> {
  const servers = await Promise.all(
    it.programs.map(async (name) => ({ name, server: await fleet.start(name) })),
  );
  const taken = new Map<ProgramName, Figures[]>(it.programs.map((name) => [name, []]));
  try {
    // A case that is about a fresh server has only one turn.
    for (let turn = 0; turn < (it.isFresh ? 1 : turns); turn++) {
      for (const { name, server } of servers)
        taken.get(name)!.push(await measureOn(fleet, server, it, name, seconds));
      servers.reverse();
    }
  } finally {
    await Promise.all(servers.map(({ server }) => fleet.stop(server)));
  }
  return new Map([...taken].map(([name, turns]) => [name, summarize(turns, average)]));
}

function measureOn(
  fleet: Fleet,
  server: Server,
  it: Case,
  name: ProgramName,
  seconds: number,
): Promise<Figures> {
  return fleet.measure(server, { task: it.taskOf?.[name] ?? it.task, seconds });
}

function resultOf(it: Case, figures: ReadonlyMap<ProgramName, readonly Figures[]>): CaseResult {
  const servers = [...figures].map(([name, rounds]) => ({
    server: shortName(name),
    label: PROGRAMS[name].label,
    rounds,
    median: summarize(rounds, median),
  }));
  const { name, title, kind, baseline } = it;
  return { name, title, kind, ...(baseline !== undefined && { baseline }), servers };
}

function summarize(rounds: readonly Figures[], mean: (values: readonly number[]) => number): Figures {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, mean(rounds.map((figures) => figures[name]!))]));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Median: the value in the middle, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
