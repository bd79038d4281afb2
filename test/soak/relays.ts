/** Private connections whose every byte is checked, some of which break on the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Roll } from '../support/random.ts';
import { bytes } from '../support/raw-hex.ts';
import { noise } from '../support/relay-bulk.ts';
import { loginPrivate, LONG_BYTES } from '../support/relay-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { Addressed, RawConnection } from '../support/raw-connection.ts';
import { ResumingPage } from '../support/resuming-page.ts';
import type { Chatter } from './chatter.ts';
import { Receiver } from './receiver.ts';
import { describe, progressOf, systemSays, type Side } from './standstill.ts';
import { connectSomehow } from './ways.ts';

const MOST_BYTES = 3_000_000;
/** Size below which one side in three stays: it has ended its writing long before the other, which goes on. */
const FEW_BYTES = 2_000;
/** A page's WebSocket breaks once in about so many chunks, and the private connection goes on over the next (D28). */
const PAGE_BREAK = 12;
/** Longest time, in ms, that a negotiation may take. */
const NEGOTIATION = 20_000;
/**
 * Longest standstill of a private connection, in ms: nothing is sent, nothing comes, nothing ends. The whole time says
 * nothing, since that is up to the machine. It is longer than the gateway waits for a side that is gone without its
 * knowing: for a page that was interrupted when it was broken off (D28: 60 s), and for one that was broken off before its
 * LOGIN_PRIVATE had arrived.
 */
const PATIENCE = 90_000;
/** Interval, in ms, of the checks for a standstill. */
const LOOK_EVERY = 1_000;
/** Lifetime of a connect_id in the gateway of a soak, in ms (D17). */
export const ID_LIFETIME = 60_000;

export interface RelayCounts {
  whole: number;
  broken: number;
  /** Number of times that a page resumed over a new WebSocket. */
  resumed: number;
  bytes: number;
  /** Longest standstill, and longest life, of a private connection, in ms. */
  stoodStill: number;
  took: number;
}

/** Faults of the private connections, and their size. */
export interface RelayManner {
  /** True when readers pause now and then. */
  readonly pauses?: boolean;
  /** Most bytes that one side sends. */
  readonly most?: number;
  /** True when every third is broken off on the way. */
  readonly mayBreak?: boolean;
  /** Longest standstill, in ms. */
  readonly patience?: number;
}

export class Relays {
  readonly counts: RelayCounts = { whole: 0, broken: 0, resumed: 0, bytes: 0, stoodStill: 0, took: 0 };
  /** Number of private connections under way. */
  running = 0;
  readonly #roll: Roll;
  readonly #ways: readonly Addressed[];
  readonly #addressOf: (roll: Roll) => string;
  readonly #onWrong: (what: string) => void;
  readonly #manner: Required<RelayManner>;
  /** Negotiations by pair: the function that waits for the connect_id, and the id. */
  readonly #negotiations = new Map<string, { readonly resolve: (id: number) => void; id: number | null }>();
  #seed = 0;

  /** @param ways ways to the gateway, the good and the bad */
  constructor(
    roll: Roll,
    ways: readonly Addressed[],
    addressOf: (roll: Roll) => string,
    onWrong: (what: string) => void,
    { pauses = false, most = MOST_BYTES, mayBreak = true, patience = PATIENCE }: RelayManner = {},
  ) {
    this.#manner = { pauses, most, mayBreak, patience };
    this.#roll = roll;
    this.#ways = ways;
    this.#addressOf = addressOf;
    this.#onWrong = onWrong;
  }

  /** Notes, for either of two clients, that a private connection was negotiated. */
  negotiated(requester: string, target: string, id: number): void {
    const negotiation = this.#negotiations.get(`${requester} ${target}`);
    if (!negotiation) return;
    if (negotiation.id === null) negotiation.id = id;
    else if (negotiation.id !== id) this.#onWrong(`${requester} and ${target} were told two connect_ids`);
    else negotiation.resolve(id);
  }

  /** Runs one private connection between these two, from the request to both ends. */
  async run(requester: Chatter, target: Chatter): Promise<void> {
    const key = `${requester.name} ${target.name}`;
    if (this.#negotiations.has(key)) return;
    this.running++;
    try {
      const negotiated = new Promise<number>((resolve) => this.#negotiations.set(key, { resolve, id: null }));
      requester.request(target);
      const id = await within(NEGOTIATION, negotiated);
      if (id !== null) await this.#join(id, key);
      else if (!requester.isOver && !target.isOver) this.#onWrong(`no connect_id for ${key}`);
    } catch (error) {
      this.#onWrong(`the private connection of ${key}: ${String(error)}`);
    } finally {
      this.#negotiations.delete(key);
      this.running--;
    }
  }

  async #join(id: number, key: string): Promise<void> {
    const isBroken = this.#manner.mayBreak && this.#roll(3) === 0;
    const sides = await Promise.all([this.#present(id, isBroken), this.#present(id, isBroken)]);
    const receivers = [
      new Receiver(sides[0].endpoint, sides[1].seed, sides[1].size),
      new Receiver(sides[1].endpoint, sides[0].seed, sides[0].size),
    ] as const;
    const sending = Promise.all(sides.map((side) => this.#send(side)));
    if (isBroken) {
      await sleep(this.#roll(2000));
      pick(this.#roll, sides).endpoint.reset();
    }
    const over = Promise.all([
      sending,
      ...sides.map(({ endpoint }) => endpoint.over),
      ...receivers.map(({ isOver }) => isOver),
    ]);
    if (this.#manner.pauses) for (const side of sides) void this.#pauseNowAndThen(side);
    const done = await this.#watch(
      over,
      () => progressOf(sides) + receivers[0].received + receivers[1].received,
    );
    if (done === null) {
      const states = sides.map((side, i) => `${describe(side)}; received ${receivers[i]!.received}`);
      const what = isBroken ? 'which was to break, hangs' : 'hangs';
      this.#onWrong(`the private connection of ${key} ${what}: ${states.join('\n  ')}${systemSays(sides)}`);
      for (const { endpoint } of sides) endpoint.reset();
      return;
    }
    const endings = done.slice(1, 3) as Array<{ readonly reset: boolean }>;
    this.#judge(key, isBroken, sides, receivers, endings);
  }

  #judge(
    key: string,
    isBroken: boolean,
    sides: readonly Side[],
    receivers: readonly Receiver[],
    endings: ReadonlyArray<{ readonly reset: boolean }>,
  ): void {
    receivers.forEach(({ received, wrongAt }, i) => {
      this.counts.bytes += received;
      const wanted = sides[1 - i]!.size;
      const { endpoint } = sides[i]!;
      if (wrongAt !== null)
        this.#onWrong(
          `${key}: a wrong byte at ${wrongAt} of ${wanted} over ${endpoint.kind}; ${sides.map(describe).join('\n  ')}`,
        );
      else if (!isBroken && received < wanted)
        this.#onWrong(`${key}: ${received} of ${wanted} bytes over ${endpoint.kind}`);
      else if (!isBroken && endings[i]!.reset)
        this.#onWrong(`${key}: a clean end came as a break over ${endpoint.kind}`);
      else if (endpoint.inbox.ended && received < wanted && received > 0)
        this.#onWrong(
          `${key}: ended after ${received} of ${wanted} bytes as if that were all, over ${endpoint.kind}`,
        );
    });
    if (isBroken) this.counts.broken++;
    else this.counts.whole++;
  }

  /** Connects one side; over a bad network only when it may break. */
  async #present(id: number, mayBreak: boolean): Promise<Side> {
    const roll = this.#roll;
    const endpoint = await this.#connect(mayBreak);
    await endpoint.write(bytes(loginPrivate(id, LONG_BYTES[endpoint.kind])));
    const size = roll(roll(3) === 0 ? FEW_BYTES : this.#manner.most);
    return { endpoint, size, seed: ++this.#seed, sent: 0, doing: 'nothing yet' };
  }

  #connect(mayBreak: boolean): Promise<RawConnection> {
    const roll = this.#roll;
    const [good, bad] = this.#ways as [Addressed, Addressed];
    const localAddress = this.#addressOf(roll);
    if (mayBreak && roll(2) === 0)
      return connectRaw(bad, pick(roll, ['tcp', 'websocket'] as const), localAddress);
    if (roll(3) > 0) return connectSomehow(good, roll, localAddress);
    const onResumed = () => void this.counts.resumed++;
    return Promise.resolve(
      new ResumingPage(good, { isSecure: roll(2) === 0, from: { localAddress }, onResumed }),
    );
  }

  /** Waits for its end; null when it stands still for too long. */
  async #watch<T>(over: Promise<T>, progress: () => number): Promise<T | null> {
    const start = performance.now();
    let last = { at: start, progress: progress() };
    for (;;) {
      const done = await within(LOOK_EVERY, over);
      const now = performance.now();
      const { counts } = this;
      if (done !== null) {
        counts.took = Math.max(counts.took, now - start);
        return done;
      }
      if (progress() !== last.progress) last = { at: now, progress: progress() };
      counts.stoodStill = Math.max(counts.stoodStill, now - last.at);
      if (now - last.at > this.#manner.patience) return null;
    }
  }

  /** Pauses its reading now and then, so that the gateway has to apply backpressure to the other side. */
  async #pauseNowAndThen({ endpoint }: Side): Promise<void> {
    const over = endpoint.over.then(() => true);
    while (!(await Promise.race([over, sleep(this.#roll(60), false)]))) {
      endpoint.pause();
      await sleep(this.#roll(this.#roll(4) === 0 ? 400 : 20));
      endpoint.resume();
    }
  }

  /** Sends its bytes, now and then with a pause, and ends its writing. */
  async #send(side: Side): Promise<void> {
    const { endpoint, seed, size } = side;
    for (const chunk of noise(seed, size)) {
      side.doing = 'sending';
      if (!(await endpoint.write(chunk))) {
        side.doing = 'gave up';
        return;
      }
      side.sent += chunk.length;
      side.doing = 'pausing';
      if (this.#roll(10) === 0) await sleep(this.#roll(100));
      if (endpoint instanceof ResumingPage && endpoint.canResume && this.#roll(PAGE_BREAK) === 0)
        endpoint.break();
    }
    side.doing = 'ended';
    endpoint.end();
  }
}

/** Waits for a promise; null when it takes longer. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
