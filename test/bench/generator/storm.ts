/** Pages that come at once, as after a restart of the server, and leave at once; somebody talks meanwhile. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures, Job, StormTask } from '../jobs.ts';
import { cpuSeconds } from '../proc.ts';
import { Bystander } from './bystander.ts';
import { gather } from './crowd.ts';

/** Seconds after the last one is in, and after all have left, until all that follows from it is done. */
const SETTLE = 3;

export async function storm({ task, ...job }: Job<StormTask>): Promise<Figures> {
  const { pid } = job.target;
  const bystander = await Bystander.enter({ ...job, index: task.clients });
  const cpuBefore = cpuSeconds(pid);
  const start = performance.now();
  const wires = await gather(job, task.clients, () => 'ws');
  const seconds = (performance.now() - start) / 1000;
  const listTime = await bystander.listTime();
  await sleep(SETTLE * 1000);
  const cpuIn = cpuSeconds(pid);
  const slowest = await bystander.slowest();
  const bytes = wires.reduce((sum, { socket }) => sum + socket.bytesRead, 0);
  const lost = wires.filter((wire) => wire.hasEnded).length;
  for (const { socket } of wires) socket.destroy();
  await sleep(SETTLE * 1000);
  const cpuOut = cpuSeconds(pid);
  const slowestAtLeave = await bystander.slowest();
  bystander.leave();
  return {
    cpuMicrosecondsPerPage: ((cpuIn - cpuBefore) * 1e6) / task.clients,
    secondsUntilIn: seconds,
    megabytesOut: bytes / 1e6,
    listMilliseconds: listTime,
    cpuMicrosecondsPerLeave: ((cpuOut - cpuIn) * 1e6) / task.clients,
    slowestMilliseconds: slowest,
    slowestAtLeaveMilliseconds: slowestAtLeave,
    lost,
  };
}
