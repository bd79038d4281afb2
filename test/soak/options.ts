/** Command line of the soak. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly minutes: number;
  readonly clients: number;
  readonly seed: number;
  readonly flags: readonly string[];
  readonly help: boolean;
  /** True for several gateways on a real engine, with faults. */
  readonly isCluster: boolean;
}

/** Error of the command line: printed in one line, exit code 2. */
export class UsageError extends Error {}

export const HELP = `Runs a gateway for a while with all that can happen to it at once, and checks every delivery.

Usage: npm run soak -- [flags] [-- flags of the gateway]

  --minutes N    how long (30); fractions are allowed
  --clients N    who chats: by TCP and WebSocket, half of them through a bad network, a quarter pages (80)
  --seed N       of what happens to whom; the order in which it happens is the machine's (1)
  --cluster      three gateways on three NATS servers, which are killed, stopped and cut one after the other
  --help         this text

Chat and private connections over TCP and WebSocket, with TLS and without, directly and behind a proxy that says who comes
(PROXY header, X-Forwarded-For); pages that resume, private connections whose one side has long ended its writing, readers that
pause, connections that break, and hostile clients. Once a minute all talk
pauses until everything sent has come; then the gateway's memory is read after a forced collection. Fails when anything
came twice, never, changed, out of order or to the wrong one, and when the gateway's resident memory at the end is over
that of minute 5 by more than 5 % (of half time, when it runs for less than 10 minutes). Needs Linux, and a built page.`;

/** Reads the flags; throws a {@link UsageError}. */
export function readOptions(args: readonly string[]): Options {
  const flag = { type: 'string' } as const;
  const options = {
    minutes: flag,
    clients: flag,
    seed: flag,
    help: { type: 'boolean' },
    cluster: { type: 'boolean' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return {
      minutes: number('--minutes', values.minutes ?? '30', /^\d*\.?\d+$/),
      clients: number('--clients', values.clients ?? '80', /^\d{1,4}$/),
      seed: number('--seed', values.seed ?? '1', /^\d{1,9}$/),
      flags: positionals,
      help: values.help ?? false,
      isCluster: values.cluster ?? false,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Node's own message is good, but only its first sentence fits one line.
    const [sentence] = (error as Error).message.split(/\.?(?:\n|$)|\. /, 1);
    throw new UsageError(`${sentence}; --help lists the flags`);
  }
}

function number(flag: string, text: string, allowed: RegExp): number {
  if (allowed.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`${flag}: "${text}" is not a number that makes sense here`);
}
