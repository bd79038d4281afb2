/** Well-behaved clients during an attack: they chat at a fixed rate, and the latency of each message is measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Decoder } from '../../shared/protocol/decoder.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import type { Addressed } from '../support/raw-connection.ts';
import { Crowd } from './crowd-process.ts';
import { enter, listen, type Guest } from './guests.ts';

/** Rate of messages per second, all together, unless another is given, and bytes of text in each. */
const RATE = 100;
const TEXT_BYTES = 200;
const SPEAKERS = 10;
/** Number of clients whose every message is read and timed. */
const SAMPLED = 20;

/** Latency from sender to reader, in ms, over a period. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/**
 * Only those who speak and those who are timed are clients of this process: a thousand readers would have it measure how long
 * they themselves wait for it. The others are a {@link Crowd} in a process of its own.
 */
export class Bystanders {
  readonly #crowd: Crowd;
  readonly #speakers: readonly Guest[];
  readonly #sampled: readonly Guest[];
  #latencies: number[] = [];
  #sent = 0;
  /** Number of messages that each sampled client has received. */
  readonly #heard: number[];
  #outOfOrder = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(crowd: Crowd, speakers: readonly Guest[], sampled: readonly Guest[]) {
    this.#crowd = crowd;
    this.#speakers = speakers;
    this.#sampled = sampled;
    this.#heard = sampled.map(() => 0);
    for (const guest of speakers) listen(guest, () => {});
    sampled.forEach((guest, sample) => this.#time(guest, sample));
  }

  /**
   * Lets `count` clients into the room, every other by WebSocket, or all of them as pages. Those who are timed come last, and
   * so mostly are the last to be written to.
   */
  static async gather(gateway: Addressed, count: number, arePages = false): Promise<Bystanders> {
    const crowd = Math.max(0, count - SPEAKERS - SAMPLED);
    // Of several gateways each has every other client.
    const addresses = [gateway.addresses, gateway.addresses];
    const bystanders = { addresses, arePages };
    return new Bystanders(
      await Crowd.gather({ ...bystanders, first: 0, count: crowd }),
      await enter({ ...bystanders, first: crowd, count: Math.min(SPEAKERS, count) }),
      await enter({ ...bystanders, first: crowd + SPEAKERS, count: Math.min(SAMPLED, count - SPEAKERS) }),
    );
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
    return this.#crowd.lost + this.#own.filter(({ wire }) => wire.hasEnded).length;
  }

  /** Number of messages lost or out of order; valid once the chat has stopped and all messages had time to arrive. */
  get missing(): number {
    return this.#outOfOrder + this.#heard.reduce((sum, heard) => sum + this.#sent - heard, 0);
  }

  leave(): void {
    this.hush();
    this.#crowd.leave();
    for (const { wire } of this.#own) wire.socket.destroy();
  }

  get #own(): readonly Guest[] {
    return [...this.#speakers, ...this.#sampled];
  }

  #say(): void {
    const { name, wire } = this.#speakers[this.#sent % this.#speakers.length]!;
    const head = `${this.#sent++} ${performance.now()} `;
    wire.write(encode({ opcode: Opcode.MESSAGE, login: name, msg: head.padEnd(TEXT_BYTES, 'x') }));
  }

  #time(guest: Guest, sample: number): void {
    const decoder = new Decoder('server');
    listen(guest, (bytes, start, end) => {
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
