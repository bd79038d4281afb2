/** Measures two gateways that are one room: what their log adds to a message, and a relay from one to the other. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '../../../shared/protocol/encoder.ts';
import { Opcode } from '../../../shared/protocol/commands.ts';
import type { ClusterRelayTask, ClusterTask, Figures, Job, Target } from '../jobs.ts';
import { childWith, cpuSeconds } from '../proc.ts';
import { connectTo, gather } from './crowd.ts';
import { DIALECTS, nameOf } from './dialects.ts';
import { grantPrivate, present, startWriting } from './relay.ts';
import { startPosting, quantile } from './fanout.ts';
import { Traffic } from './traffic.ts';
import type { Wire } from './wire.ts';

/** Warm-up before the measurement, in seconds. */
const WARM_UP = 0.5;
/** Longest time, in ms, until both gateways are in the room, and for what is still on its way at the end. */
const JOINING = 60_000;
const LAST = 10_000;

/** A gateway of the room: where clients come to it, and its process. */
interface Node {
  readonly target: Target;
  readonly pid: number;
}

/** Traffic between clients of all gateways of the target: at a rate, or with as much on its way as is asked for. */
export async function cluster(job: Job<ClusterTask>): Promise<Figures> {
  const { task, seconds, run } = job;
  const nodes = await nodesOf(job);
  const each = task.clients / nodes.length;
  const crowds = await Promise.all(
    nodes.map(({ target }, index) => gather({ target, run }, each, () => 'tcp', index * each)),
  );
  const senders = crowds.map(([wire], index) => ({ wire: wire!, name: nameOf(run, index * each) }));
  const listeners = crowds.flat();
  const traffic = new Traffic(DIALECTS.chaton, listeners, senders, listeners);
  const stop = startPosting(traffic, task.rate, task.outstanding);
  await sleep(WARM_UP * 1000);

  const latencies: number[] = [];
  traffic.latencies = latencies;
  const cpuBefore = nodes.map(({ pid }) => cpuSeconds(pid));
  const allBefore = cpuSeconds(job.target.pid);
  const sentBefore = traffic.sent;
  const start = performance.now();
  await sleep(seconds * 1000);
  const commands = traffic.sent - sentBefore;
  const elapsed = (performance.now() - start) / 1000;
  const cpu = nodes.map(({ pid }, index) => cpuSeconds(pid) - cpuBefore[index]!);
  const all = cpuSeconds(job.target.pid) - allBefore;
  traffic.latencies = null;

  stop();
  const deadline = performance.now() + LAST;
  while (traffic.missing > 0 && performance.now() < deadline) await sleep(5);
  latencies.sort((a, b) => a - b);
  const ofNodes = cpu.reduce((sum, one) => sum + one, 0);
  return {
    p50Milliseconds: quantile(latencies, 0.5),
    p99Milliseconds: quantile(latencies, 0.99),
    commandsPerSecond: commands / elapsed,
    cpuMicrosecondsPerCommandAndNode: (ofNodes * 1e6) / nodes.length / commands,
    engineMicrosecondsPerCommand: nodes.length > 1 ? ((all - ofNodes) * 1e6) / commands : 0,
    lost: traffic.missing,
  };
}

/** Two private connections one after the other, twice: within the first gateway, and from it to the second. */
export async function clusterRelay(job: Job<ClusterRelayTask>): Promise<Figures> {
  const [one, other] = (await nodesOf(job)) as [Node, Node];
  const within = { gigabytes: 0, elapsed: 0, sender: 0, receiver: 0 };
  const across = { ...within };
  let lost = 0;
  for (let turn = 0; turn < 4; turn++) {
    const sums = turn % 2 === 0 ? within : across;
    const measured = await relayBetween(job, one, turn % 2 === 0 ? one : other, turn);
    for (const name of ['gigabytes', 'elapsed', 'sender', 'receiver'] as const) sums[name] += measured[name];
    lost += measured.lost;
  }
  const rate = ({ gigabytes, elapsed }: typeof within) => (gigabytes * 1000) / elapsed;
  return {
    withinMegabytesPerSecond: rate(within),
    acrossMegabytesPerSecond: rate(across),
    acrossOverWithin: rate(across) / rate(within),
    withinCpuSecondsPerGigabyte: within.sender / within.gigabytes,
    senderCpuSecondsPerGigabyte: across.sender / across.gigabytes,
    receiverCpuSecondsPerGigabyte: across.receiver / across.gigabytes,
    lost,
  };
}

async function relayBetween(job: Job<ClusterRelayTask>, from: Node, to: Node, turn: number) {
  const connectId = await grantPrivate({ target: from.target, run: job.run }, 'tcp', 'tcp', 2 * turn);
  const writer = await present({ target: from.target }, 'tcp', connectId);
  const reader = await present({ target: to.target }, 'tcp', connectId);
  const established = encode({ opcode: Opcode.ESTABLISHED });
  for (const wire of [writer, reader]) await wire.expect(established);
  reader.divert((_bytes, start, end) => void (reader.received += end - start));
  const finish = startWriting(writer);
  await sleep(WARM_UP * 1000);
  const cpuNow = () => [from, to].map(({ pid }) => cpuSeconds(pid)) as [number, number];
  const [receivedBefore, before, start] = [reader.received, cpuNow(), performance.now()];
  await sleep((job.seconds * 1000) / 2);
  const elapsed = (performance.now() - start) / 1000;
  const gigabytes = (reader.received - receivedBefore) / 1e9;
  const after = cpuNow();
  const sent = finish();
  writer.end();
  const deadline = performance.now() + LAST;
  while (!(reader.received >= sent && reader.hasEnded) && performance.now() < deadline) await sleep(5);
  const lost = sent - reader.received;
  for (const { socket } of [writer, reader]) socket.destroy();
  return { gigabytes, elapsed, sender: after[0] - before[0], receiver: after[1] - before[1], lost };
}

/** The gateways of the target, once clients may come to them: two of a cluster, or the one that there is. */
async function nodesOf({ task, target, run }: Job<ClusterTask | ClusterRelayTask>): Promise<Node[]> {
  const second: Target = { ...target, ports: { ...target.ports, tcp: target.ports.sink } };
  const targets = task.nodes === 2 ? [target, second] : [target];
  return Promise.all(
    targets.map(async (one, index) => {
      await untilJoined(one, nameOf(run, 9_000 + index));
      const pid = childWith(target.pid, `--tcp-port=${one.ports.tcp}`) ?? target.pid;
      return { target: one, pid };
    }),
  );
}

/** Waits until a gateway takes a login: before it has joined the room it sends clients away. */
async function untilJoined(target: Target, login: string): Promise<void> {
  const deadline = performance.now() + JOINING;
  for (;;) {
    let wire: Wire | null = null;
    try {
      wire = await connectTo(target, 'tcp');
      await DIALECTS.chaton.join(wire, login);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    } finally {
      wire?.socket.destroy();
    }
  }
}
