/** The gateway as `npm start` runs it, in a process whose memory, time and output are watched. */
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

/** Lines of output that are kept to explain a failure. */
const KEPT = 40;
/** How often, in ms, it is looked whether a process is ready, or gone. */
const LOOK_EVERY = 10;

export interface MeasuredOptions {
  readonly flags?: readonly string[];
  /** What Node itself is given, beside what `npm start` gives it. */
  readonly nodeFlags?: readonly string[];
  /** It listens with TLS, too, with a certificate of its own. */
  readonly isSecure?: boolean;
  /** It has the operator's listener. */
  readonly hasAdmin?: boolean;
  /** Files and sockets it may have open (`ulimit -n`). */
  readonly openFiles?: number;
  /** Shows each line it logs. */
  readonly onLine?: (line: string) => void;
  /** Where its log goes instead of to whoever reads it here. */
  readonly log?: LogSink;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the signal to the end. */
  readonly milliseconds: number;
}

type Exit = Pick<Ended, 'code' | 'signal'>;

export class MeasuredGateway implements Addressed {
  readonly pid: number;
  readonly addresses: Addressed['addresses'];
  /** The last of what it said; errors and warnings among it. */
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
    // Whatever stands before it, a terminal for one, is not what has to be ended.
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

  /** Memory that is resident now, in bytes; 0 once it is gone. */
  residentBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  /** Files and sockets it has open now. */
  openFiles(): number {
    try {
      return readdirSync(`/proc/${this.pid}/fd`).length;
    } catch {
      return 0;
    }
  }

  /** CPU time used so far, in seconds. */
  cpuSeconds(): number {
    return cpuSeconds(this.pid);
  }

  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.pid, signal);
    } catch {
      // It has ended.
    }
  }

  /** Asks it to end, and says how it did. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    const start = performance.now();
    this.kill(signal);
    while (isThere(this.pid)) await sleep(LOOK_EVERY);
    const milliseconds = performance.now() - start;
    // What a terminal still has to show is nothing to wait for.
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

/** In the order in which they are opened. */
function listenersOf({ isSecure, hasAdmin }: MeasuredOptions): string[] {
  const secure = (name: string) => (isSecure ? [name] : []);
  const admin = hasAdmin ? ['admin'] : [];
  return ['http', ...secure('https'), 'tcp', 'tcpLong64', ...secure('tcpTls'), ...admin];
}

function certificateFlags(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'chaton-measured-'));
  const { cert, key } = makeCertificate('measured.example');
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return [`--tls-cert=${files.cert}`, `--tls-key=${files.key}`];
}

/** Resolves with the ports when there are so many. */
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

/** One that has ended and was not asked for its exit code yet is none. */
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
    // It has ended.
  }
}

/** What Node is given by `npm start` before the gateway's own flags: it is measured as it is run. */
function startFlags(): string[] {
  const flags = /^node (.*)server\/start\.cjs$/.exec(manifest.scripts.start)?.[1];
  if (flags === undefined)
    throw new Error(`cannot tell how to start the gateway from "${manifest.scripts.start}"`);
  return flags.split(' ').filter((flag) => flag !== '');
}
