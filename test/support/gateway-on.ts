/** Runs a gateway on outputs of the test's choice: a full disk, a pipe that nobody reads, a terminal. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { vi } from 'vitest';
import { PATIENT } from './patience.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const preload = pathToFileURL(fileURLToPath(new URL('listening-preload.ts', import.meta.url))).href;

const FLAGS =
  '--tcp-port=0 --http-port=0 --tcp-long64-port=off --admin-port=0 --max-ignored=1000000 ' +
  '--command-rate=1000000000 --command-burst=1000000000 --max-loop-delay=1h --log-level=debug';

export interface GatewayOn {
  readonly child: ChildProcess;
  /** Process id of the gateway itself, which a shell or a terminal may have started. */
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** Scrapes a metric. */
  readonly metric: (name: string) => Promise<number>;
  /** Resolves when the gateway's own process has exited. */
  readonly gone: () => Promise<void>;
}

/**
 * Starts it under a shell, which finds the command to run in `$GATEWAY`; resolves when it listens everywhere.
 * @param script command of the shell: `exec $GATEWAY`, or the same with a redirection or a terminal around it
 */
export async function startOn(
  script: string,
  stdio: StdioOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayOn> {
  const file = join(mkdtempSync(join(tmpdir(), 'chaton-listening-')), 'ports');
  writeFileSync(file, '');
  const inherited = Object.entries(process.env).filter(([name]) => !/^(CHATON_|npm_)/.test(name));
  const child = spawn('sh', ['-c', script], {
    cwd: top,
    env: {
      ...Object.fromEntries(inherited),
      // The command names Node without its path, since a shell splits it at spaces, of which a path may have some.
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
      GATEWAY: `node --disable-sigusr1 server/start.cjs ${FLAGS}`,
      NODE_OPTIONS: `--import=${preload} ${env['NODE_OPTIONS'] ?? ''}`,
      CHATON_TEST_LISTENING: file,
      ...Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'NODE_OPTIONS')),
    },
    stdio,
  });
  const [, tcp, admin] = await vi.waitFor(() => listeners(file), PATIENT);
  const { pid } = tcp!;
  return {
    child,
    pid,
    host: '127.0.0.1',
    port: tcp!.port,
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${admin!.port}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
    async gone() {
      await vi.waitFor(() => ensureGone(pid), PATIENT);
    },
  };
}

/** Listeners of the page, native clients and the operator, in the order in which they are opened. */
function listeners(file: string): Array<{ readonly pid: number; readonly port: number }> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  if (lines.length < 3) throw new Error(`listens on ${lines.length} of 3`);
  return lines.map((line) => {
    const [pid, port] = line.split(' ').map(Number);
    return { pid: pid!, port: port! };
  });
}

/** Throws while the process exists; a zombie counts as gone. */
export function ensureGone(pid: number): void {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return;
  }
  if (!/\) Z /.test(stat)) throw new Error(`process ${pid} is still there`);
}

/** Waits for the end and gives the exit code, or the signal. */
export async function exitOf({ exitCode, signalCode }: ChildProcess, child: ChildProcess): Promise<unknown> {
  if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
}
