/** Runs the gateway as `npm start` does, in a process whose memory, time and output are measured. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { cpuSeconds } from '../bench/proc.ts';
import { makeCertificate } from './certificate.ts';
import { openLog, type LogSink } from './log-sink.ts';
import type { Addressed } from './raw-connection.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const preload = (name: string) => ['--import', fileURLToPath(new URL(name, import.meta.url))];

/** Number of output lines that are kept to explain a failure. */
const KEPT = 40;
/** Interval, in ms, of the checks that a process is ready, or gone. */
const LOOK_EVERY = 10;

export interface MeasuredOptions {
  readonly flags?: readonly string[];
  /** Flags for Node itself, besides those of `npm start`. */
  readonly nodeFlags?: readonly string[];
  /** True to listen with TLS, too, with a certificate of its own. */
  readonly isSecure?: boolean;
  /** True to have the operator's listener. */
  readonly hasAdmin?: boolean;
  /** Limit on open files and sockets (`ulimit -n`). */
  readonly openFiles?: number;
  /** Called with each line that it logs. */
  readonly onLine?: (line: string) => void;
  /** Output for its log; without one the lines are read here. */
  readonly log?: LogSink;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Time from the signal to the end. */
  readonly milliseconds: number;
}

type Exit = Pick<Ended, 'code' | 'signal'>;

export class MeasuredGateway implements Addressed {
  readonly pid: number;
  readonly addresses: Addressed['addresses'];
  /** Last lines of its output, errors and warnings included. */
  readonly lastLines: readonly string[];
  readonly exit: Promise<Exit>;
  hasEnded = false;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, addresses: Addressed['addresses'], lines: string[]) {
    this.#child = child;
    this.pid = pid;
    this.addresses = addresses;
    this.lastLines = lines;
    this.exit = once(child, 'close').then(([code, signal]) => {
      this.hasEnded = true;
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  /** Starts it on free ports; resolves when it is ready. */
  static async start(options: MeasuredOptions = {}): Promise<MeasuredGateway> {
    const { openFiles, onLine, log } = options;
    const ports = join(mkdtempSync(join(tmpdir(), 'chaton-measured-')), 'ports');
    writeFileSync(ports, '');
    const command = commandOf(options);
    const limited = ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', ...command];
    const { argv, stdout, onSpawn } = openLog(log ?? null, openFiles === undefined ? command : limited);
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATON_'));
    const [file, ...args] = argv;
    const stdio: StdioOptions = [log === undefined ? 'ignore' : 'pipe', stdout, 'pipe', 'ipc'];
    const env = { ...Object.fromEntries(inherited), CHATON_TEST_LISTENING: ports };
    const child = spawn(file!, args, { cwd: top, env, stdio });
    onSpawn(child);
    const lines: string[] = [];
    for (const output of [log === undefined ? child.stdout : null, child.stderr])
      if (output)
        createInterface({ input: output }).on('line', (line) => {
          lines.push(line);
          if (lines.length > KEPT) lines.shift();
          onLine?.(line);
        });
    const names = listenersOf(options);
    const { pid, at } = await listening(child, ports, names.length, lines);
    // The signal goes to the gateway itself, not to a terminal that started it.
    const kill = () => endNow(pid);
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const found = Object.fromEntries(names.map((name, i) => [name, { host: '127.0.0.1', port: at[i]! }]));
    return new MeasuredGateway(child, pid, found as unknown as Addressed['addresses'], lines);
  }

  /** Memory after a forced collection, in bytes. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    const answer = once(this.#child, 'message');
    this.#child.send('memory');
    return (await Promise.race([answer, this.#gone()]))[0] as NodeJS.MemoryUsage;
  }

  /** Resident memory now, in bytes; 0 once it is gone. */
  residentBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  /** Number of open files and sockets now. */
  openFiles(): number {
    try {
      return readdirSync(`/proc/${this.pid}/fd`).length;
    } catch {
      return 0;
    }
  }

  /** Processor time used so far, in seconds. */
  cpuSeconds(): number {
    return cpuSeconds(this.pid);
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch {
      // The process has ended.
    }
  }

  /** Sends a signal to end it; resolves with how it ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    const start = performance.now();
    this.kill(signal);
    while (isThere(this.pid)) await sleep(LOOK_EVERY);
    const milliseconds = performance.now() - start;
    // The rest of a terminal's output must not delay the end.
    this.#child.stdout?.resume();
    return { ...(await this.exit), milliseconds };
  }

  async #gone(): Promise<never> {
    const { code, signal } = await this.exit;
    throw new Error(`the gateway is gone (${code ?? signal}): ${this.lastLines.join('\n')}`);
  }
}

function commandOf({ flags = [], nodeFlags = [], isSecure, hasAdmin }: MeasuredOptions): string[] {
  const preloads = [...preload('memory-preload.ts'), ...preload('listening-preload.ts')];
  const node = [...startFlags(), ...nodeFlags, '--expose-gc', ...preloads];
  const ports = ['--tcp-port=0', '--http-port=0', '--tcp-long64-port=0'];
  if (isSecure) ports.push('--tls-tcp-port=0', '--https-port=0', ...certificateFlags());
  if (hasAdmin) ports.push('--admin-port=0');
  return [process.execPath, ...node, 'server/start.cjs', ...ports, ...flags];
}

/** Listeners in the order in which they are opened. */
function listenersOf({ isSecure, hasAdmin, flags = [] }: MeasuredOptions): string[] {
  // In a cluster the other gateways come first.
  const mesh = flags.some((flag) => flag.startsWith('--cluster=')) ? ['mesh'] : [];
  const secure = (name: string) => (isSecure ? [name] : []);
  const admin = hasAdmin ? ['admin'] : [];
  return [...mesh, 'http', ...secure('https'), 'tcp', 'tcpLong64', ...secure('tcpTls'), ...admin];
}

function certificateFlags(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-measured-'));
  const { cert, key } = makeCertificate('measured.example');
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return [`--tls-cert=${files.cert}`, `--tls-key=${files.key}`];
}

/** Resolves with the ports once there are so many. */
async function listening(
  child: ChildProcess,
  file: string,
  count: number,
  said: readonly string[],
): Promise<{ readonly pid: number; readonly at: readonly number[] }> {
  for (;;) {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const pairs = lines.map((line) => line.split(' ').map(Number) as [pid: number, port: number]);
    if (pairs.length >= count) return { pid: pairs[0]![0], at: pairs.map(([, port]) => port) };
    const { exitCode, signalCode } = child;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`ended with ${exitCode ?? signalCode}: ${said.join('\n')}`);
    await sleep(LOOK_EVERY);
  }
}

/** True while the process exists; a zombie counts as gone. */
function isThere(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The process has ended.
  }
}

/** Arguments that `npm start` gives Node before the gateway's own flags: it is measured as it is run. */
function startFlags(): string[] {
  const flags = /^node (.*)server\/start\.cjs$/.exec(manifest.scripts.start)?.[1];
  if (flags === undefined)
    throw new Error(`cannot tell how to start the gateway from "${manifest.scripts.start}"`);
  return flags.split(' ').filter((flag) => flag !== '');
}
