/** Finds a container engine that works here, and drives it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, isThere, run, until, type Ended } from './command.ts';

/** Folder in which a next run finds what took long to make: base image, root of the machine. */
export const CACHE = join(tmpdir(), `chaton-container-${userInfo().uid}`);

/** Descriptors that Docker and Podman give a container unless told otherwise; a machine may not be allowed as many. */
const USUAL_DESCRIPTORS = 1_048_576;

export class Engine {
  readonly name: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #containers = new Set<string>();

  constructor(name: string, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.#env = env;
  }

  get isPodman(): boolean {
    return this.name === 'podman';
  }

  /** Runs the engine, whatever its exit code is. */
  attempt(args: readonly string[]): Promise<Ended> {
    return attempt(this.name, args, { env: this.#env });
  }

  /** Runs the engine, which has to succeed. */
  run(args: readonly string[]): Promise<string> {
    return run(this.name, args, { env: this.#env });
  }

  /** Starts a container in the background; its name. */
  async start(args: readonly string[]): Promise<Container> {
    const name = `chaton-test-${process.pid}-${this.#containers.size}`;
    this.#containers.add(name);
    await this.run(['run', '--detach', '--name', name, ...args]);
    return new Container(this, name);
  }

  /** Removes every container that was started here. */
  async clean(): Promise<void> {
    for (const name of this.#containers) await this.attempt(['rm', '--force', name]);
  }
}

/** Verdict of the engine after a health check. */
export interface Health {
  readonly code: number;
  readonly said: string;
  /** `starting`, `healthy`, or `unhealthy`, which it is after `--health-retries` failures in a row. */
  readonly status: string;
}

interface HealthCheck {
  readonly Start: string;
  readonly ExitCode: number;
  readonly Output: string;
}

const HEALTH_STATUS = '.State.Health.Status';

/** A container that runs in the background. */
export class Container {
  readonly #engine: Engine;
  readonly name: string;

  constructor(engine: Engine, name: string) {
    this.#engine = engine;
    this.name = name;
  }

  async log(): Promise<string> {
    const { stdout, stderr } = await this.#engine.attempt(['logs', this.name]);
    return stdout + stderr;
  }

  /** Resolves with the log as soon as it has this text. */
  says(text: string): Promise<string> {
    return until(`${this.name} logs “${text}”`, async () => {
      const log = await this.log();
      if (log.includes(text)) return log;
      if (!(await this.isRunning())) throw new Error(`it has ended before it said “${text}”: ${log}`);
      return undefined;
    });
  }

  ready(): Promise<string> {
    return this.says('"msg":"ready: ');
  }

  /** Port of this machine that leads to one of the container's. */
  async port(inside: number): Promise<number> {
    const text = await this.#engine.run(['port', this.name, String(inside)]);
    return Number(/:(\d+)$/m.exec(text)![1]);
  }

  exec(...command: string[]): Promise<Ended> {
    return this.#engine.attempt(['exec', this.name, ...command]);
  }

  /** Field of what the engine knows, as Go's templates have it. */
  async inspect(field: string): Promise<string> {
    return this.#engine.run(['inspect', '--format', `{{${field}}}`, this.name]);
  }

  async isRunning(): Promise<boolean> {
    return (await this.inspect('.State.Running')) === 'true';
  }

  /**
   * Has the image's own health check run once, and gives what the engine makes of it: the status goes by several in a row.
   * Docker runs them by itself, as often as `--health-interval` says; Podman by timers of systemd, or when it is told to.
   */
  async health(): Promise<Health> {
    const before = this.#engine.isPodman ? [] : await this.#checks();
    const last = before.at(-1)?.Start;
    if (this.#engine.isPodman) await this.#engine.attempt(['healthcheck', 'run', this.name]);
    const log = await until('a health check', async () => {
      const checks = await this.#checks();
      return checks.at(-1)?.Start !== last && checks;
    });
    const { ExitCode: code, Output: said } = log.at(-1)!;
    return { code, said: said.trim(), status: await this.inspect(HEALTH_STATUS) };
  }

  async #checks(): Promise<readonly HealthCheck[]> {
    const log = await this.inspect('json .State.Health.Log').catch(() => 'null');
    return (JSON.parse(log) as readonly HealthCheck[] | null) ?? [];
  }

  signal(signal: string): Promise<string> {
    return this.#engine.run(['kill', '--signal', signal, this.name]);
  }

  /** Stops it as the engine does, and gives its exit code: 137 if it had to be killed after so many seconds. */
  async stop(seconds = 10): Promise<number> {
    await this.#engine.run(['stop', '--time', String(seconds), this.name]);
    return this.ended();
  }

  /** Resolves with the exit code. */
  async ended(): Promise<number> {
    return Number(await this.#engine.run(['wait', this.name]));
  }

  remove(): Promise<Ended> {
    return this.#engine.attempt(['rm', '--force', this.name]);
  }
}

/** An engine that works, or the sentence that says why there is none. */
export async function findEngine(): Promise<Engine | string> {
  const asked = process.env['CHATON_ENGINE'];
  const problems: string[] = [];
  for (const name of asked ? [asked] : ['podman', 'docker']) {
    if (!(await isThere(name))) {
      problems.push(`${name} is not installed`);
      continue;
    }
    const env = name === 'podman' ? await podmanEnvironment() : {};
    const { code, stderr } = await attempt(name, ['info'], { env, timeout: 30_000 });
    if (code === 0) return new Engine(name, env);
    problems.push(`${name} does not work: ${stderr.trim().split('\n').at(-1)}`);
  }
  const builder = (await isThere('buildah'))
    ? '; buildah is there, but only builds, and does not run what it built'
    : '';
  return `no container engine: ${problems.join(', ')}${builder}`;
}

/**
 * Podman's own files where this machine does not allow a container what Podman asks for: the runtime then gets limits that
 * can be had, and images have a place of their own.
 */
async function podmanEnvironment(): Promise<NodeJS.ProcessEnv> {
  if (process.env['CONTAINERS_CONF'] !== undefined) return {};
  const allowed = Number(
    await run('sh', ['-c', 'ulimit -Hn']).then((text) => text.replace('unlimited', 'Infinity')),
  );
  if (userInfo().uid !== 0 || allowed >= USUAL_DESCRIPTORS || !(await isThere('runc'))) return {};
  mkdirSync(CACHE, { recursive: true });
  const wrapper = join(CACHE, 'runc');
  const limits = fileURLToPath(new URL('runc-limits.cjs', import.meta.url));
  writeFileSync(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${limits}' ${allowed} "$@"\n`);
  chmodSync(wrapper, 0o755);
  const [containers, storage] = [join(CACHE, 'containers.conf'), join(CACHE, 'storage.conf')];
  writeFileSync(
    containers,
    `[engine]\nruntime="runc"\n[engine.runtimes]\nrunc=["${wrapper}"]\n[network]\nnetwork_backend="netavark"\n`,
  );
  writeFileSync(
    storage,
    `[storage]\ndriver="overlay"\ngraphroot="${CACHE}/images"\nrunroot="${CACHE}/run"\n`,
  );
  return { CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}
