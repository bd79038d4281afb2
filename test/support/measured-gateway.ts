/** The gateway as `npm start` runs it, in a process whose memory, time and output are watched. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { cpuSeconds } from '../bench/proc.ts';
import type { Addressed } from './relay-leg.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const preload = fileURLToPath(new URL('memory-preload.ts', import.meta.url));

const READY =
  /ready: page on https?:\/\/([^" ,]+):(\d+), native clients on ([^" ,]+):(\d+)(?:, with 8-byte LONGs on [^" ,]+:(\d+))?/;

/** Lines of output that are kept to explain a failure. */
const KEPT = 40;

export interface MeasuredOptions {
  readonly flags?: readonly string[];
  /** Files and sockets it may have open (`ulimit -n`). */
  readonly openFiles?: number;
  /** Shows each line it logs. */
  readonly onLine?: (line: string) => void;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the signal to the end. */
  readonly milliseconds: number;
}

export class MeasuredGateway implements Addressed {
  readonly pid: number;
  readonly addresses: Addressed['addresses'];
  /** The last of what it said; errors and warnings among it. */
  readonly lastLines: readonly string[];
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  hasEnded = false;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, addresses: Addressed['addresses'], lines: string[]) {
    this.#child = child;
    this.pid = child.pid!;
    this.addresses = addresses;
    this.lastLines = lines;
    this.exit = once(child, 'close').then(([code, signal]) => {
      this.hasEnded = true;
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  /** Starts it on free ports; resolves when it is ready. */
  static async start({ flags = [], openFiles, onLine }: MeasuredOptions = {}): Promise<MeasuredGateway> {
    const node = [...startFlags(), '--expose-gc', '--import', preload];
    const ports = ['--tcp-port=0', '--http-port=0', '--tcp-long64-port=0'];
    const command = [process.execPath, ...node, 'server/start.cjs', ...ports, ...flags];
    const [file, ...args] =
      openFiles === undefined ? command : ['sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', ...command];
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATON_'));
    const child = spawn(file!, args, {
      cwd: top,
      env: Object.fromEntries(inherited),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const lines: string[] = [];
    const ready = new Promise<RegExpExecArray>((resolve, reject) => {
      for (const output of [child.stdout!, child.stderr!])
        createInterface({ input: output }).on('line', (line) => {
          lines.push(line);
          if (lines.length > KEPT) lines.shift();
          onLine?.(line);
          const match = READY.exec(line);
          if (match) resolve(match);
        });
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${lines.join('\n')}`)));
    });
    const [, http, httpPort, tcp, tcpPort, long64Port] = await ready;
    const at = (host: string | undefined, port: string | undefined) => ({ host: host!, port: Number(port) });
    const tcpLong64 = long64Port === undefined ? null : at(tcp, long64Port);
    return new MeasuredGateway(child, { http: at(http, httpPort), tcp: at(tcp, tcpPort), tcpLong64 }, lines);
  }

  /** Memory after a forced collection, in bytes. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    const answer = once(this.#child, 'message');
    this.#child.send('memory');
    return (await Promise.race([answer, this.#gone()]))[0] as NodeJS.MemoryUsage;
  }

  /** Memory that is resident now, in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  }

  /** CPU time used so far, in seconds. */
  cpuSeconds(): number {
    return cpuSeconds(this.pid);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and says how it did. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    const start = performance.now();
    this.kill(signal);
    return { ...(await this.exit), milliseconds: performance.now() - start };
  }

  async #gone(): Promise<never> {
    const { code, signal } = await this.exit;
    throw new Error(`the gateway is gone (${code ?? signal}): ${this.lastLines.join('\n')}`);
  }
}

/** What Node is given by `npm start` before the gateway's own flags: it is measured as it is run. */
function startFlags(): string[] {
  const flags = /^node (.*)server\/start\.cjs$/.exec(manifest.scripts.start)?.[1];
  if (flags === undefined)
    throw new Error(`cannot tell how to start the gateway from "${manifest.scripts.start}"`);
  return flags.split(' ').filter((flag) => flag !== '');
}
