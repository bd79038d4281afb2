/**
 * An upgrade under load: a proxy, two gateways and three NATS servers, which are replaced one after the other while clients
 * talk. Nothing that was said is lost, twice or out of order, and everybody comes back by themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BUSY_FLAGS } from '../../support/unlimited.ts';
import type { EngineServer } from './engine.ts';
import { Cluster } from './gateways.ts';
import { Proxy } from './proxy.ts';
import { NativeTalker, PageTalker, type Talker } from './talkers.ts';

/** Talk, in ms, before and behind each step. */
const CALM = 3_000;
/** Interval, in ms, of the checks for what is waited for, and the longest wait. */
const CHECK_EVERY = 50;
const PATIENCE = 180_000;
/** Flags of a gateway behind a proxy, as compose.cluster.yaml has them. */
const FLAGS = ['--proxies=127.0.0.1', '--drain-delay=3s', '--max-loop-delay=1h', ...BUSY_FLAGS];

export interface UpgradeOptions {
  /** Clients in all; every other one is a page. */
  readonly clients: number;
  /** Messages per second, of all clients together. */
  readonly rate: number;
  readonly report: (line: string) => void;
}

export interface UpgradeReport {
  readonly wrongs: readonly string[];
  readonly said: number;
  readonly deliveries: number;
  /** Number of times that a page, and a native client, came back. */
  readonly pagesBack: number;
  readonly nativesBack: number;
}

/** Runs the upgrade. */
export async function upgrade(options: UpgradeOptions): Promise<UpgradeReport> {
  const cluster = await Cluster.start({ flags: FLAGS });
  try {
    const [g1, g2] = cluster.nodes;
    const proxy = await Proxy.start({ g1: g1!, g2: g2! });
    const run = new UpgradeRun(cluster, proxy, options);
    try {
      return await run.run();
    } finally {
      run.stop();
      await proxy.stop();
    }
  } finally {
    await cluster.stop();
  }
}

class UpgradeRun {
  readonly #cluster: Cluster;
  readonly #report: (line: string) => void;
  readonly #wrongs: string[] = [];
  readonly #talkers: readonly Talker[];
  readonly #talk: NodeJS.Timeout;
  #next = 0;

  constructor(cluster: Cluster, proxy: Proxy, { clients, rate, report }: UpgradeOptions) {
    this.#cluster = cluster;
    this.#report = report;
    const wrong = (what: string) => {
      this.#wrongs.push(what);
      if (this.#wrongs.length <= 20) report(`WRONG: ${what}`);
    };
    this.#talkers = Array.from({ length: clients }, (_, number) =>
      number % 2 === 0
        ? new PageTalker(`page ${number}`, proxy, wrong)
        : new NativeTalker(`native ${number}`, proxy, wrong),
    );
    const started = performance.now();
    let due = 0;
    this.#talk = setInterval(() => {
      for (const wanted = ((performance.now() - started) / 1000) * rate; due < wanted; due++)
        this.#talkers[this.#next++ % clients]!.say();
    }, 10);
  }

  async run(): Promise<UpgradeReport> {
    await this.#until('all are in', () => this.#talkers.every(({ isIn }) => isIn));
    this.#report(`${this.#talkers.length} clients are in`);
    await this.#step('nothing', () => Promise.resolve());
    for (const index of [0, 1]) await this.#step(`gateway g${index + 1}`, () => this.#replaceGateway(index));
    for (const server of this.#cluster.engine.servers)
      await this.#step(`engine ${server.name}`, () => this.#replaceServer(server));
    clearInterval(this.#talk);
    for (const one of this.#talkers) one.say();
    await this.#until('all have heard everything', () => this.#haveAllHeard());
    const back = (kind: Talker['kind']) =>
      this.#talkers.reduce((sum, one) => sum + (one.kind === kind ? one.absences.length : 0), 0);
    const sum = (count: (one: Talker) => number) =>
      this.#talkers.reduce((total, one) => total + count(one), 0);
    return {
      wrongs: this.#wrongs,
      said: sum(({ said }) => said),
      deliveries: sum(({ deliveries }) => deliveries),
      pagesBack: back('page'),
      nativesBack: back('native'),
    };
  }

  stop(): void {
    clearInterval(this.#talk);
    for (const one of this.#talkers) one.leave();
  }

  #haveAllHeard(): boolean {
    return this.#talkers.every(
      (one) => one.isIn && one.said > 0 && this.#talkers.every((other) => other.hasHeard(one)),
    );
  }

  /** Does something while all talk, and says what they saw of it. */
  async #step(name: string, run: () => Promise<void>): Promise<void> {
    for (const one of this.#talkers) one.latencies = [];
    const before = this.#talkers.map(({ absences }) => absences.length);
    const started = performance.now();
    await run();
    const took = performance.now() - started;
    await this.#until(`all are back behind ${name}`, () => this.#talkers.every(({ isIn }) => isIn));
    await sleep(CALM);
    const away = (kind: Talker['kind']) =>
      this.#talkers.flatMap((one, index) => (one.kind === kind ? one.absences.slice(before[index]) : []));
    const latencies = this.#talkers.flatMap((one) => one.latencies);
    this.#report(
      `${name}: ${(took / 1000).toFixed(1)} s; echo p50 ${quantile(latencies, 0.5)}, p99 ${quantile(latencies, 0.99)}, ` +
        `longest ${quantile(latencies, 1)} ms; came back: ${described(away('page'))} pages, ${described(away('native'))} native clients`,
    );
  }

  async #replaceGateway(index: number): Promise<void> {
    const { nodes } = this.#cluster;
    const old = nodes[index]!;
    const { tcp, tcpLong64, http } = old.addresses;
    const code = await old.stop();
    if (code !== 0) this.#wrongs.push(`gateway g${index + 1} ended with ${code}`);
    nodes[index] = await this.#cluster.add([
      `--cluster-node=g${index + 1}`,
      `--tcp-port=${tcp.port}`,
      `--tcp-long64-port=${tcpLong64!.port}`,
      `--http-port=${http.port}`,
    ]);
    await this.#until(`gateway g${index + 1} is ready`, async () => {
      const answer = await fetch(`http://${http.host}:${http.port}/readyz`).catch(() => null);
      return answer?.status === 200;
    });
    // The proxy has to see it twice.
    await sleep(CALM);
  }

  async #replaceServer(server: EngineServer): Promise<void> {
    await server.kill('SIGUSR2');
    server.start();
    await this.#until(`engine ${server.name} is healthy`, async () => {
      const health = (await server.monitor('healthz')) as { readonly status: string } | null;
      return health?.status === 'ok';
    });
  }

  async #until(what: string, met: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!(await met())) {
      if (performance.now() > deadline) throw new Error(`not within ${PATIENCE / 1000} s: ${what}`);
      await sleep(CHECK_EVERY);
    }
  }
}

/** A figure of a list, in whole ms. */
function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(0);
}

/** Number of those who came back, and the time that they were away, in words. */
function described(absences: readonly number[]): string {
  if (absences.length === 0) return '0';
  return `${absences.length} (median ${quantile(absences, 0.5)}, longest ${quantile(absences, 1)} ms)`;
}
