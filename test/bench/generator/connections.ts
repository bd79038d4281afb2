/** Measures connections themselves: how fast they are made, and what memory and processor time they take once idle. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectTask, Figures, IdleTask, Job } from '../jobs.ts';
import { cpuSeconds, residentKilobytes } from '../proc.ts';
import { gather } from './crowd.ts';
import { beginSpan } from './span.ts';

/** Number of connections before those that are counted: the engine of a server that has just started is still compiling. */
const WARM_UP = 2_000;
/** Idle time, in seconds, before memory is read. */
const SETTLE = 2;
/** Seconds of silence in which processor time is read: half a heartbeat of the gateway's, which spreads its pings. */
const SILENCE = 10;

export async function connections({ task, ...job }: Job<ConnectTask>): Promise<Figures> {
  const { pid } = job.target;
  const open = (clients: number, first: number) => gather(job, clients, () => task.transport, first);
  await open(WARM_UP, task.clients);
  const cpuBefore = cpuSeconds(pid);
  const start = performance.now();
  await open(task.clients, 0);
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
  const target = { ...job.target, ...(task.dialect && { dialect: task.dialect }) };
  const wires = await gather({ ...job, target }, task.clients, () => task.transport);
  await sleep(SETTLE * 1000);
  const after = residentKilobytes(pid);
  const endSpan = beginSpan(pid);
  await sleep(SILENCE * 1000);
  return {
    kilobytesPerConnection: (after - before) / task.clients,
    residentMegabytes: after / 1024,
    serverLoad: endSpan().loads.serverLoad,
    connections: task.clients,
    lost: wires.filter((wire) => wire.hasEnded).length,
  };
}
