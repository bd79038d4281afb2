/** Several gateways as one room: real processes on a real engine, each on free ports of this machine. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGateway, withDefaults, type RunningGateway } from '../../support/relay-process.ts';
import { Engine, type EngineOptions } from './engine.ts';

export interface ClusterOptions extends EngineOptions {
  /** Gateways to begin with. */
  readonly nodes?: number;
  /** Flags of all gateways. */
  readonly flags?: readonly string[];
}

/** An engine and the gateways on it. Whoever starts it has to call `stop`, whatever happens. */
export class Cluster {
  readonly engine: Engine;
  readonly nodes: RunningGateway[] = [];
  readonly secretFile: string;
  readonly #folder: string;
  readonly #flags: readonly string[];
  #count = 0;

  private constructor(engine: Engine, flags: readonly string[]) {
    this.engine = engine;
    this.#flags = flags;
    this.#folder = mkdtempSync(join(tmpdir(), 'chaton-cluster-'));
    this.secretFile = join(this.#folder, 'secret');
    writeFileSync(this.secretFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  }

  static async start({ nodes = 2, flags = [], ...options }: ClusterOptions = {}): Promise<Cluster> {
    const engine = await Engine.start(options);
    const cluster = new Cluster(engine, flags);
    try {
      // The first founds the room, and the others find it there; together they may as well.
      const adding = Array.from({ length: nodes }, () => cluster.add());
      // One that fails must not leave another behind that is still being started.
      await Promise.allSettled(adding);
      // In the order of their names, and not of their starts: under load the second may be the first to be ready.
      cluster.nodes.splice(0, nodes, ...(await Promise.all(adding)));
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Starts one more gateway; resolves when clients may come. */
  async add(flags: readonly string[] = [], servers = this.engine.addresses): Promise<RunningGateway> {
    const node = await runGateway(this.flagsOfNext(flags, servers));
    this.nodes.push(node);
    running.add(node);
    void node.exit.then(() => running.delete(node));
    return node;
  }

  /** Flags of one more gateway, for whoever starts it. */
  flagsOfNext(flags: readonly string[] = [], servers = this.engine.addresses): string[] {
    const own = [
      `--cluster=${servers.join(',')}`,
      `--cluster-node=g${++this.#count}`,
      `--cluster-secret-file=${this.secretFile}`,
      `--cluster-replicas=${Math.min(3, this.engine.servers.length)}`,
      '--mesh-port=0',
    ];
    return withDefaults(own, [...this.#flags, ...flags]);
  }

  /** Kills what runs; nothing is asked to end in good order. */
  async stop(): Promise<void> {
    for (const node of this.nodes) {
      node.kill('SIGCONT');
      node.kill('SIGKILL');
    }
    await Promise.all(this.nodes.map(({ exit }) => exit));
    await this.engine.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const running = new Set<RunningGateway>();
process.on('exit', () => {
  for (const node of running) node.kill('SIGKILL');
});
