/** Nodes that write and apply a log, and a check that all of them have applied the same. */
import { createHash } from 'node:crypto';
import { systemClock } from '../../../server/app/system-clock.ts';
import { JetStreamLog, type JetStreamOptions } from '../../../server/cluster/jetstream/jetstream-log.ts';
import type { LogEntry } from '../../../server/cluster/replicated-log.ts';
import type { LossReason } from '../../../shared/protocol/reasons.ts';
import { pause } from './engine.ts';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

export type MemberOptions = Partial<JetStreamOptions> & Pick<JetStreamOptions, 'servers'>;

/** What a member's snapshot holds: a digest of all records so far, and their number. */
interface State {
  readonly digest: string;
  readonly count: number;
}

/** Node whose state is a digest of everything that was said. */
export class Member {
  readonly log: JetStreamLog;
  readonly lost: Promise<LossReason>;
  reason: LossReason | null = null;
  /** Records applied, by the incarnation that wrote them: their last number; each is one more than the one before. */
  readonly heard = new Map<string, number>();
  /** Records that did not follow the one before of the same writer. */
  faults = 0;
  said = 0;
  entries = 0;
  stalls: boolean[] = [];
  hasFounded = false;
  /** Longest time between two entries, in ms. */
  longestSilence = 0;
  #digest = '';
  #count = 0;
  #lastAt = performance.now();
  #onLost!: (reason: LossReason) => void;

  private constructor(options: MemberOptions) {
    this.log = Member.make(options);
    this.lost = new Promise((resolve) => (this.#onLost = resolve));
  }

  /** Makes a log, which nobody has joined. */
  static make(options: MemberOptions): JetStreamLog {
    return new JetStreamLog({
      room: 'main',
      node: 'n',
      replicas: 3,
      clock: systemClock,
      logger: QUIET as never,
      holdAfter: 1_000,
      giveUpAfter: 25_000,
      credentials: null,
      caFile: null,
      certificate: null,
      ...options,
    });
  }

  static async join(options: MemberOptions): Promise<Member> {
    const member = new Member(options);
    await member.#join();
    return member;
  }

  get state(): State {
    return { digest: this.#digest, count: this.#count };
  }

  /** Writes the next record. */
  say(size = 60): void {
    const record = Buffer.alloc(size, this.said);
    record.writeUInt32BE(++this.said);
    this.log.propose(record);
  }

  /** Resolves when it has applied so many records of a writer. */
  async hears(writer: Member, count = writer.said): Promise<void> {
    while ((this.heard.get(writer.log.incarnation) ?? 0) < count) {
      if (this.reason !== null) throw new Error(`lost: ${this.reason}`);
      await pause();
    }
  }

  async #join(): Promise<void> {
    const snapshot = await this.log.join({
      onEntry: (entry) => this.#apply(entry),
      onStalled: (isStalled) => this.stalls.push(isStalled),
      onLost: (reason) => {
        this.reason = reason;
        this.#onLost(reason);
      },
    });
    this.hasFounded = snapshot === null;
    this.#lastAt = performance.now();
    if (snapshot !== null) {
      const state = JSON.parse(Buffer.from(snapshot).toString()) as State & { heard: [string, number][] };
      this.#digest = state.digest;
      this.#count = state.count;
      for (const [writer, last] of state.heard) this.heard.set(writer, last);
    }
    this.log.serveSnapshot(() => Buffer.from(JSON.stringify({ ...this.state, heard: [...this.heard] })));
  }

  #apply({ incarnation, records, batch, position }: LogEntry): void {
    const now = performance.now();
    this.longestSilence = Math.max(this.longestSilence, now - this.#lastAt);
    this.#lastAt = now;
    this.entries++;
    const hash = createHash('sha256').update(`${this.#digest} ${position} ${incarnation} ${batch}`);
    for (const record of records) {
      const number = Buffer.from(record).readUInt32BE();
      if (number !== (this.heard.get(incarnation) ?? 0) + 1) this.faults++;
      this.heard.set(incarnation, number);
      this.#count++;
      hash.update(record);
    }
    this.#digest = hash.digest('hex');
  }
}
