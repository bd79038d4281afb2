/** Command line of the bench. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  readonly only: readonly string[];
  readonly servers: readonly string[] | null;
  readonly clients: readonly number[];
  readonly rounds: number;
  readonly freshRounds: number;
  /** Measurements of each of two servers that are compared, in one round. */
  readonly turns: number;
  /** Checkout whose gateway is measured beside this one, instead of peers; null for none. */
  readonly before: string | null;
  readonly seconds: number;
  readonly json: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

/** Error of the command line: printed in one line, exit code 2. */
export class UsageError extends Error {}

export const HELP = `Measures the gateway beside its peers on this machine: fan-out, latency, relay, connections, memory.

Usage: npm run bench -- [flags]    (or: node test/bench/main.ts [flags])

  --only CASE      only the case of this name, or those that begin like this; may be repeated
  --servers LIST   only these servers, such as gateway,redis (see --list)
  --clients LIST   clients of the fan-out cases (100,1000)
  --rounds N       measurements of each figure, of which the median is shown (3; of storms and idling 1)
  --seconds S      length of one measurement (0.5)
  --before FOLDER  beside the gateway of another checkout (installed and built), instead of peers:
                   fresh servers in each round, several turns each; ratios with two standard errors
  --turns N        turns of each with --before (4)
  --json           everything, as JSON on stdout, instead of tables
  --list           the cases and the servers of each
  --help           this text

Progress goes to stderr. Needs Linux, and a built page (npm run build).
Compare figures only within one run.`;

/** Reads the flags; throws a {@link UsageError}. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  return {
    only: values.only ?? [],
    servers: values.servers === undefined ? null : values.servers.split(','),
    clients: (values.clients ?? '100,1000').split(',').map((part) => whole('--clients', part, 100_000)),
    rounds: whole('--rounds', values.rounds ?? '3', 1_000),
    freshRounds: whole('--rounds', values.rounds ?? '1', 1_000),
    turns: whole('--turns', values.turns ?? '4', 1_000),
    before: values.before === undefined ? null : checkout(values.before),
    seconds: duration(values.seconds ?? '0.5'),
    json: values.json ?? false,
    list: values.list ?? false,
    help: values.help ?? false,
  };
}

function checkout(folder: string): string {
  const path = resolve(folder);
  for (const needed of ['server/start.cjs', 'node_modules', 'web/dist'])
    if (!existsSync(join(path, needed)))
      throw new UsageError(
        `--before: "${folder}" has no ${needed}: a checkout with \`npm ci && npm run build\``,
      );
  return path;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        servers: { type: 'string' },
        clients: { type: 'string' },
        rounds: { type: 'string' },
        turns: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean' },
        before: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    // Node's own message is good, but only its first sentence fits one line.
    const [sentence] = (error as Error).message.split(/\.?(?:\n|$)|\. /, 1);
    throw new UsageError(`${sentence}; --help lists the flags`);
  }
}

function whole(flag: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw new UsageError(`${flag}: "${text}" is not a whole number from 1 to ${most}`);
}

function duration(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
  if (value >= 0.05 && value <= 3600) return value;
  throw new UsageError(`--seconds: "${text}" is not a number from 0.05 to 3600`);
}
