/** Measures the fan-out: a few of the clients in a room post, and all of them receive it. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FanoutTask, Figures, Job, Transport } from '../jobs.ts';
import { gather } from './crowd.ts';
import { DIALECTS, nameOf } from './dialects.ts';
import { beginSpan } from './span.ts';
import { Traffic } from './traffic.ts';
import type { Wire } from './wire.ts';

const SENDERS = 10;
/** Number of messages on their way at any time, all senders together, when there is no fixed rate. */
const OUTSTANDING = 8;
/** Number of listeners that are timed. */
const SAMPLED = 10;
/** Warm-up before the measurement, in seconds. */
const WARM_UP = 0.2;
/** Longest time, in ms, for deliveries that are still on their way at the end. */
const LAST_DELIVERIES = 5_000;

export async function fanout(job: Job<FanoutTask>): Promise<Figures> {
  const { task, target, seconds } = job;
  const traffic = await fillRoom(job);
  const stopPosting = startPosting(traffic, task.rate);
  await sleep(WARM_UP * 1000);

  const latencies: number[] = [];
  traffic.latencies = latencies;
  const bytesBefore = traffic.bytes;
  const end = beginSpan(target.pid);
  await sleep(seconds * 1000);
  const { elapsed, cpu, loads } = end();
  const deliveries = (traffic.bytes - bytesBefore) / traffic.frameBytes;
  traffic.latencies = null;

  stopPosting();
  const deadline = performance.now() + LAST_DELIVERIES;
  while (traffic.missing > 0 && performance.now() < deadline) await sleep(5);

  latencies.sort((a, b) => a - b);
  return {
    cpuMicrosecondsPerDelivery: (cpu * 1e6) / deliveries,
    deliveriesPerSecond: deliveries / elapsed,
    p50Milliseconds: quantile(latencies, 0.5),
    p99Milliseconds: quantile(latencies, 0.99),
    ...loads,
    deliveries,
    lost: traffic.missing,
  };
}

async function fillRoom(job: Job<FanoutTask>): Promise<Traffic> {
  const { task, target, run } = job;
  const dialect = DIALECTS[target.dialect];
  const transportOf = (index: number): Transport =>
    task.transport === 'mixed' ? (index % 2 === 0 ? 'tcp' : 'ws') : task.transport;
  const listeners = await gather(job, task.clients, transportOf);
  const sendersCount = Math.min(SENDERS, task.clients);
  const apart = dialect.sendersApart
    ? await gather({ ...job, target: { ...target, dialect: 'none' } }, sendersCount, transportOf)
    : listeners;
  const senders = apart.slice(0, sendersCount).map((wire, index) => ({ wire, name: nameOf(run, index) }));
  const others = listeners.length > sendersCount ? listeners.slice(sendersCount) : listeners;
  return new Traffic(dialect, listeners, senders, spread(others));
}

/**
 * Samples listeners from the whole list, since some servers deliver to the first connection first and others to the last;
 * the odd step takes both transports.
 */
function spread(listeners: readonly Wire[]): Wire[] {
  const step = Math.trunc(listeners.length / SAMPLED) | 1;
  return listeners.filter((_, index) => index % step === 0);
}

/** Starts posting, at a rate or with so many messages on their way; the returned function stops it. */
export function startPosting(traffic: Traffic, rate: number | null, outstanding = OUTSTANDING): () => void {
  if (rate === null) {
    traffic.keepOutstanding(outstanding);
    return () => traffic.stop();
  }
  const start = performance.now();
  const timer = setInterval(() => {
    while (traffic.sent < ((performance.now() - start) / 1000) * rate) traffic.post();
  }, 1);
  return () => clearInterval(timer);
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
