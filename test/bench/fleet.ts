/** Running servers of the bench, and the jobs that the generator does on them. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figures, Job, Ports, Target } from './jobs.ts';
import { findProgram, type Pinning } from './machine.ts';
import type { Child, Nursery } from './nursery.ts';
import { PROGRAMS, type Program, type ProgramName } from './programs.ts';

/** Longest time, in ms, until a server answers. */
const START_DEADLINE = 60_000;
const HOST = '127.0.0.1';
const GENERATOR = fileURLToPath(new URL('generator/main.ts', import.meta.url));

export interface Server extends Target {
  readonly child: Child;
  readonly isSpread: boolean;
}

export class Fleet {
  readonly #nursery: Nursery;
  readonly #pinning: Pinning | null;
  readonly #before: string | null;
  readonly #shared = new Map<ProgramName, Promise<Server>>();
  #runs = 0;

  /** @param before Checkout that `--before` names. */
  constructor(nursery: Nursery, pinning: Pinning | null, before: string | null) {
    this.#nursery = nursery;
    this.#pinning = pinning;
    this.#before = before;
  }

  /** Gives the one server of this program that serves all measurements; the first call starts it. */
  get(name: ProgramName): Promise<Server> {
    const server = this.#shared.get(name) ?? this.start(name);
    this.#shared.set(name, server);
    return server;
  }

  /** Starts a fresh server. */
  async start(name: ProgramName): Promise<Server> {
    const program: Program = PROGRAMS[name];
    const [tcp, ws, sink] = await freePorts(3);
    const ports: Ports = { tcp: tcp!, ws: ws!, sink: sink! };
    const file = join(this.#nursery.folder, `${name}-${ports.tcp}.conf`);
    if (program.settings) writeFileSync(file, program.settings(ports), { mode: 0o644 });
    const executable = program.executable === null ? process.execPath : findProgram(program.executable)!;
    const isSpread = program.isSpread ?? false;
    const child = this.#nursery.start(executable, program.args(ports, file, this.#before), {
      core: isSpread ? null : (this.#pinning?.server ?? null),
      env: { TMPDIR: this.#nursery.folder },
    });
    await answering(child, program, ports);
    return { child, pid: child.pid, ports, dialect: program.dialect, isSpread };
  }

  stop({ child }: Server): Promise<void> {
    return this.#nursery.stop(child);
  }

  /** Runs the generator for one job. */
  async measure(
    { pid, ports, dialect, isSpread }: Server,
    job: Pick<Job, 'task' | 'seconds'>,
  ): Promise<Figures> {
    const order: Job = { ...job, target: { pid, ports, dialect }, run: this.#runs++ };
    const child = this.#nursery.start(process.execPath, [GENERATOR, JSON.stringify(order)], {
      core: isSpread ? null : (this.#pinning?.generator ?? null),
      listen: true,
      // The compile cache saves Node from parsing the TypeScript anew for each of some hundred starts.
      env: { NODE_COMPILE_CACHE: join(this.#nursery.folder, 'compiled') },
    });
    const answer = await text(child.process.stdout!);
    const code = await child.exit;
    if (code !== 0) throw new Error(firstLine(child.complaints) || `the generator ended with ${code}`);
    return JSON.parse(answer) as Figures;
  }
}

/** Finds ports that were free a moment ago: not every server can be asked which free port it took. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves when all ports of a server take connections; rejects when the server ends instead. */
async function answering(child: Child, program: Program, ports: Ports): Promise<void> {
  const deadline = Date.now() + START_DEADLINE;
  for (const transport of program.listensOn)
    while (!(await takesConnections(ports[transport]))) {
      if (!child.isRunning) throw new Error(`it ended: ${firstLine(child.complaints)}`);
      if (Date.now() > deadline) throw new Error('it does not answer');
      await sleep(10);
    }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const answer = (yes: boolean) => () => {
      socket.destroy();
      resolve(yes);
    };
    socket.on('connect', answer(true)).on('error', answer(false));
  });
}

function firstLine(complaints: string): string {
  return complaints.trim().split('\n', 1)[0]!;
}
