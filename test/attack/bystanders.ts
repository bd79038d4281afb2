/** Well-behaved clients during an attack: they chat at a fixed rate, and the latency of each message is measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DIALECTS } from '../bench/generator/dialects.ts';
import { Wire } from '../bench/generator/wire.ts';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import type { Addressed } from '../support/raw-connection.ts';

/** Rate of messages per second, all together, unless another is given, and bytes of text in each. */
const RATE = 100;
const TEXT_BYTES = 200;
const SPEAKERS = 10;
/** Number of clients whose every message is read and timed. */
const SAMPLED = 20;
const AT_ONCE = 16;

const { chaton: CHATON, page: PAGE } = DIALECTS;

/** Latency from sender to reader, in ms, over a period. */
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
  /** Number of messages that each sampled client has received. */
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

  /** Lets `count` clients into the room, every other by WebSocket, or all of them as pages. */
  static async gather(gateway: Addressed, count: number, arePages = false): Promise<Bystanders> {
    const all: Bystander[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        const name = `b${index}`;
        // Of several gateways the next one.
        const { tcp, http } = gateway.addresses;
        const ports = { tcp: tcp.port, ws: http.port, sink: 0 };
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

  /** Starts the chat. @param rate messages per second, all together */
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

  /** Measures the latency of messages during these seconds. */
  async measure(seconds: number): Promise<Latency> {
    this.#latencies = [];
    await sleep(seconds * 1000);
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), most: at(1) };
  }

  /** Number of connections that ended although their clients did nothing wrong. */
  get lost(): number {
    return this.#all.filter(({ wire }) => wire.hasEnded).length;
  }

  /** Number of messages lost or out of order; valid once the chat has stopped and all messages had time to arrive. */
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
