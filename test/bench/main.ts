/** Runs `npm run bench`: reads the flags, measures everything, prints. */
import { performance } from 'node:perf_hooks';
import { selectCases, type Case } from './cases.ts';
import { Fleet } from './fleet.ts';
import { describeMachine, disturbance, findPinning, findProgram, idleConnections } from './machine.ts';
import { measureAll, type Outcome, type Plan } from './measure.ts';
import { Nursery } from './nursery.ts';
import { HELP, readOptions, UsageError, type Options } from './options.ts';
import { showStep } from './progress.ts';
import { PROGRAMS, shortName } from './programs.ts';
import { LEGEND, tablesOf } from './tables.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(HELP);
  else if (process.platform !== 'linux') throw new UsageError('needs Linux: it reads /proc');
  else if (options.list) list(selectCases(options, idleConnections()));
  else await bench(options);
} catch (error) {
  showStep(null);
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function list(cases: readonly Case[]): void {
  for (const { name, programs } of cases)
    console.log(`${name.padEnd(20)} ${programs.map(shortName).join(', ')}`);
}

async function bench(options: Options): Promise<void> {
  const { rounds, freshRounds, seconds, turns, before } = options;
  const isPaired = before !== null;
  const { cases, missing } = withoutMissing(selectCases(options, idleConnections()));
  const pinning = findPinning();
  const machine = describeMachine(pinning);
  const disturbed = disturbance();
  console.error(machine);
  if (disturbed !== null) console.error(disturbed);
  if (missing.length > 0) console.error(`not installed here, so left out: ${missing.join(', ')}`);

  const nursery = new Nursery();
  try {
    const fleet = new Fleet(nursery, pinning, before);
    const start = performance.now();
    const outcome = await measureAll(
      fleet,
      { cases, rounds, freshRounds, seconds, turns, isPaired },
      showStep,
    );
    const elapsedSeconds = Math.round((performance.now() - start) / 1000);
    showStep(null);
    const about = { machine, rounds, seconds, elapsedSeconds, missing, disturbed };
    if (options.json) console.log(JSON.stringify({ ...about, ...outcome }, null, 2));
    else printTables(outcome, about);
    if (lossesOf(outcome).some(({ server }) => server === 'gateway')) process.exitCode = 1;
  } finally {
    nursery.stopAll();
  }
}

/** Removes the peers that this machine does not have; gives their names, too. */
function withoutMissing(
  cases: readonly Case[],
): Pick<Plan, 'cases'> & { readonly missing: readonly string[] } {
  const missing = new Set<string>();
  const has = (executable: string | null): boolean => {
    if (executable === null || findProgram(executable) !== null) return true;
    missing.add(executable);
    return false;
  };
  const present = cases
    .filter(({ needs = null }) => has(needs))
    .map((it) => ({
      ...it,
      programs: it.programs.filter((name) => has(PROGRAMS[name].executable)),
    }));
  return { cases: present, missing: [...missing] };
}

interface About {
  readonly machine: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly elapsedSeconds: number;
  readonly disturbed: string | null;
}

function printTables(outcome: Outcome, { machine, seconds, elapsedSeconds, disturbed }: About): void {
  for (const table of tablesOf(outcome.cases)) console.log(`${table}\n`);
  console.log(LEGEND);
  const taken = outcome.cases.flatMap(({ servers }) => servers.map((one) => one.rounds.length));
  const counts = [...new Set(taken)].toSorted((one, other) => one - other).join(' or ');
  const measurements = counts === '1' ? 'One measurement' : `Medians of ${counts} measurements`;
  console.log(`${measurements} of ${seconds} s; ${elapsedSeconds} s in all. ${machine}.`);
  if (disturbed !== null) console.log(`Beware: ${disturbed}.`);
  for (const { server, where, lost } of lossesOf(outcome)) console.log(`${server} lost ${lost} in ${where}.`);
  for (const { server, where, reason } of outcome.failures)
    console.log(`${server} could not be measured in ${where}: ${reason}.`);
}

/** Lists the servers that did not deliver everything: none of their figures means anything. */
function lossesOf({ cases }: Outcome): Array<{ server: string; where: string; lost: number }> {
  return cases
    .flatMap(({ name, servers }) =>
      servers.map(({ server, rounds }) => ({
        server,
        where: name,
        lost: rounds.reduce((sum, figures) => sum + (figures['lost'] ?? 0), 0),
      })),
    )
    .filter(({ lost }) => lost !== 0);
}
