/** Report of the soak: a line a minute, and everything that was wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MeasuredGateway } from '../support/measured-gateway.ts';
import type { Crowd } from './crowd.ts';

const MEGA = 1e6;
/** Most faults that are printed in words. */
const MOST_TOLD = 30;

interface Growth {
  /** Resident memory after a forced collection, in bytes: at the baseline, and at the end. */
  readonly baseline: number;
  readonly last: number;
  readonly most: number;
  /** Time of the baseline, in minutes. */
  readonly baselineAt: number;
}

export class Report {
  isOver = false;
  #wrongs = 0;
  readonly #counts = new Map<string, number>();
  #deliveries = 0;
  #ordered = 0;
  #cpu = 0;
  #at = 0;

  wrong(what: string): void {
    if (++this.#wrongs <= MOST_TOLD) console.log(`WRONG: ${what}`);
  }

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** Prints a line; all its figures are since the start, but for rates and times. */
  minute(at: number, gateway: MeasuredGateway, memory: NodeJS.MemoryUsage, crowd: Crowd): void {
    const { ledger, relays, counts } = crowd;
    const latencies = crowd.latencies.sort((a, b) => a - b);
    crowd.latencies = [];
    const cpu = gateway.cpuSeconds();
    const load = ((cpu - this.#cpu) / ((at - this.#at) * 60)) * 100;
    const hostile = [...this.#counts].map(([what, count]) => `${count} ${what}`).join(', ');
    console.log(
      `${at.toFixed(1)} min: ${crowd.present} present; ${ledger.ordered} public messages (+${ledger.ordered - this.#ordered}), ` +
        `${ledger.deliveries} deliveries (+${ledger.deliveries - this.#deliveries}), ${counts.direct} direct; ` +
        `p50 ${quantile(latencies, 0.5)}, p99 ${quantile(latencies, 0.99)} ms; ` +
        `private connections ${relays.counts.whole} whole, ${relays.counts.broken} broken, ${relays.counts.resumed} resumed, ${mega(relays.counts.bytes)} MB, ` +
        `the slowest ${seconds(relays.counts.took)} s, at a standstill ${seconds(relays.counts.stoodStill)} s at most; ` +
        `${counts.came} came, ${counts.left} left, ${counts.dropped} cut off, ${counts.resumed} resumed; ` +
        `gateway ${mega(memory.rss)} MB resident, heap ${mega(memory.heapUsed)}, buffers ${mega(memory.arrayBuffers)}, ` +
        `${load.toFixed(0)} % of a core; wrong: ${this.#wrongs}`,
    );
    console.log(`         hostile: ${hostile}`);
    this.#deliveries = ledger.deliveries;
    this.#ordered = ledger.ordered;
    this.#cpu = cpu;
    this.#at = at;
  }

  /**
   * Checks the end: no connection is left, the gateway stops with code 0, and its memory has not grown. True when nothing
   * was wrong.
   */
  async conclude(gateway: MeasuredGateway, { baseline, last, most, baselineAt }: Growth): Promise<boolean> {
    const { host, port } = gateway.addresses.http;
    let left = '';
    for (let tries = 0; tries < 40 && !gateway.hasEnded; tries++) {
      left = await (await fetch(`http://${host}:${port}/healthz`)).text();
      if (/"connections":0\b/.test(left)) break;
      await sleep(500);
    }
    if (!/"connections":0\b/.test(left)) this.wrong(`everyone has left, but the gateway says ${left}`);
    this.isOver = true;
    const { code, signal, milliseconds } = await gateway.stop();
    if (code !== 0) this.wrong(`SIGTERM ended it with ${code ?? signal}`);
    const growth = last / baseline;
    const percent = ((growth - 1) * 100).toFixed(1);
    if (growth > most) this.wrong(`resident memory grew by ${percent} %`);
    console.log(
      `resident after a collection: ${mega(baseline)} MB at minute ${baselineAt}, ${mega(last)} MB at the end (${percent} %); ` +
        `exit code ${code} ${Math.round(milliseconds)} ms after SIGTERM; ` +
        (this.#wrongs === 0 ? 'every delivery was right' : `${this.#wrongs} things were wrong`),
    );
    return this.#wrongs === 0;
  }
}

function quantile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
}

function mega(bytes: number): string {
  return (bytes / MEGA).toFixed(1);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(0);
}
