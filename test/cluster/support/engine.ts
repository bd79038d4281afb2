/** An engine of three real NATS servers on free ports of this machine, in directories of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, NATS_SERVER } from '../../support/programs.ts';

/** Deadline, in ms, of a start: a leader has to be elected. */
const START_TIME = 30_000;

/** A program of util-linux, by which the kernel ends another one together with who started it, even by a SIGKILL. */
const SETPRIV = '/usr/bin/setpriv';
const WITH_PARENT = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL'] : [];

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface EngineOptions {
  readonly size?: number;
  /** Lines for the files of settings, such as users. */
  readonly settings?: string;
}

/** One server of the engine; it can be stopped and started again, with what it has stored. */
export class EngineServer {
  readonly name: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly #file: string;
  #process: ChildProcess | null = null;

  constructor(name: string, ports: readonly [number, number], file: string) {
    this.name = name;
    [this.port, this.monitorPort] = ports;
    this.#file = file;
  }

  start(): void {
    const server = findProgram(NATS_SERVER) ?? 'nats-server';
    const [program, ...args] = [...WITH_PARENT, server, '-c', this.#file];
    const child = spawn(program, args, { stdio: 'ignore' });
    this.#process = child;
    child.on('error', () => {});
    // The engine must not outlive a test that is interrupted.
    running.add(child);
    child.on('exit', () => running.delete(child));
  }

  /** Sends a signal; resolves when the process is gone, for one that ends it. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const isGone = once(child, 'exit');
    child.kill(signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT' || signal === 'SIGHUP') return;
    await isGone;
  }

  /** Reads a page of its monitoring; null when it does not answer. */
  async monitor(page: string): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${this.monitorPort}/${page}`).catch(() => null);
    return answer?.ok === true ? answer.json() : null;
  }
}

interface JetStreamPage {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

export class Engine {
  readonly servers: readonly EngineServer[];
  readonly #folder: string;

  private constructor(servers: readonly EngineServer[], folder: string) {
    this.servers = servers;
    this.#folder = folder;
  }

  /** Starts the servers, and resolves when they have a leader. Whoever starts it has to call `stop`. */
  static async start({ size = 3, settings = '' }: EngineOptions = {}): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'chaton-engine-'));
    const ports = await freePorts(3 * size);
    const routes = Array.from({ length: size }, (_, index) => `nats://127.0.0.1:${ports[3 * index + 1]}`);
    const servers = Array.from({ length: size }, (_, index) => {
      const [client, route, monitor] = ports.slice(3 * index, 3 * index + 3) as [number, number, number];
      const name = `n${index + 1}`;
      const file = join(folder, `${name}.conf`);
      const cluster = `cluster { name: chaton, listen: "127.0.0.1:${route}", routes: ${JSON.stringify(routes)} }`;
      writeFileSync(
        file,
        `server_name: ${name}\nlisten: "127.0.0.1:${client}"\nhttp: "127.0.0.1:${monitor}"\n` +
          `jetstream { store_dir: ${JSON.stringify(join(folder, name))}, max_mem: 512MB, max_file: 1TB }\n` +
          `lame_duck_duration: 30s\nlame_duck_grace_period: 1s\n${size > 1 ? cluster : ''}\n${settings}\n`,
      );
      return new EngineServer(name, [client, monitor], file);
    });
    const engine = new Engine(servers, folder);
    for (const server of servers) server.start();
    await engine.ready().catch(async (error: unknown) => {
      await engine.stop();
      throw error;
    });
    return engine;
  }

  /** Addresses for the clients. */
  get addresses(): string[] {
    return this.servers.map(({ port }) => `nats://127.0.0.1:${port}`);
  }

  /** Resolves when JetStream has a leader. */
  async ready(): Promise<void> {
    const deadline = performance.now() + START_TIME;
    for (;;) {
      const pages = await Promise.all(this.servers.map((server) => server.monitor('jsz')));
      const leaders = pages.map(
        (page) => (page as { meta_cluster?: { leader?: string } } | null)?.meta_cluster,
      );
      const hasLeader = leaders.some((meta) => (meta?.leader ?? '') !== '');
      if (pages.every((page) => page !== null) && (hasLeader || this.servers.length === 1)) return;
      if (performance.now() > deadline) throw new Error('the engine has no leader');
      await pause();
    }
  }

  /** Server that leads the stream. */
  async leader(stream: string): Promise<EngineServer> {
    for (;;) {
      for (const server of this.servers) {
        const page = (await server.monitor('jsz?streams=1&accounts=1')) as JetStreamPage | null;
        const streams = (page?.account_details ?? []).flatMap((account) => account.stream_detail ?? []);
        const name = streams.find((one) => one.name === stream)?.cluster?.leader;
        const found = this.servers.find((one) => one.name === name);
        if (found) return found;
      }
      await pause();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.servers.map(async (server) => {
        await server.kill('SIGCONT');
        await server.kill('SIGKILL');
      }),
    );
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Waits a moment between two questions to a process that cannot be waited for. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** Ports that nobody has at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
