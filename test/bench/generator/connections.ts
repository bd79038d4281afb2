/** Measures connections themselves: how fast they are made, and what memory they take once they are idle. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectTask, Figures, IdleTask, Job } from '../jobs.ts';
import { cpuSeconds, residentKilobytes } from '../proc.ts';
import { gather } from './crowd.ts';

/** Idle time, in seconds, before memory is read. */
const SETTLE = 2;

export async function connections({ task, ...job }: Job<ConnectTask>): Promise<Figures> {
  const { pid } = job.target;
  const cpuBefore = cpuSeconds(pid);
  const start = performance.now();
  await gather(job, task.clients, () => task.transport);
  const elapsed = (performance.now() - start) / 1000;
  const cpu = cpuSeconds(pid) - cpuBefore;
  return {
    connectionsPerSecond: task.clients / elapsed,
    cpuMicrosecondsPerConnection: (cpu * 1e6) / task.clients,
    serverLoad: cpu / elapsed,
  };
}

export async function idle({ task, ...job }: Job<IdleTask>): Promise<Figures> {
  const { pid } = job.target;
  const before = residentKilobytes(pid);
  const wires = await gather(job, task.clients, () => task.transport);
  await sleep(SETTLE * 1000);
  const after = residentKilobytes(pid);
  return {
    kilobytesPerConnection: (after - before) / task.clients,
    residentMegabytes: after / 1024,
    connections: task.clients,
    lost: wires.filter((wire) => wire.hasEnded).length,
  };
}
