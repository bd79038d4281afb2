/**
 * Pages that come at once, as after a restart of the server, and leave at once. They come three times: to a server that has
 * served nobody, when much of the work is what V8 does with code that runs for the first time; again, for what a page costs;
 * and while somebody talks, for what that has to wait. The first two are silent, or the figures would be more of what the
 * room hears, the longer the larger it is, than of pages that come.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures, Job, StormTask } from '../jobs.ts';
import { cpuSeconds } from '../proc.ts';
import { Bystander } from './bystander.ts';
import { gather } from './crowd.ts';

/** Seconds after all have left until what follows from it is done. */
const SETTLE = 3;
/** Pages for which there is another second after the last one is in: until each knows of all, the later the more there are. */
const KNOW_EACH_OTHER = 800;

export async function storm(job: Job<StormTask>): Promise<Figures> {
  const cold = await comeAndGo(job, null);
  const warm = await comeAndGo(job, null);
  const bystander = await Bystander.enter({ ...job, index: job.task.clients });
  const heard = await comeAndGo(job, bystander);
  bystander.leave();
  return {
    ...heard,
    coldCpuMicrosecondsPerPage: cold['cpuMicrosecondsPerPage']!,
    cpuMicrosecondsPerPage: warm['cpuMicrosecondsPerPage']!,
    heardCpuMicrosecondsPerPage: heard['cpuMicrosecondsPerPage']!,
    cpuMicrosecondsPerLeave: warm['cpuMicrosecondsPerLeave']!,
    lost: cold['lost']! + warm['lost']! + heard['lost']!,
  };
}

/** One storm. @param bystander who talks meanwhile; null for nobody */
async function comeAndGo(
  { task: { clients }, ...job }: Job<StormTask>,
  bystander: Bystander | null,
): Promise<Record<string, number>> {
  const { pid } = job.target;
  const cpuBefore = cpuSeconds(pid);
  const start = performance.now();
  const wires = await gather(job, clients, () => 'ws');
  const seconds = (performance.now() - start) / 1000;
  const listTime = (await bystander?.listTime()) ?? 0;
  await sleep((SETTLE + clients / KNOW_EACH_OTHER) * 1000);
  const cpuIn = cpuSeconds(pid);
  const slowest = (await bystander?.slowest()) ?? 0;
  const bytes = wires.reduce((sum, { socket }) => sum + socket.bytesRead, 0);
  const lost = wires.filter((wire) => wire.hasEnded).length;
  for (const { socket } of wires) socket.destroy();
  await sleep(SETTLE * 1000);
  const cpuOut = cpuSeconds(pid);
  return {
    cpuMicrosecondsPerPage: ((cpuIn - cpuBefore) * 1e6) / clients,
    secondsUntilIn: seconds,
    megabytesOut: bytes / 1e6,
    listMilliseconds: listTime,
    cpuMicrosecondsPerLeave: ((cpuOut - cpuIn) * 1e6) / clients,
    slowestMilliseconds: slowest,
    slowestAtLeaveMilliseconds: (await bystander?.slowest()) ?? 0,
    lost,
  };
}
