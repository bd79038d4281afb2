/** Those who do nothing wrong while others attack: they chat at a fixed rate, and how long each message takes is noted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DIALECTS } from '../bench/generator/dialects.ts';
import { Wire } from '../bench/generator/wire.ts';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import type { Addressed } from '../support/raw-connection.ts';

/** Messages a second, all together, if not said otherwise, and bytes of text in each. */
const RATE = 100;
const TEXT_BYTES = 200;
const SPEAKERS = 10;
/** Those whose every message is read and timed. */
const SAMPLED = 20;
const AT_ONCE = 16;

const { chaton: CHATON, page: PAGE } = DIALECTS;

/** Milliseconds from saying to hearing, over a while. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

interface Bystander {
  readonly name: string;
  readonly wire: Wire;
}

export class Bystanders {
  readonly #all: readonly Bystander[];
  #latencies: number[] = [];
  #sent = 0;
  /** Messages that each sampled one has heard. */
  readonly #heard: number[];
  #outOfOrder = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(all: readonly Bystander[]) {
    this.#all = all;
    this.#heard = all.slice(-SAMPLED).map(() => 0);
    all.forEach(({ wire }, index) => {
      const sample = index - (all.length - this.#heard.length);
      if (sample < 0) wire.divert(() => {});
      else this.#listen(wire, sample);
    });
  }

  /** Lets so many into the room, every other by WebSocket, or all of them as pages. */
  static async gather({ addresses }: Addressed, count: number, arePages = false): Promise<Bystanders> {
    const ports = { tcp: addresses.tcp.port, ws: addresses.http.port, sink: 0 };
    const all: Bystander[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        const name = `b${index}`;
        const isTcp = index % 2 === 0 && !arePages;
        const dialect = arePages ? PAGE : CHATON;
        const wire = await Wire.open(ports, isTcp ? 'tcp' : 'ws', dialect.endpoint);
        await dialect.join(wire, name);
        all.push({ name, wire });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return new Bystanders(all);
  }

  /** From now on they talk. @param rate messages a second, all together */
  talk(rate = RATE): void {
    const start = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - start) / 1000) * rate;
      while (this.#sent < due) this.#say();
    }, 2);
  }

  hush(): void {
    clearInterval(this.#timer);
  }

  /** How long messages take during these seconds. */
  async measure(seconds: number): Promise<Latency> {
    this.#latencies = [];
    await sleep(seconds * 1000);
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), most: at(1) };
  }

  /** Connections that were ended under them. */
  get lost(): number {
    return this.#all.filter(({ wire }) => wire.hasEnded).length;
  }

  /** Once they have hushed and all had time to come: messages that did not, or in another order. */
  get missing(): number {
    return this.#outOfOrder + this.#heard.reduce((sum, heard) => sum + this.#sent - heard, 0);
  }

  leave(): void {
    this.hush();
    for (const { wire } of this.#all) wire.socket.destroy();
  }

  #say(): void {
    const { name, wire } = this.#all[this.#sent % Math.min(SPEAKERS, this.#all.length)]!;
    const head = `${this.#sent++} ${performance.now()} `;
    wire.write(encode({ opcode: Opcode.MESSAGE, login: name, msg: head.padEnd(TEXT_BYTES, 'x') }));
  }

  #listen(wire: Wire, sample: number): void {
    const decoder = new Decoder('server');
    wire.divert((bytes, start, end) => {
      decoder.push(Buffer.from(bytes.subarray(start, end)));
      for (let frame = decoder.next(); frame; frame = decoder.next())
        if (frame.opcode === Opcode.MESSAGE && frame.login.startsWith('b')) this.#note(sample, frame.msg);
    });
  }

  #note(sample: number, text: string): void {
    const [, sentAt] = text.split(' ', 2);
    this.#latencies.push(performance.now() - Number(sentAt));
    this.#heard[sample]!++;
  }
}
