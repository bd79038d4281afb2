/** Runs programs of the machine. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program ended, and what it wrote. */
export interface Ended {
  /** Exit code; 128 and the number for one that a signal ended, 127 for a program that is not there. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Time, in ms, after which it is killed. */
  readonly timeout?: number;
}

/** Runs a program to its end, whatever its exit code is. */
export function attempt(
  program: string,
  args: readonly string[],
  { cwd, env, input = '', timeout }: CommandOptions = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      timeout,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', ({ message }) => resolve({ code: 127, stdout, stderr: message }));
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 143), stdout, stderr }),
    );
  });
}

/** Runs a program that has to succeed; gives what it wrote to its standard output, without the last newline. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await attempt(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${code}\n${stderr}${stdout}`);
  return stdout.replace(/\n$/, '');
}

/** Tells whether a program is on this machine. */
export async function isThere(program: string): Promise<boolean> {
  return (await attempt('sh', ['-c', 'command -v "$1"', 'sh', program])).code === 0;
}

/**
 * Waits until this gives something other than undefined or false; throws with the description after so many ms: far more than
 * it takes, since a machine may have much else to do, and a wait that succeeds costs nothing.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  within = 180_000,
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(20);
  }
}
