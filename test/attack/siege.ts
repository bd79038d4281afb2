/** Bystanders measured before, during and after an attack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MeasuredGateway } from '../support/measured-gateway.ts';
import { Attackers } from './attacker-process.ts';
import type { Order, Outcome } from './attackers.ts';
import { Bystanders, type Latency } from './bystanders.ts';

export interface Settings {
  /** Of each of the three measurements: before, during and after. */
  readonly seconds: number;
  /** Divides how many take part, for a first look. */
  readonly scale: number;
  readonly flags: readonly string[];
}

interface Siege extends Pick<Order, 'attack' | 'count'> {
  readonly bystanders: number;
  readonly openFiles?: number;
}

/** A case of attackers who do one thing, among so many bystanders. */
export const siege =
  (plan: Siege) =>
  async ({ seconds, scale, flags }: Settings): Promise<string[]> => {
    const gateway = await startQuiet(flags, plan.openFiles);
    try {
      return await underSiege(gateway, plan, seconds, scale);
    } finally {
      if (!gateway.hasEnded) gateway.kill('SIGKILL');
    }
  };

/** A gateway that says only what is wrong. */
export function startQuiet(flags: readonly string[], openFiles?: number): Promise<MeasuredGateway> {
  return MeasuredGateway.start({ flags, ...(openFiles !== undefined && { openFiles }) });
}

async function underSiege(
  gateway: MeasuredGateway,
  { attack, count, bystanders: some }: Siege,
  seconds: number,
  scale: number,
): Promise<string[]> {
  const bystanders = await Bystanders.gather(gateway, Math.ceil(some / scale));
  const { addresses } = gateway;
  const attackers = await Attackers.hire({ attack, count: Math.ceil(count / scale), addresses });
  bystanders.talk();
  await bystanders.measure(2);
  const phases = [await phase('before', gateway, bystanders, seconds)];
  await attackers.attack();
  phases.push(await phase('during', gateway, bystanders, seconds));
  const outcome = await attackers.outcome();
  await attackers.dismiss();
  await sleep(1000);
  phases.push(await phase('after', gateway, bystanders, seconds));
  bystanders.hush();
  await sleep(2000);
  const { lost, missing } = bystanders;
  bystanders.leave();
  const { code, signal, milliseconds } = await gateway.stop();
  return [
    ...phases.map(({ words }) => words),
    growth(phases.map(({ latency }) => latency)),
    `attackers: ${words(outcome)}`,
    `bystanders cut off: ${lost}; messages that did not come: ${missing}; ` +
      `exit code ${code ?? signal} ${Math.round(milliseconds)} ms after SIGTERM`,
  ];
}

interface Phase {
  readonly latency: Latency;
  readonly words: string;
}

/** Measures for so many seconds, and says what came of it. */
export async function phase(
  name: string,
  gateway: MeasuredGateway,
  bystanders: Bystanders,
  seconds: number,
): Promise<Phase> {
  const cpu = gateway.cpuSeconds();
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, gateway.residentBytes())), 200);
  const latency = await bystanders.measure(seconds);
  clearInterval(watch);
  const load = ((gateway.cpuSeconds() - cpu) / seconds) * 100;
  const { rss } = await gateway.memory();
  const { host, port } = gateway.addresses.http;
  const { clients } = (await (await fetch(`http://${host}:${port}/healthz`)).json()) as { clients: number };
  const text =
    `${name}: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, most ${latency.most.toFixed(1)} ms; ` +
    `${load.toFixed(0)} % of a core; ${clients} clients in the end; ${mega(rss)} MB resident after a collection, ${mega(most)} MB at most`;
  return { latency, words: text };
}

/** How much longer the slowest messages took than before, when the attackers still behaved, and after. */
function growth([before, during, after]: readonly Latency[]): string {
  const over = (other: Latency) => `${((during!.p99 / other.p99 - 1) * 100).toFixed(0)} %`;
  return `p99 during the attack: ${over(before!)} over before, ${over(after!)} over after`;
}

export function words(outcome: Outcome): string {
  return Object.entries(outcome)
    .map(([what, count]) => `${Math.round(count)} ${what}`)
    .join(', ');
}

function mega(count: number): string {
  return (count / 1e6).toFixed(1);
}
