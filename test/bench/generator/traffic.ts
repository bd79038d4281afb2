/** Messages on their way: posted by a few, counted at every listener, timed at a sample of them. */
import { performance } from 'node:perf_hooks';
import { TEXT_BYTES, type Dialect } from './dialects.ts';
import type { Wire } from './wire.ts';

/** Number of decimal digits at the start of each text, which are the message's number. */
const NUMBER_DIGITS = 16;
/** Number of messages whose time of posting is kept; far more than can be on their way. */
const REMEMBERED = 1 << 16;

export interface Sender {
  readonly wire: Wire;
  readonly name: string;
}

export class Traffic {
  /** Number of messages posted. */
  sent = 0;
  /** Number of bytes received by all listeners together. */
  bytes = 0;
  /** Size of one message as it is delivered, in bytes. */
  readonly frameBytes: number;
  /** Latencies of the sampled listeners, in ms from posting to reading; null while they are not measured. */
  latencies: number[] | null = null;
  readonly #dialect: Dialect;
  readonly #listeners: readonly Wire[];
  readonly #posts: ReadonlyArray<{ readonly wire: Wire; readonly message: Buffer; readonly textAt: number }>;
  readonly #postedAt = new Float64Array(REMEMBERED);
  #outstanding = 0;
  #refillAt = Infinity;

  /** @param sampled number of listeners that are timed, the first ones */
  constructor(
    dialect: Dialect,
    listeners: readonly Wire[],
    senders: readonly Sender[],
    sampled: readonly Wire[],
  ) {
    this.#dialect = dialect;
    this.#listeners = listeners;
    this.#posts = senders.map(({ wire, name }) => {
      const { before, after } = dialect.post(name);
      return {
        wire,
        message: Buffer.concat([before, Buffer.alloc(TEXT_BYTES, 'x'), after]),
        textAt: before.length,
      };
    });
    const { before, after } = dialect.delivery(senders[0]!.name);
    this.frameBytes = before.length + TEXT_BYTES + after.length;
    for (const wire of listeners) this.#listen(wire, sampled.includes(wire), before);
    for (const { wire } of senders) if (!listeners.includes(wire)) wire.divert(() => {});
  }

  /** Posts one message, the senders taking turns. */
  post(): void {
    const { wire, message, textAt } = this.#posts[this.sent % this.#posts.length]!;
    const copy = Buffer.from(message);
    copy.write(String(this.sent).padStart(NUMBER_DIGITS, '0'), textAt, 'latin1');
    this.#postedAt[this.sent % REMEMBERED] = performance.now();
    this.sent++;
    wire.write(copy);
  }

  /** Keeps this many messages on their way from now on: one that has reached everyone is followed by the next. */
  keepOutstanding(count: number): void {
    this.#outstanding = count;
    this.#refill();
  }

  /** Stops posting by itself. */
  stop(): void {
    this.#refillAt = Infinity;
  }

  /** Number of deliveries that are due and have not come. */
  get missing(): number {
    const came = (wire: Wire): number => Math.floor(wire.received / this.frameBytes);
    return this.#listeners.reduce((sum, wire) => sum + this.sent - came(wire), 0);
  }

  #refill(): void {
    const perMessage = this.#listeners.length * this.frameBytes;
    while (this.bytes >= (this.sent - this.#outstanding + 1) * perMessage) this.post();
    this.#refillAt = (this.sent - this.#outstanding + 1) * perMessage;
  }

  #listen(wire: Wire, isSampled: boolean, before: Buffer): void {
    const sample = isSampled ? this.#sampler(before) : null;
    wire.divert((bytes, start, end) => {
      sample?.(bytes, start, end);
      wire.received += end - start;
      this.bytes += end - start;
      if (this.bytes >= this.#refillAt) this.#refill();
    });
  }

  /** Cuts the stream of one listener into messages and reads the number of each. */
  #sampler(before: Buffer): (bytes: Buffer, start: number, end: number) => void {
    const message = Buffer.alloc(this.frameBytes);
    let filled = 0;
    let inAside = false;
    return (bytes, start, end) => {
      const now = performance.now();
      for (let at = start; at < end;) {
        if (filled === 0 && (inAside || bytes[at] === this.#dialect.aside)) {
          inAside = bytes[at++] !== 0x0a;
          continue;
        }
        const stop = Math.min(end, at + message.length - filled);
        bytes.copy(message, filled, at, stop);
        filled += stop - at;
        at = stop;
        if (filled < message.length) continue;
        filled = 0;
        this.#note(message, before.length, now);
      }
    };
  }

  #note(message: Buffer, textAt: number, now: number): void {
    const text = message.toString('latin1', textAt, textAt + NUMBER_DIGITS);
    const number = Number(text);
    if (!/^\d+$/.test(text) || number >= this.sent) throw new Error(`not what was sent: "${text}"`);
    this.latencies?.push(now - this.#postedAt[number % REMEMBERED]!);
  }
}
