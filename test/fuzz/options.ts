/** Command line of the fuzzer. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly inputs: number;
  readonly commands: number;
  readonly requests: number;
  readonly wss: number;
  readonly resumed: number;
  readonly seed: number;
  readonly help: boolean;
  /** True for two gateways that are one room. */
  readonly isCluster: boolean;
}

/** Error of the command line: printed in one line, exit code 2. */
export class UsageError extends Error {}

export const HELP = `Gives the decoder, the operator's listener, and then a whole gateway, what nobody would send.

Usage: npm run fuzz -- [flags]

  --inputs N     inputs for the decoder: commands and damaged ones, cut anywhere (1000000)
  --commands N   commands for a gateway in a process of its own, over TCP and WebSocket (100000)
  --requests N   requests to the operator's listener of a gateway with a state file (5000)
  --wss N        commands for a gateway over TLS: wss, in messages and in fragments, and native (100000)
  --resumed N    inputs over private connections of pages that break and resume, in tiny pieces (100000)
  --seed N       repeats what another run with this seed did (1)
  --cluster      only --commands and --resumed, for two gateways that are one room on three NATS servers
  --help         this text

The first thing that is wrong ends it, with exit code 1. Needs Linux, and a built page (npm run build).`;

/** Reads the flags; throws a {@link UsageError}. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  return {
    inputs: whole('--inputs', values.inputs ?? '1000000'),
    commands: whole('--commands', values.commands ?? '100000'),
    requests: whole('--requests', values.requests ?? '5000'),
    wss: whole('--wss', values.wss ?? '100000'),
    resumed: whole('--resumed', values.resumed ?? '100000'),
    seed: whole('--seed', values.seed ?? '1'),
    help: values.help ?? false,
    isCluster: values.cluster ?? false,
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'string' } as const;
  try {
    const options = {
      inputs: flag,
      commands: flag,
      requests: flag,
      wss: flag,
      resumed: flag,
      seed: flag,
      help: { type: 'boolean' },
      cluster: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // Node's own message is good, but only its first sentence fits one line.
    const [sentence] = (error as Error).message.split(/\.?(?:\n|$)|\. /, 1);
    throw new UsageError(`${sentence}; --help lists the flags`);
  }
}

function whole(flag: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`${flag}: "${text}" is not a whole number`);
}
