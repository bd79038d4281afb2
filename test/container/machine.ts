/** A machine of its own with a booted systemd, by systemd-nspawn: the project is mounted into it at /opt/chaton. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { TOP } from './build.ts';
import { attempt, isThere, run, until, type Ended } from './command.ts';
import { CACHE } from './engine.ts';

/** Programs that it takes, and Debian's packages that have them. */
const NEEDED = { 'systemd-nspawn': 'systemd-container', mmdebstrap: 'mmdebstrap', nsenter: 'util-linux' };
const PACKAGES = 'systemd,systemd-sysv,dbus,iproute2,procps,openssl,passwd';
/** Time, in ms, for the machine to boot. */
const BOOT_TIME = 60_000;

/** Boots the machine; a sentence when that cannot be done here. */
export async function bootMachine(): Promise<Machine | string> {
  if (process.platform !== 'linux') return 'systemd needs Linux';
  if (userInfo().uid !== 0) return 'a systemd can be booted by root only (systemd-nspawn)';
  for (const [program, name] of Object.entries(NEEDED))
    if (!(await isThere(program))) return `${program} is not installed (Debian’s package ${name})`;
  try {
    const root = await makeRoot();
    return await Machine.boot(root);
  } catch (error) {
    return `systemd did not boot: ${(error as Error).message}`;
  }
}

/** Makes the root of the machine, unless an earlier run did. */
async function makeRoot(): Promise<string> {
  const root = join(CACHE, 'machine');
  if (existsSync(root)) return root;
  console.log('the root of a machine is made of packages of the distribution');
  mkdirSync(CACHE, { recursive: true });
  const [, suite = 'bookworm'] =
    /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const unfinished = `${root}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await run('mmdebstrap', ['--quiet', '--variant=minbase', `--include=${PACKAGES}`, suite, unfinished]);
  renameSync(unfinished, root);
  return root;
}

export class Machine {
  readonly #nspawn: ChildProcess;
  /** Process 1 of the machine, as this one numbers it. */
  #leader = '';

  private constructor(nspawn: ChildProcess) {
    this.#nspawn = nspawn;
  }

  /** Boots it with a network of its own, in which there is nothing else: its ports are the usual ones. */
  static async boot(root: string): Promise<Machine> {
    mkdirSync(join(root, 'opt/chaton'), { recursive: true });
    const args = [
      ...['--quiet', '--register=no', '--keep-unit', '--private-network', '--console=pipe', '--boot'],
      ...['--volatile=overlay', `--bind-ro=${TOP.replace(/\/$/, '')}:/opt/chaton`, '-D', root],
    ];
    const nspawn = spawn('systemd-nspawn', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const output of [nspawn.stdout, nspawn.stderr]) output.on('data', (text) => (said += String(text)));
    const machine = new Machine(nspawn);
    try {
      await until('process 1', async () => {
        if (nspawn.exitCode !== null) throw new Error(said);
        const { stdout } = await attempt('pgrep', ['-P', String(nspawn.pid)]);
        machine.#leader = stdout.trim().split('\n')[0] ?? '';
        return machine.#leader !== '';
      });
      const isBooted = async () => (await machine.attempt('systemctl is-system-running')).stdout.trim();
      await until('booted', async () => ['running', 'degraded'].includes(await isBooted()), BOOT_TIME);
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  /** Runs a command of the shell in it, whatever its exit code is. */
  attempt(command: string, timeout = 120_000): Promise<Ended> {
    const spaces = ['--mount', '--uts', '--ipc', '--net', '--pid'];
    return attempt('nsenter', ['--target', this.#leader, ...spaces, 'sh', '-c', command], { timeout });
  }

  /** Runs a command that has to succeed; what it writes. */
  async run(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(command);
    if (code !== 0) throw new Error(`${command}: exit code ${code}\n${stderr}${stdout}`);
    return stdout.trim();
  }

  /** Writes a file in it. */
  async write(path: string, text: string): Promise<void> {
    await this.run(`mkdir -p ${dirname(path)}`);
    const quoted = text.replaceAll("'", `'\\''`);
    await this.run(`printf '%s' '${quoted}' > ${path}`);
  }

  async stop(): Promise<void> {
    if (this.#nspawn.exitCode !== null) return;
    const ended = once(this.#nspawn, 'exit');
    if (this.#leader !== '') await this.attempt('systemctl poweroff --no-block');
    const timer = setTimeout(() => this.#nspawn.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  }
}
