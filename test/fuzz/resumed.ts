/**
 * Fuzzes private connections of pages whose WebSockets break again and again (D28), in the smallest pieces: each side
 * gets the other's bytes, all of them, once, in order, and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Couple } from '../support/couple.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';
import { ResumingPage } from '../support/resuming-page.ts';
import { dice, pick, type Roll } from '../support/random.ts';
import { bytes, loginPrivate } from '../support/raw-hex.ts';
import { Grammar } from './grammar.ts';

export interface ResumedReport {
  inputs: number;
  bytes: number;
  pieces: number;
  /** Number of times that a page resumed over a new WebSocket. */
  resumed: number;
  connections: number;
}

/** Number of private connections at a time. */
const AT_ONCE = 8;
/** Most inputs that one side sends over one private connection. */
const MOST_INPUTS = 2_000;
/** A page's WebSocket breaks once in about so many inputs of its own. */
const BREAK = 150;
/** One input in so many goes in single bytes. */
const SINGLE = 40;
/** Number of inputs between turns of the event loop. */
const TURN = 20;
/** Longest time, in ms, that one private connection may take once its last byte is sent. */
const PATIENCE = 60_000;

const ESTABLISHED = 10;

/** Sends so many inputs; throws at the first that does not arrive as it was sent. */
export async function fuzzResumed(
  gateway: Addressed,
  inputs: number,
  seed: number,
  onProgress: (inputs: number) => void = () => {},
): Promise<ResumedReport> {
  const report: ResumedReport = { inputs: 0, bytes: 0, pieces: 0, resumed: 0, connections: 0 };
  const roll = dice(seed);
  let taken = 0;
  const work = async (slot: number): Promise<void> => {
    const couple = await Couple.join(gateway, [`left ${slot}`, `right ${slot}`]);
    try {
      while (taken < inputs) {
        const mine = Math.min(inputs - taken, 2 * MOST_INPUTS);
        taken += mine;
        // The ends of writing are far apart: one side goes on long after the other has ended.
        const left = roll(mine + 1);
        const run = new Run(gateway, roll, report);
        await run.start(await couple.negotiate());
        await run.exchange([left, mine - left], [roll(2 ** 30), roll(2 ** 30)]);
        report.connections++;
        onProgress(report.inputs);
      }
    } finally {
      couple.leave();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, slot) => work(slot)));
  return report;
}

/** Runs one private connection. */
class Run {
  readonly #gateway: Addressed;
  readonly #roll: Roll;
  readonly #report: ResumedReport;
  #endpoints: RawConnection[] = [];

  constructor(gateway: Addressed, roll: Roll, report: ResumedReport) {
    this.#gateway = gateway;
    this.#roll = roll;
    this.#report = report;
  }

  /** One side is a page, and so is the other in most cases. */
  async start(id: number): Promise<void> {
    this.#endpoints = [this.#page(), await this.#other()];
    for (const endpoint of this.#endpoints) await endpoint.write(bytes(loginPrivate(id)));
  }

  async exchange(counts: readonly [number, number], seeds: readonly [number, number]): Promise<void> {
    const [left, right] = this.#endpoints as [RawConnection, RawConnection];
    const expectations = [
      new Expectation(left, inputsOf(seeds[1], counts[1])),
      new Expectation(right, inputsOf(seeds[0], counts[0])),
    ];
    // The pages have not waited for ESTABLISHED: what they send before is kept (D19).
    await Promise.all([
      this.#send(left, inputsOf(seeds[0], counts[0])),
      this.#send(right, inputsOf(seeds[1], counts[1])),
    ]);
    const endings = Promise.all([left.over, right.over]);
    const over = Promise.all(expectations.map(({ met }) => met)).then(() => endings);
    const wake = setInterval(() => {
      for (const endpoint of this.#endpoints) if (endpoint instanceof ResumingPage) endpoint.wake();
    }, 20);
    try {
      const done = await Promise.race([over, sleep(PATIENCE, null, { ref: false })]);
      if (done === null) throw new Error(`it hangs: ${expectations.map((one) => one.state).join('; ')}`);
      if (done.some(({ reset }) => reset)) throw new Error('a clean end came as a break (D21)');
    } finally {
      clearInterval(wake);
      for (const endpoint of this.#endpoints) endpoint.reset();
    }
    this.#report.bytes += expectations.reduce((sum, { received }) => sum + received, 0);
  }

  #page(): ResumingPage {
    return new ResumingPage(this.#gateway, {
      isSecure: this.#gateway.addresses.https != null && this.#roll(2) === 0,
      onResumed: () => this.#report.resumed++,
    });
  }

  #other(): Promise<RawConnection> | RawConnection {
    const kind = pick(this.#roll, ['page', 'page', 'tcp', 'websocket'] as const);
    return kind === 'page' ? this.#page() : connectRaw(this.#gateway, kind);
  }

  async #send(endpoint: RawConnection, inputs: Iterable<Buffer>): Promise<void> {
    const roll = this.#roll;
    const cutter = new Grammar(roll);
    for (const input of inputs) {
      this.#report.inputs++;
      for (const piece of roll(SINGLE) === 0 ? singles(input) : cutter.cuts(input)) {
        if (piece.length === 0) continue;
        this.#report.pieces++;
        // The input is valid only until the next, and the send may outlast that: so it is copied.
        if (!(await endpoint.write(Buffer.from(piece))))
          throw new Error(`a ${endpoint.kind} endpoint was closed while it sent`);
      }
      if (endpoint instanceof ResumingPage) {
        if (roll(BREAK) === 0 && endpoint.canResume) endpoint.break();
        endpoint.wake();
      }
      if (this.#report.inputs % TURN === 0) await new Promise(setImmediate);
    }
    endpoint.end();
  }
}

/** Compares the bytes that come with those expected, as they come. */
class Expectation {
  received = 0;
  /** Resolves at the end of writing, when everything has come; rejects at the first wrong byte. */
  readonly met: Promise<void>;
  readonly #wanted: Iterator<Buffer>;
  #rest: Uint8Array = Uint8Array.of(ESTABLISHED);
  #reject!: (error: Error) => void;

  constructor(endpoint: RawConnection, wanted: Iterable<Buffer>) {
    this.#wanted = wanted[Symbol.iterator]();
    this.met = new Promise((resolve, reject) => {
      this.#reject = reject;
      endpoint.inbox.divert(
        (data) => this.#compare(data),
        () => (this.#more() ? reject(new Error(`ended early: ${this.state}`)) : resolve()),
      );
    });
    this.met.catch(() => {});
  }

  get state(): string {
    return `${this.received} bytes came`;
  }

  #compare(data: Uint8Array): void {
    for (let at = 0; at < data.length;) {
      const length = this.#more() ? Math.min(this.#rest.length, data.length - at) : 0;
      const agrees =
        length > 0 && Buffer.compare(data.subarray(at, at + length), this.#rest.subarray(0, length)) === 0;
      if (!agrees) return this.#reject(new Error(`something else came than was sent (D20): ${this.state}`));
      this.#rest = this.#rest.subarray(length);
      this.received += length;
      at += length;
    }
  }

  /** True while more is to come. */
  #more(): boolean {
    while (this.#rest.length === 0) {
      const next = this.#wanted.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}

/** Generates the same inputs for the same seed; each is valid only until the next. */
function* inputsOf(seed: number, count: number): Generator<Buffer> {
  const grammar = new Grammar(dice(seed));
  for (let left = count; left > 0; left--) yield grammar.input('client', 4);
}

function singles(input: Buffer): Buffer[] {
  return Array.from(input, (_, at) => input.subarray(at, at + 1));
}
