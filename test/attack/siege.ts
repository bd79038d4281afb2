/** Measures bystanders before, during and after an attack. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended, MeasuredGateway, MeasuredOptions } from '../support/measured-gateway.ts';
import { Attackers } from './attacker-process.ts';
import type { Order } from './attackers.ts';
import type { Outcome } from './field.ts';
import { OWN_DESCRIPTORS, SLOWEST_ECHO, STOP_SECONDS, type Bound, type Finding } from './bounds.ts';
import { startOne, startTwo, type Besieged } from './besieged.ts';
import { Bystanders, type Latency } from './bystanders.ts';

const MEGA = 1e6;
/** Interval, in ms, at which memory and descriptors are read: that holds up those who are timed. */
const LOOK_EVERY = 500;

export interface Settings {
  /** Length of each of the three measurements: before, during and after. */
  readonly seconds: number;
  /** Divisor of the number of clients, for a quick run. */
  readonly scale: number;
  readonly flags: readonly string[];
  /** True for a second gateway, which is one room with the one that is attacked; half of the bystanders are there. */
  readonly isCluster: boolean;
}

interface Siege extends Pick<Order, 'attack' | 'count'> {
  readonly bystanders: number;
  readonly start?: Pick<MeasuredOptions, 'openFiles' | 'isSecure' | 'hasAdmin' | 'log'>;
  readonly flags?: readonly string[];
  /** True when the bystanders are pages, which are told of whoever comes and goes. */
  readonly arePages?: boolean;
  /** Rate of their messages per second, all together: less where each goes to so many that those are busy with it. */
  readonly rate?: number;
  /** Bound, in ms, on the latency of 99 of 100 messages, beside that of the slowest. */
  readonly p99?: number;
  /** Memory, in KB, that each attacker may cost, by the settings for pending bytes. */
  readonly memoryEach?: number;
  /** File descriptors per attacker beside the one that each connection has. */
  readonly descriptorsEach?: number;
  /** True when SIGTERM comes during the attack. */
  readonly stopsUnderAttack?: boolean;
}

/** Makes a case of attackers that all do one thing, among so many bystanders. */
export const siege =
  (plan: Siege) =>
  async ({ seconds, scale, flags, isCluster }: Settings): Promise<Finding> => {
    const field = await (isCluster ? startTwo : startOne)([...(plan.flags ?? []), ...flags], plan.start);
    try {
      return await underSiege(field, plan, seconds, scale);
    } finally {
      await field.stop();
    }
  };

async function underSiege(
  { gateway, room, other }: Besieged,
  plan: Siege,
  seconds: number,
  scale: number,
): Promise<Finding> {
  const count = Math.ceil(plan.count / scale);
  const bystanders = await Bystanders.gather(room, Math.ceil(plan.bystanders / scale), plan.arePages);
  const { addresses } = gateway;
  const attackers = await Attackers.hire({ attack: plan.attack, count, addresses });
  bystanders.talk(plan.rate);
  await bystanders.measure(2);
  const before = await phase('before', gateway, bystanders, seconds);
  await attackers.attack();
  const cpu = other?.cpuSeconds() ?? 0;
  const during = await phase('during', gateway, bystanders, seconds);
  const outcome = await attackers.outcome();
  const phases = [before, during];
  const otherWords = other
    ? [
        `the other gateway during the attack: ${(((other.cpuSeconds() - cpu) / seconds) * 100).toFixed(0)} % of a core, ` +
          `${mega(other.residentBytes())} MB`,
      ]
    : [];
  if (!plan.stopsUnderAttack) {
    await attackers.dismiss();
    await sleep(1000);
    phases.push(await phase('after', gateway, bystanders, seconds));
    bystanders.hush();
    await sleep(2000);
  }
  const { lost, missing } = bystanders;
  const ended = await gateway.stop();
  bystanders.leave();
  if (plan.stopsUnderAttack) await attackers.dismiss();
  const notCome = plan.stopsUnderAttack ? '' : `; messages that did not come: ${missing}`;
  return {
    lines: [
      ...phases.map(({ words }) => words),
      ...otherWords,
      growth(phases.map(({ latency }) => latency)),
      `attackers: ${words(outcome)}`,
      `bystanders cut off: ${lost}${notCome}; ` +
        `exit code ${ended.code ?? ended.signal} ${Math.round(ended.milliseconds)} ms after SIGTERM`,
    ],
    bounds: [
      ...boundsOf(plan, count, before, during),
      { what: 'bystanders cut off', figure: lost, most: 0 },
      ...(plan.stopsUnderAttack ? [] : [{ what: 'messages lost or out of order', figure: missing, most: 0 }]),
      ...stopBounds(ended),
    ],
  };
}

function boundsOf(plan: Siege, count: number, before: Phase, during: Phase): Bound[] {
  const { p99, memoryEach, descriptorsEach } = plan;
  const bounds: Bound[] = [{ what: 'slowest echo, ms', figure: during.latency.most, most: SLOWEST_ECHO }];
  if (p99 !== undefined) bounds.push({ what: 'p99 of the echo, ms', figure: during.latency.p99, most: p99 });
  if (memoryEach !== undefined) {
    const grown = (during.mostBytes - before.mostBytes) / MEGA;
    bounds.push({ what: 'memory grown, MB', figure: grown, most: (count * memoryEach) / 1000 + OWN_MEMORY });
  }
  if (descriptorsEach !== undefined) {
    const most = during.clients + count * descriptorsEach + OWN_DESCRIPTORS;
    bounds.push({ what: 'descriptors open', figure: during.openFiles, most });
  }
  return bounds;
}

/** Tolerance, in MB, for garbage that is not collected yet and for Node's own buffers. */
const OWN_MEMORY = 48;

export function stopBounds({ code, milliseconds }: Ended): Bound[] {
  return [
    { what: 'exit code after SIGTERM', figure: code ?? NaN, most: 0 },
    { what: 'SIGTERM to the end, s', figure: milliseconds / 1000, most: STOP_SECONDS },
  ];
}

interface Phase {
  readonly latency: Latency;
  readonly words: string;
  /** Peak of resident memory, in bytes, and number of clients at the end. */
  readonly mostBytes: number;
  readonly clients: number;
  /** Peak of open files. */
  readonly openFiles: number;
}

/** Measures for so many seconds, and gives the figures with a summary in words. */
export async function phase(
  name: string,
  gateway: MeasuredGateway,
  bystanders: Bystanders,
  seconds: number,
): Promise<Phase> {
  const cpu = gateway.cpuSeconds();
  let most = 0;
  let openFiles = 0;
  const watch = setInterval(() => {
    most = Math.max(most, gateway.residentBytes());
    openFiles = Math.max(openFiles, gateway.openFiles());
  }, LOOK_EVERY);
  const latency = await bystanders.measure(seconds);
  clearInterval(watch);
  const load = ((gateway.cpuSeconds() - cpu) / seconds) * 100;
  const { rss } = await gateway.memory();
  const { host, port } = gateway.addresses.http;
  // Without the number, should the gateway have no free file descriptor for this request.
  const { clients } = await fetch(`http://${host}:${port}/healthz`)
    .then(async (answer) => (await answer.json()) as { clients: number })
    .catch(() => ({ clients: NaN }));
  const text =
    `${name}: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, most ${latency.most.toFixed(1)} ms; ` +
    `${load.toFixed(0)} % of a core; ${clients} clients in the end; ${mega(rss)} MB resident after a collection, ${mega(most)} MB and ${openFiles} descriptors at most`;
  return { latency, words: text, mostBytes: most, clients, openFiles };
}

/** Tells how much longer the slowest messages took than before, during the attack and after it. */
function growth([before, during, after]: ReadonlyArray<Latency | undefined>): string {
  const over = (other: Latency) => `${((during!.p99 / other.p99 - 1) * 100).toFixed(0)} %`;
  return `p99 during the attack: ${over(before!)} over before` + (after ? `, ${over(after)} over after` : '');
}

export function words(outcome: Outcome): string {
  return Object.entries(outcome)
    .map(([what, count]) => `${Math.round(count)} ${what}`)
    .join(', ');
}

function mega(count: number): string {
  return (count / MEGA).toFixed(1);
}
