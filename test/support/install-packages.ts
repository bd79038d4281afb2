/** Installs packages of the system, and says why it failed. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait for another installation, in ms, and the interval of the attempts. */
const PATIENCE = 2 * 60_000;
const LOOK_EVERY = 3_000;

/** Number of output lines that are kept to explain a failure. */
const KEPT = 5;

export interface Waiting {
  /** Longest wait for another installation, in ms. */
  readonly patience?: number;
  /** Interval of the attempts, in ms. */
  readonly every?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** True when the user may install as they are; else sudo is used, if it asks for no password. */
  readonly isRoot?: boolean;
}

/** End of a command, and all its output. */
export interface Outcome {
  /** Exit code; null when there is no such command. */
  readonly code: number | null;
  readonly output: string;
}

const LOCKED = /could not get lock|is another process using it|unable to acquire the dpkg|unable to lock/i;

const NO_RIGHTS = /permission denied|are you root|superuser privilege/i;

/** Messages of apt-get, and what they mean for a person; the first match counts. */
const REASONS: ReadonlyArray<readonly [pattern: RegExp, reason: string]> = [
  [
    /could not get lock|is another process using it|unable to acquire the dpkg/i,
    'another installation is running',
  ],
  [/permission denied|are you root|superuser privilege/i, 'this user may not install packages; root may'],
  [/no space left on device|not have enough free space/i, 'the disk is full'],
  [
    /(temporary failure|could not|unable to) (in )?resolv|could not connect|cannot initiate the connection|network is unreachable|connection (timed out|refused|failed)|failed to fetch/i,
    'the package server cannot be reached: is there a network, or a proxy to be set?',
  ],
  [/unable to locate package|has no installation candidate/i, 'this system’s package lists do not have it'],
  [/dpkg was interrupted/i, 'an earlier installation was broken off; run: dpkg --configure -a'],
  [/read-only file system/i, 'the file system is read-only'],
];

/** Installs packages with apt-get in one go, as root or by sudo. Throws an Error that says why when that fails. */
export async function installPackages(
  names: readonly string[],
  {
    patience = PATIENCE,
    every = LOOK_EVERY,
    env = process.env,
    isRoot = process.getuid?.() === 0,
  }: Waiting = {},
): Promise<void> {
  if (!isOnPath('apt-get', env)) throw new Error('this system has no apt-get');
  if (!isRoot && (await runQuietly('sudo', ['-n', 'true'], env)).code !== 0)
    throw new Error(`only root may install ${names.join(', ')}, and sudo is missing or wants a password`);
  // The settings are part of the command, since sudo would not pass them on.
  const aptGet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get'];
  const [command, ...before] = isRoot ? aptGet : ['sudo', '-n', ...aptGet];
  const until = performance.now() + patience;
  const runApt = (args: readonly string[]) =>
    untilUnlocked(until, every, () => runLoudly(command!, [...before, ...args], env));
  const update = await runApt(['update']);
  // The update is not judged: apt-get only warns of a list that it could not fetch, and the installation shows whether
  // that matters.
  const install = await runApt(['install', '-y', '--no-install-recommends', ...names]);
  if (install.code === 0) return;
  throw new Error(`apt-get could not install ${names.join(', ')}: ${reasonOf(update, install)}`);
}

/** Runs apt-get again and again while another installation has its lock, until a point in time. */
async function untilUnlocked(until: number, every: number, run: () => Promise<Outcome>): Promise<Outcome> {
  for (let isFirst = true; ; isFirst = false) {
    const outcome = await run();
    const left = until - performance.now();
    if (!outcome.code || !isLocked(outcome.output) || left <= 0) return outcome;
    if (isFirst)
      console.log(`another installation is running; waiting for it, ${Math.ceil(left / 1000)} s at most`);
    await sleep(every);
  }
}

/** True when another process has the lock; a user without the right to lock need not wait. */
function isLocked(output: string): boolean {
  return LOCKED.test(output) && !NO_RIGHTS.test(output);
}

/** True when there is a command of that name. */
function isOnPath(command: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** Reason of a failure: in words where it is known, and in any case the last lines of the output. */
function reasonOf(update: Outcome, install: Outcome): string {
  const output = install.output.includes('Unable to locate')
    ? `${update.output}${install.output}`
    : install.output;
  const known = REASONS.find(([pattern]) => pattern.test(output));
  return `${known ? known[1] : `it ended with ${install.code}`}\n${lastLines(output)}`;
}

/** Last lines of the output of a command, indented. */
export function lastLines(output: string): string {
  const lines = output.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines
    .slice(-KEPT)
    .map((line) => `  ${line}`)
    .join('\n');
}

/** Runs a command, shows its output, and keeps it. */
export function runLoudly(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return run(command, args, env, true);
}

/** Runs a command, and keeps its output. */
export function runQuietly(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return run(command, args, env, false);
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isLoud: boolean,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const)
      from.setEncoding('utf8').on('data', (text: string) => {
        if (isLoud) to.write(text);
        output += text;
      });
    child.once('error', ({ message }) => resolve({ code: null, output: message }));
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\nended by ${signal}` }),
    );
  });
}
