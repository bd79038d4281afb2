/** Bystanders measured before, during and after an attack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MeasuredGateway, type Ended, type MeasuredOptions } from '../support/measured-gateway.ts';
import { Attackers } from './attacker-process.ts';
import type { Order } from './attackers.ts';
import type { Outcome } from './field.ts';
import { OWN_DESCRIPTORS, SLOWEST_ECHO, STOP_SECONDS, type Bound, type Finding } from './bounds.ts';
import { Bystanders, type Latency } from './bystanders.ts';

const MEGA = 1e6;

export interface Settings {
  /** Of each of the three measurements: before, during and after. */
  readonly seconds: number;
  /** Divides how many take part, for a first look. */
  readonly scale: number;
  readonly flags: readonly string[];
}

interface Siege extends Pick<Order, 'attack' | 'count'> {
  readonly bystanders: number;
  readonly start?: Pick<MeasuredOptions, 'openFiles' | 'isSecure' | 'hasAdmin' | 'log'>;
  readonly flags?: readonly string[];
  /** Bystanders are pages, which hear of whoever comes and goes. */
  readonly arePages?: boolean;
  /** Messages a second that they say, all together: fewer where each goes to so many that those are busy with it. */
  readonly rate?: number;
  /** Most, in ms, that 99 of 100 messages may take meanwhile. */
  readonly p99?: number;
  /** KB of memory that each attacker may cost, by what the settings let it leave untaken or have held. */
  readonly memoryEach?: number;
  /** More descriptors than attackers, bystanders and the gateway's own may have. */
  readonly descriptorsEach?: number;
  /** SIGTERM comes while they are at it. */
  readonly stopsUnderAttack?: boolean;
}

/** A case of attackers who do one thing, among so many bystanders. */
export const siege =
  (plan: Siege) =>
  async ({ seconds, scale, flags }: Settings): Promise<Finding> => {
    const gateway = await startQuiet([...(plan.flags ?? []), ...flags], plan.start);
    try {
      return await underSiege(gateway, plan, seconds, scale);
    } finally {
      if (!gateway.hasEnded) gateway.kill('SIGKILL');
    }
  };

/** MB of heap, which is small: what grows beyond its bounds dies here. */
const HEAP = 256;

/** A gateway as it is started by default, but for its small heap. */
export function startQuiet(
  flags: readonly string[],
  options: Omit<MeasuredOptions, 'flags'> = {},
): Promise<MeasuredGateway> {
  return MeasuredGateway.start({ ...options, flags, nodeFlags: [`--max-old-space-size=${HEAP}`] });
}

async function underSiege(
  gateway: MeasuredGateway,
  plan: Siege,
  seconds: number,
  scale: number,
): Promise<Finding> {
  const count = Math.ceil(plan.count / scale);
  const bystanders = await Bystanders.gather(gateway, Math.ceil(plan.bystanders / scale), plan.arePages);
  const { addresses } = gateway;
  const attackers = await Attackers.hire({ attack: plan.attack, count, addresses });
  bystanders.talk(plan.rate);
  await bystanders.measure(2);
  const before = await phase('before', gateway, bystanders, seconds);
  await attackers.attack();
  const during = await phase('during', gateway, bystanders, seconds);
  const outcome = await attackers.outcome();
  const phases = [before, during];
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

/** MB by which garbage that is not collected yet, and what Node's own buffers take, may differ from one time to another. */
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
  /** Resident at most, and clients in the end. */
  readonly mostBytes: number;
  readonly clients: number;
  /** At most. */
  readonly openFiles: number;
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
  let openFiles = 0;
  const watch = setInterval(() => {
    most = Math.max(most, gateway.residentBytes());
    openFiles = Math.max(openFiles, gateway.openFiles());
  }, 100);
  const latency = await bystanders.measure(seconds);
  clearInterval(watch);
  const load = ((gateway.cpuSeconds() - cpu) / seconds) * 100;
  const { rss } = await gateway.memory();
  const { host, port } = gateway.addresses.http;
  // Its descriptors may all be taken just now.
  const { clients } = await fetch(`http://${host}:${port}/healthz`)
    .then(async (answer) => (await answer.json()) as { clients: number })
    .catch(() => ({ clients: NaN }));
  const text =
    `${name}: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, most ${latency.most.toFixed(1)} ms; ` +
    `${load.toFixed(0)} % of a core; ${clients} clients in the end; ${mega(rss)} MB resident after a collection, ${mega(most)} MB and ${openFiles} descriptors at most`;
  return { latency, words: text, mostBytes: most, clients, openFiles };
}

/** How much longer the slowest messages took than before, when the attackers still behaved, and after. */
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
