/** Pages that come at once, as after a restart of the server, and leave at once; somebody talks meanwhile. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures, Job, StormTask } from '../jobs.ts';
import { cpuSeconds } from '../proc.ts';
import { connectTo, gather } from './crowd.ts';
import { DIALECTS, nameOf } from './dialects.ts';

/** Seconds after the last one is in, and after all have left, until all that follows from it is done. */
const SETTLE = 3;
/** Interval of the bystander's messages, in ms: few, since each goes to everyone. */
const SAYS_EVERY = 200;

export async function storm({ task, ...job }: Job<StormTask>): Promise<Figures> {
  const { pid } = job.target;
  const bystander = await Bystander.enter(job, task.clients);
  const cpuBefore = cpuSeconds(pid);
  const start = performance.now();
  const wires = await gather(job, task.clients, () => 'ws');
  const seconds = (performance.now() - start) / 1000;
  await sleep(SETTLE * 1000);
  const cpuIn = cpuSeconds(pid);
  const bytes = wires.reduce((sum, { socket }) => sum + socket.bytesRead, 0);
  const lost = wires.filter((wire) => wire.hasEnded).length;
  for (const { socket } of wires) socket.destroy();
  await sleep(SETTLE * 1000);
  const cpuOut = cpuSeconds(pid);
  const slowest = bystander.leave();
  return {
    cpuMicrosecondsPerPage: ((cpuIn - cpuBefore) * 1e6) / task.clients,
    secondsUntilIn: seconds,
    megabytesOut: bytes / 1e6,
    cpuMicrosecondsPerLeave: ((cpuOut - cpuIn) * 1e6) / task.clients,
    slowestMilliseconds: slowest,
    lost,
  };
}

/** Somebody who talks, and hears itself, by TCP. */
class Bystander {
  #slowest = 0;
  #saidAt: number | null = null;
  readonly #stop: () => void;

  private constructor(stop: () => void) {
    this.#stop = stop;
  }

  static async enter({ target, run }: Pick<Job, 'target' | 'run'>, index: number): Promise<Bystander> {
    const dialect = DIALECTS[target.dialect];
    const wire = await connectTo(target, 'tcp');
    await dialect.join(wire, nameOf(run, index));
    const { before, after } = dialect.post(nameOf(run, index));
    const said = Buffer.concat([before, Buffer.alloc(64, 'x'), after]);
    const timer = setInterval(() => {
      if (bystander.#saidAt !== null) return;
      bystander.#saidAt = performance.now();
      wire.write(said);
    }, SAYS_EVERY);
    const bystander = new Bystander(() => {
      clearInterval(timer);
      wire.socket.destroy();
    });
    wire.divert(() => bystander.#hear());
    return bystander;
  }

  /** Leaves; returns how long, in ms, the slowest of its messages took, one that did not come back included. */
  leave(): number {
    this.#hear();
    this.#stop();
    return this.#slowest;
  }

  #hear(): void {
    if (this.#saidAt === null) return;
    this.#slowest = Math.max(this.#slowest, performance.now() - this.#saidAt);
    this.#saidAt = null;
  }
}
