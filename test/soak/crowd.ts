/** Crowd of chatting clients: they come, talk, connect privately, leave, are cut off, and come again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Roll } from '../support/random.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { ResumingPage } from '../support/resuming-page.ts';
import { Chatter, type ChatterEvents } from './chatter.ts';
import { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import { Relays } from './relays.ts';
import { connectSomehow } from './ways.ts';

/** Intervals, in ms, between two messages, and between two other events. */
const TALK = 20;
const HAPPENING = 300;
const RELAYS_AT_ONCE = 4;
/** Longest time, in ms, until everything sent has come once all talk has stopped. */
const PATIENCE = 30_000;

export interface CrowdCounts {
  direct: number;
  left: number;
  dropped: number;
  came: number;
  /** Number of times that a page resumed over a new WebSocket (D28). */
  resumed: number;
}

export class Crowd {
  readonly ledger = new Ledger();
  readonly relays: Relays;
  readonly counts: CrowdCounts = { direct: 0, left: 0, dropped: 0, came: 0, resumed: 0 };
  /** Latencies over good connections, in ms from sender to reader; the report empties it. */
  latencies: number[] = [];
  readonly #live = new Map<string, Chatter>();
  readonly #size: number;
  readonly #network: Network;
  readonly #roll: Roll;
  readonly #events: ChatterEvents;
  readonly #onWrong: (what: string) => void;
  /** Clients that are meant to be cut off, or to leave. */
  readonly #expendable = new Set<Chatter>();
  readonly #lives: number[];
  #isTalking = false;
  #isOver = false;

  constructor(size: number, network: Network, roll: Roll, onWrong: (what: string) => void) {
    this.#size = size;
    this.#network = network;
    this.#roll = roll;
    this.#onWrong = onWrong;
    this.#lives = Array.from({ length: size }, () => 0);
    this.relays = new Relays(
      roll,
      [network.good, network.bad],
      () => `127.50.${roll(250)}.${1 + roll(250)}`,
      onWrong,
      { pauses: true },
    );
    this.#events = {
      onWrong,
      onLatency: (milliseconds) => void this.latencies.push(milliseconds),
      onId: (_chatter, requester, target, id) => this.relays.negotiated(requester, target, id),
      onOver: (chatter) => this.#ended(chatter),
    };
  }

  get present(): number {
    return this.#live.size;
  }

  /** Starts all activity; resolves when everyone is in the room. */
  async start(): Promise<void> {
    await Promise.all(this.#lives.map((_, slot) => this.#enter(slot)));
    void this.#every(TALK, () => this.#talk());
    void this.#every(HAPPENING, () => this.#happen());
  }

  talk(): void {
    this.#isTalking = true;
  }

  /** Pauses all talk until everything sent has come; names what has not, or null. */
  async settle(): Promise<string | null> {
    this.#isTalking = false;
    while (this.relays.running > 0) await sleep(50);
    this.#network.clear();
    const isLive = (name: string) => this.#live.has(name);
    const missing = (): string | null => {
      for (const chatter of this.#live.values()) {
        const what = chatter.undelivered(this.#live);
        if (what !== null) return what;
      }
      return this.ledger.unheard(isLive);
    };
    const deadline = performance.now() + PATIENCE;
    // The check is made twice, since bytes of clients that are gone may still come.
    for (let quiet = 0; quiet < 2; quiet = missing() === null ? quiet + 1 : 0) {
      if (performance.now() > deadline) return missing();
      for (const { endpoint } of this.#live.values()) if (endpoint instanceof ResumingPage) endpoint.wake();
      await sleep(200);
    }
    this.ledger.settle(isLive);
    for (const chatter of this.#live.values()) chatter.settle(isLive);
    return null;
  }

  /** Lets everyone leave cleanly. */
  async leave(): Promise<void> {
    this.#isOver = true;
    const everyone = [...this.#live.values()];
    for (const chatter of everyone) {
      this.#expendable.add(chatter);
      chatter.endpoint.end();
    }
    const all = Promise.all(everyone.map(({ endpoint }) => endpoint.over));
    if (await Promise.race([all.then(() => false), sleep(PATIENCE, true)]))
      this.#onWrong('not everyone could leave');
  }

  async #enter(slot: number): Promise<void> {
    // Every other client comes over the bad network.
    const isTimed = slot % 2 === 0;
    const name = `c${slot}-${++this.#lives[slot]!}`;
    try {
      const endpoint = await this.#connect(slot, isTimed);
      const chatter = new Chatter(name, endpoint, this.ledger, this.#events, isTimed);
      await chatter.enter();
      if (chatter.isOver) throw new Error('gone at once');
      this.#live.set(name, chatter);
      this.counts.came++;
    } catch (error) {
      if (isTimed) this.#onWrong(`${name} could not come in: ${String(error)}`);
      await sleep(500);
      if (!this.#isOver) void this.#enter(slot);
    }
  }

  /** Connects a client; on the bad network every other is a page. */
  #connect(slot: number, isGood: boolean): Promise<RawConnection> {
    const { good, bad } = this.#network;
    if (slot % 4 === 3)
      return Promise.resolve(new ResumingPage(bad, { onResumed: () => this.counts.resumed++ }));
    const from = `127.20.${slot >> 8}.${1 + (slot & 127)}`;
    if (isGood) return connectSomehow(good, this.#roll, from);
    return connectRaw(bad, (['tcp', 'websocket'] as const)[(slot >> 1) % 2]!, from);
  }

  #talk(): void {
    if (!this.#isTalking || this.#live.size < 2) return;
    const roll = this.#roll;
    const [speaker, other] = [this.#anyone(), this.#anyone()];
    // Some texts are long: the longest message has 1024 bytes.
    const filler = 'm'.repeat(roll(8) === 0 ? roll(900) : roll(80));
    if (roll(3) > 0 || speaker === other) speaker.say(filler);
    else {
      speaker.tell(other, filler);
      this.counts.direct++;
    }
  }

  #happen(): void {
    if (!this.#isTalking || this.#live.size < 2) return;
    const roll = this.#roll;
    const kind = roll(20);
    if (kind === 0) this.#drop(this.#anyone());
    else if (kind === 1) this.#part(this.#anyone());
    else if (kind === 2) this.#network.breakOne();
    else if (kind < 6) this.#network.swallowOne();
    else if (kind < 7) for (let left = 100; left > 0; left--) this.#talk();
    else if (this.relays.running < RELAYS_AT_ONCE && kind < 12) this.#connectTwo();
  }

  #connectTwo(): void {
    const [requester, target] = [this.#anyone(), this.#anyone()];
    if (requester !== target) void this.relays.run(requester, target);
  }

  #drop(chatter: Chatter): void {
    this.#expendable.add(chatter);
    chatter.endpoint.reset();
  }

  #part(chatter: Chatter): void {
    this.#expendable.add(chatter);
    this.#live.delete(chatter.name);
    chatter.endpoint.end();
  }

  #ended(chatter: Chatter): void {
    if (!chatter.reader) return;
    this.#live.delete(chatter.name);
    const isMeant = this.#expendable.delete(chatter);
    if (isMeant) this.counts.left++;
    else if (!chatter.isTimed && !(chatter.endpoint instanceof ResumingPage)) this.counts.dropped++;
    else this.#onWrong(`${chatter.name} (${chatter.endpoint.kind}) was cut off for nothing`);
    if (!this.#isOver) void this.#enter(Number(/\d+/.exec(chatter.name)?.[0]));
  }

  #anyone(): Chatter {
    return pick(this.#roll, [...this.#live.values()]);
  }

  async #every(milliseconds: number, run: () => void): Promise<void> {
    while (!this.#isOver) {
      run();
      await sleep(milliseconds);
    }
  }
}
