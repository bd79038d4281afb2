/** Child processes of the bench, all of which end with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Number of characters of a child's stderr that are kept. */
const KEPT = 2_000;

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly isRunning: boolean;
  /** Last part of its stderr. */
  readonly complaints: string;
  /** Exit code, or null for a signal. */
  readonly exit: Promise<number | null>;
}

interface StartOptions {
  /** Core that it is pinned to; null for any. */
  readonly core: number | null;
  /** True when its stdout is read. */
  readonly listen?: boolean;
  /** Variables added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts processes and ends them: each on request, and all of them however the bench itself ends. */
export class Nursery {
  /** Folder for configuration files, removed at the end. */
  readonly folder = mkdtempSync(join(tmpdir(), 'chaton-bench-'));
  readonly #running = new Set<number>();

  constructor() {
    process.once('exit', () => this.stopAll());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }

  /** Starts a program without the gateway's settings in the bench's own environment. */
  start(program: string, args: readonly string[], { core, listen = false, env = {} }: StartOptions): Child {
    const [file, ...rest] = core === null ? [program] : ['taskset', '-c', String(core), program];
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CHATON_'));
    const child = spawn(file, [...rest, ...args], {
      stdio: ['ignore', listen ? 'pipe' : 'ignore', 'pipe'],
      env: { ...Object.fromEntries(inherited), ...env },
      // A process group of its own lets its children end with it.
      detached: true,
    });
    let complaints = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-KEPT);
    });
    const pid = child.pid ?? 0;
    if (pid > 0) this.#running.add(pid);
    const exit = once(child, 'close').then(
      ([code]) => code as number | null,
      (error: unknown) => {
        complaints = (error as Error).message;
        return null;
      },
    );
    const running = this.#running;
    void exit.then(() => running.delete(pid));
    return {
      process: child,
      pid,
      exit,
      get isRunning() {
        return running.has(pid);
      },
      get complaints() {
        return complaints;
      },
    };
  }

  /** Ends a process and its children; resolves when it has exited. */
  async stop(child: Child): Promise<void> {
    if (child.isRunning) kill(child.pid);
    await child.exit;
  }

  /** Ends all of them at once. */
  stopAll(): void {
    this.#running.forEach(kill);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has exited already.
  }
}
