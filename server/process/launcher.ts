/** Watches what started this process and may go away without a signal: a terminal, and npm. */
import { fstatSync, readFileSync } from 'node:fs';
import { isatty } from 'node:tty';

const STANDARD_INPUT = 0;
const STANDARD_OUTPUT = 1;

/** Major numbers of Linux' devices: consoles and serial lines, pseudo-terminals. */
const TERMINALS: ReadonlySet<number> = new Set([4, 136, 137, 138, 139, 140, 141, 142, 143]);

export class Launcher {
  /** True when the input or the output is a terminal, before which a person sits. */
  readonly hasTerminal: boolean;
  /** True when it is npm, which passes on signals that the terminal has sent to everybody already. */
  readonly isNpm: boolean;
  readonly #terminals: readonly number[];
  /** Processes from this one up to npm's child, each with its parent; empty when it is not npm that has to live. */
  readonly #line: ReadonlyArray<{ readonly of: number; readonly parent: number }>;

  /**
   * @param parent who it was when this process began
   * @param env of the process: npm says in it what it runs
   */
  constructor(parent: number, env: Readonly<Record<string, string | undefined>>) {
    this.#terminals = [STANDARD_INPUT, STANDARD_OUTPUT].filter(isTerminalDevice);
    this.hasTerminal = this.#terminals.length > 0;
    this.isNpm = env['npm_lifecycle_event'] === 'start';
    this.#line = this.isNpm ? lineToNpm(parent) : [];
  }

  /** Part of the launcher that has gone, in words; null while all is there. To be polled, since no event says so. */
  gone(): string | null {
    // A terminal that was closed is none any more.
    if (this.#terminals.some((fd) => !isatty(fd))) return 'the terminal was closed';
    if (this.#line.some(({ of, parent }) => parentOf(of) !== parent))
      return 'npm, which started this, has gone';
    return null;
  }
}

/** Tells whether it is a terminal, or was one: it may have been closed before this process had begun. */
function isTerminalDevice(fd: number): boolean {
  if (isatty(fd)) return true;
  const stats = fstatSync(fd);
  return process.platform === 'linux' && stats.isCharacterDevice() && TERMINALS.has(stats.rdev >> 8);
}

/** Lists the processes between npm and here: this one and, where npm's shell stays, that shell; each with its parent. */
function lineToNpm(parent: number): Array<{ of: number; parent: number }> {
  const line = [{ of: process.pid, parent }];
  const above = isShell(parent) ? parentOf(parent) : null;
  return above === null ? line : [...line, { of: parent, parent: above }];
}

/** Parent of a process; null where that cannot be known, or when it has ended. */
function parentOf(pid: number): number | null {
  if (pid === process.pid) return process.ppid;
  // The name, in parentheses, may hold anything; then come the state and the parent.
  const match = /^.*\) \S+ (\d+) /s.exec(read(`/proc/${pid}/stat`));
  return match && Number(match[1]);
}

function isShell(pid: number): boolean {
  return /sh\n$/.test(read(`/proc/${pid}/comm`));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
