/** Measures a chat beside relays at full speed; the chat has a thread of its own, since the other is busy with the relays. */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { BesideTask, FanoutTask, Figures, Job } from '../jobs.ts';
import { fanout } from './fanout.ts';
import { establish, startWriting, type Ends } from './relay.ts';

export async function relaysBesideChat({ task, ...job }: Job<BesideTask>): Promise<Figures> {
  const { clients, rate } = task;
  const chat = (run: number): Promise<Figures> =>
    inThread({ ...job, run, task: { kind: 'fanout', transport: 'mixed', clients, rate } });
  // Logins of their own for each of the three, so that none has to leave first.
  const runs = 3 * job.run;
  const alone = await chat(runs);
  const ends: Ends[] = [];
  for (let index = 0; index < task.relays; index++)
    ends.push(await establish({ ...job, run: runs + 1 }, 'tcp', 'tcp', 2 * index));
  for (const { reader } of ends) reader.divert((_bytes, start, end) => void (reader.received += end - start));
  const received = (): number => ends.reduce((sum, { reader }) => sum + reader.received, 0);
  const finish = ends.map(({ writer }) => startWriting(writer));
  const start = performance.now();
  const beside = await chat(runs + 2);
  const elapsed = (performance.now() - start) / 1000;
  const gigabytes = received() / 1e9;
  for (const stop of finish) stop();
  const lost = ends.filter(({ reader }) => reader.hasEnded).length;
  for (const { writer, reader } of ends) for (const { socket } of [writer, reader]) socket.destroy();
  return {
    p50Milliseconds: beside['p50Milliseconds']!,
    p99Milliseconds: beside['p99Milliseconds']!,
    aloneP99Milliseconds: alone['p99Milliseconds']!,
    megabytesPerSecond: (gigabytes * 1000) / elapsed,
    serverLoad: beside['serverLoad']!,
    lost: lost + alone['lost']! + beside['lost']!,
  };
}

async function inThread(job: Job<FanoutTask>): Promise<Figures> {
  const worker = new Worker(new URL(import.meta.url), { workerData: job });
  const [figures] = (await once(worker, 'message')) as [Figures];
  // Its connections end with it.
  await worker.terminate();
  return figures;
}

if (!isMainThread && parentPort) parentPort.postMessage(await fanout(workerData as Job<FanoutTask>));
