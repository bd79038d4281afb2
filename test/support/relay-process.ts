/** Runs the gateway as its operator does, with all three listeners, in a process whose memory is its own. */
import { readFileSync } from 'node:fs';
import { GatewayProcess } from './gateway-process.ts';
import type { Addressed } from './raw-connection.ts';

export interface RunningGateway extends Addressed {
  /** Resident memory, in bytes. */
  residentBytes(): number;
  /** Ends it with a signal; gives its exit code. */
  stop(): Promise<number | null>;
  /** Resolves with everything about its end. */
  readonly exit: GatewayProcess['exit'];
  kill(signal: NodeJS.Signals): void;
}

/** Ports that are free, and no newcomer rejected because the machine does much else. */
const USUAL = ['--tcp-port=0', '--http-port=0', '--tcp-long64-port=0', '--max-loop-delay=1h'];

/** Starts the gateway, on free ports unless the flags say which; resolves when its log says that it is ready. */
export async function runGateway(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningGateway> {
  const gateway = new GatewayProcess(withDefaults(USUAL, flags), env);
  const { page, host, port, long64Port } = await gateway.ready();
  const { hostname, port: httpPort } = new URL(page);
  return {
    addresses: {
      http: { host: hostname, port: Number(httpPort) },
      tcp: { host, port },
      tcpLong64: long64Port === undefined ? null : { host, port: long64Port },
    },
    residentBytes() {
      const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
      return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    },
    exit: gateway.exit,
    kill: (signal) => gateway.kill(signal),
    async stop() {
      gateway.kill('SIGTERM');
      return (await gateway.exit).code;
    },
  };
}

/** Flags, and those of the defaults that they do not set. */
export function withDefaults(defaults: readonly string[], flags: readonly string[]): string[] {
  const nameOf = (flag: string) => flag.split('=', 1)[0];
  const names = new Set(flags.map(nameOf));
  return [...defaults.filter((flag) => !names.has(nameOf(flag))), ...flags];
}
