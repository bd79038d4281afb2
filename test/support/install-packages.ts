/** Installs packages of the system, and says why it could not. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long, in ms, another installation is waited for in all, and how often it is looked. */
const PATIENCE = 2 * 60_000;
const LOOK_EVERY = 3_000;

/** Lines of output that are kept to explain a failure. */
const KEPT = 5;

export interface Waiting {
  /** How long, in ms, another installation is waited for. */
  readonly patience?: number;
  /** How often, in ms, it is tried again. */
  readonly every?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether who runs this may install as they are; else sudo is asked, if it asks for no password. */
  readonly isRoot?: boolean;
}

/** How a command ended, and all it said. */
export interface Outcome {
  /** Null when there is no such command. */
  readonly code: number | null;
  readonly output: string;
}

const LOCKED = /could not get lock|is another process using it|unable to acquire the dpkg|unable to lock/i;

const NO_RIGHTS = /permission denied|are you root|superuser privilege/i;

/** What apt-get says, and what it means for a person; the first that fits. */
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
  // Settings for the command, which sudo would not pass on.
  const aptGet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get'];
  const [command, ...before] = isRoot ? aptGet : ['sudo', '-n', ...aptGet];
  const until = performance.now() + patience;
  const runApt = (args: readonly string[]) =>
    untilUnlocked(until, every, () => runLoudly(command!, [...before, ...args], env));
  const update = await runApt(['update']);
  // A list that could not be had is only a warning of apt-get's; whether it matters the installation shows.
  const install = await runApt(['install', '-y', '--no-install-recommends', ...names]);
  if (install.code === 0) return;
  throw new Error(`apt-get could not install ${names.join(', ')}: ${reasonOf(update, install)}`);
}

/** Runs apt-get again and again while another installation has its lock, up to a moment. */
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

/** Who may not lock it need not wait for anybody. */
function isLocked(output: string): boolean {
  return LOCKED.test(output) && !NO_RIGHTS.test(output);
}

/** Whether there is a command of that name. */
function isOnPath(command: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** In words where they are known, and in any case the last lines that were said. */
function reasonOf(update: Outcome, install: Outcome): string {
  const output = install.output.includes('Unable to locate')
    ? `${update.output}${install.output}`
    : install.output;
  const known = REASONS.find(([pattern]) => pattern.test(output));
  return `${known ? known[1] : `it ended with ${install.code}`}\n${lastLines(output)}`;
}

/** The last lines that a command said, indented. */
export function lastLines(output: string): string {
  const lines = output.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines
    .slice(-KEPT)
    .map((line) => `  ${line}`)
    .join('\n');
}

/** Runs a command, shows what it says, and keeps it. */
export function runLoudly(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return run(command, args, env, true);
}

/** Runs a command, and keeps what it says. */
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
