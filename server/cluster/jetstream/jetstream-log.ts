/** The replicated log over NATS JetStream: one stream, whose order is the order of the room. */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Logger } from 'pino';
import type { Clock } from '../../chat/environment/clock.ts';
import { JetStreamConnection, type JetStreamSettings } from './connection.ts';
import { decodeBatch, encodeBatch, type Batch, type BatchKind } from './envelope.ts';
import { AppliedBatches } from './applied-batches.ts';
import { Hearing } from './hearing.ts';
import { IncomingMessages } from './incoming.ts';
import { holds, Joining, type Joined } from './joining.ts';
import { OutgoingBatches } from './outgoing.ts';
import { packSnapshot, unpackSnapshot } from './snapshot.ts';
import type { LossReason } from '../../../shared/protocol/reasons.ts';
import type { ReplicatedLog, LogHandlers, PressureLevel } from '../replicated-log.ts';

/** Interval of the checks of timeouts, in ms. */
const TICK_EVERY = 100;
/** Silence, in ms, after which a node writes an empty batch. */
const BEAT_AFTER = 500;
/** Backoff, in ms, between attempts to reach the engine. */
const FIRST_RETRY = 250;
const LAST_RETRY = 2_000;
/** Time, in ms, that a log which is closed waits for what it has sent. */
const LAST_ACKNOWLEDGEMENTS = 400;

export interface JetStreamOptions extends JetStreamSettings {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Time, in ms, after which the log counts as stalled when nothing comes back. */
  readonly holdAfter: number;
  /** Time, in ms, after which the node gives up. */
  readonly giveUpAfter: number;
  /** Called for each complaint of the engine, or about it; not each is logged. */
  readonly onTrouble?: () => void;
}

/** Log of a room as one incarnation of a node takes part in it. */
export class JetStreamLog implements ReplicatedLog {
  readonly incarnation = randomBytes(8).toString('hex');
  readonly #options: JetStreamOptions;
  readonly #incoming: IncomingMessages;
  readonly #outgoing: OutgoingBatches;
  readonly #hearing: Hearing;
  readonly #joining: Joining;
  #phase: 'joining' | 'live' | 'lost' | 'closed' = 'joining';
  #engine: JetStreamConnection | null = null;
  #handlers: LogHandlers | null = null;
  #applied = new AppliedBatches({ position: 0, print: 0, last: [] });
  /** Last position up to which another node is known to have applied the same. */
  #agreed = 0;
  #pressure: PressureLevel = 0;
  #isStalled = false;
  #stopTicking: () => void = () => {};
  #lastTrouble = '';

  constructor(options: JetStreamOptions) {
    this.#options = options;
    this.#incoming = new IncomingMessages({
      clock: options.clock,
      fetch: (position) => this.#engine!.fetch(position, this.#applied),
      onNext: (position, message) => this.#apply(position, message),
      onRepeated: (position, message) => this.#checkRepeated(position, message),
    });
    this.#outgoing = new OutgoingBatches({
      now: () => options.clock.awake(),
      encode: (batch, records) => this.#encode('records', batch, this.position, records),
      publish: (bytes, isFirst) => this.#engine?.publish(this.incarnation, bytes, isFirst),
    });
    this.#hearing = new Hearing({
      now: () => options.clock.awake(),
      engine: () => this.#engine!,
      incoming: this.#incoming,
      onDeaf: () => this.#reportTrouble('stores what this gateway does not hear'),
    });
    this.#joining = new Joining({
      incarnation: this.incarnation,
      request: async () => (await this.#engine?.requestSnapshot()) ?? null,
      streamState: () => this.#engine!.streamState(),
      publish: (kind, seen) => this.#engine?.publish(this.incarnation, this.#encode(kind, 0, seen, [])),
    });
  }

  get oldestInFlight(): number {
    return Math.max(this.#outgoing.oldest ?? 0, this.#hearing.silence);
  }

  get position(): number {
    return this.#applied.position;
  }

  get resent(): number {
    return this.#outgoing.resent;
  }

  /** Messages that had to be fetched, since the start. */
  get fetched(): number {
    return this.#incoming.fetched;
  }

  propose(record: Uint8Array): void {
    this.#outgoing.propose(record);
  }

  setPressure(pressure: PressureLevel): void {
    this.#pressure = pressure;
  }

  async join(handlers: LogHandlers): Promise<Uint8Array | null> {
    this.#handlers = handlers;
    this.#engine = await this.#open();
    const joined = await this.#joining.join();
    if (joined === null) throw new Error('the log was closed before this node had joined');
    const snapshot = this.#begin(joined);
    setImmediate(() => {
      if (this.#phase !== 'live') return;
      this.#incoming.begin(this.position);
      // A node that has left the log may have applied what is not in it.
      this.#engine?.serveMissed((position, mark) =>
        this.#phase === 'live' ? this.#applied.find(position, mark) : undefined,
      );
    });
    return snapshot;
  }

  serveSnapshot(make: () => Uint8Array | null): void {
    if (this.#phase !== 'live') return;
    this.#engine!.serveSnapshot(() => {
      const state = make();
      return state && packSnapshot(this.#applied.state, state);
    });
  }

  async close(): Promise<void> {
    if (this.#phase === 'closed') return;
    const deadline = this.#options.clock.now() + LAST_ACKNOWLEDGEMENTS;
    const isDone = () =>
      this.#phase !== 'live' || this.#outgoing.isIdle || this.#options.clock.now() >= deadline;
    while (!isDone()) await new Promise<void>((resolve) => this.#options.clock.after(5, resolve));
    this.#phase = 'closed';
    this.#end();
    await this.#engine?.close();
  }

  /** Connects to the engine, for as long as it takes. */
  async #open(): Promise<JetStreamConnection> {
    for (let retry = FIRST_RETRY; this.#isJoining(); retry = Math.min(2 * retry, LAST_RETRY))
      try {
        const engine = await JetStreamConnection.open(this.#options, {
          onMessage: (position, message) => this.#receive(position, message),
          onConnected: (isConnected, server) => this.#onConnected(isConnected, server),
          onTrouble: (trouble) => this.#reportTrouble(trouble),
        });
        this.#lastTrouble = '';
        if (this.#isJoining()) return engine;
        await engine.close();
      } catch (error) {
        this.#reportTrouble(`not there yet: ${(error as Error).message}`);
        await new Promise<void>((resolve) => setTimeout(resolve, retry));
      }
    throw new Error('the log was closed before the engine was there');
  }

  #isJoining(): boolean {
    return this.#phase === 'joining';
  }

  #begin(joined: Joined): Uint8Array | null {
    this.#phase = 'live';
    this.#joining.close();
    this.#stopTicking = this.#options.clock.every(TICK_EVERY, () => this.#tick());
    if ('snapshot' in joined) {
      const { applied, state } = unpackSnapshot(joined.snapshot);
      this.#applied = new AppliedBatches(applied);
      return state;
    }
    // Nothing is known of what was before: a node that has applied that is not compared.
    this.#applied = new AppliedBatches({ position: joined.founded, print: crc32(joined.message), last: [] });
    return null;
  }

  #receive(position: number, message: Uint8Array): void {
    this.#hearing.heard();
    if (this.#phase === 'joining') this.#joining.onMessage(position, message);
    else this.#incoming.receive(position, message);
  }

  /** Applies the message at the next position. */
  #apply(position: number, message: Uint8Array): void {
    const batch = decodeBatch(message);
    this.#applied.add(message);
    if (batch === null)
      return this.#reportTrouble('holds what no gateway of this version has written: it is passed over');
    // Another node has founded the room anew, since nothing came from this one.
    if (holds(batch, position)) this.#lose('fenced');
    else if (batch.kind === 'records') this.#count(batch, position);
  }

  /** Counts a batch if it is the next one of its node, on every node alike; all others are skipped. */
  #count(batch: Batch, position: number): void {
    const isOwn = batch.incarnation === this.incarnation;
    const expected = this.#applied.lastBatch(batch.incarnation) + 1;
    if (batch.batch !== expected) {
      if (isOwn && batch.batch > expected) this.#outgoing.onGap();
      return;
    }
    const loss = this.#reasonToLeave(batch, position);
    if (loss !== null) return this.#lose(loss);
    this.#applied.count(batch.incarnation, batch.batch);
    if (isOwn) {
      this.#outgoing.acknowledge(batch.batch);
      this.#updateStalled();
    }
    const { incarnation, ticks, pressure, records } = batch;
    this.#handlers!.onEntry({ position, incarnation, batch: batch.batch, ticks, pressure, records });
  }

  /** Reason why this node has to leave the log, as a batch that would count shows it. */
  #reasonToLeave({ incarnation, seen, print }: Batch, position: number): LossReason | null {
    // Its writer had applied more than is stored now.
    if (seen >= position) return 'engine lost';
    const own = this.#applied.printAt(seen);
    if (own === null) return null;
    if (own !== print) {
      const { lastFetched } = this.#incoming;
      const about = { incarnation, seen, print, own, agreed: this.#agreed, lastFetched };
      this.#options.logger.error(about, 'another gateway has applied something else');
      return 'diverged';
    }
    if (incarnation !== this.incarnation) this.#agreed = seen;
    return null;
  }

  /**
   * Looks at a message at a position that was applied: a copy of the one that was, which may come late, or a log that began
   * anew. Where nothing is remembered, a writer shows it that had applied more than is stored now: this node, at the latest.
   */
  #checkRepeated(position: number, message: Uint8Array): void {
    const batch = decodeBatch(message);
    const isBefore = batch?.kind === 'records' && batch.seen >= position;
    if (isBefore || this.#applied.contradicts(position, message)) this.#lose('engine lost');
  }

  #encode(kind: BatchKind, batch: number, seen: number, records: readonly Uint8Array[]): Uint8Array {
    const { incarnation } = this;
    const ticks = this.#options.clock.awake();
    return encodeBatch(
      { incarnation, kind, batch, ticks, seen, print: this.#applied.print, pressure: this.#pressure },
      records,
    );
  }

  #tick(): void {
    this.#outgoing.tick();
    if (this.#outgoing.isIdle && this.#outgoing.silence >= BEAT_AFTER) this.#outgoing.beat();
    this.#updateStalled();
    if (this.#isStalled) void this.#hearing.check();
    if (this.oldestInFlight >= this.#options.giveUpAfter) this.#lose('given up');
  }

  #updateStalled(): void {
    const isStalled = this.oldestInFlight >= this.#options.holdAfter;
    if (isStalled === this.#isStalled || this.#phase !== 'live') return;
    this.#isStalled = isStalled;
    if (!isStalled) this.#lastTrouble = '';
    this.#handlers!.onStalled(isStalled);
  }

  #onConnected(isConnected: boolean, server: string): void {
    const { logger } = this.#options;
    if (this.#phase === 'lost' || this.#phase === 'closed') return;
    if (!isConnected) logger.warn({ server }, 'the engine is gone: trying its servers');
    else {
      logger.info({ server }, 'the engine is back');
      // Batches that were on their way when the connection broke may be lost.
      this.#outgoing.retransmit();
    }
  }

  /** Logs what the engine complains of, when it is something else than the last time. */
  #reportTrouble(trouble: string): void {
    this.#options.onTrouble?.();
    if (trouble !== this.#lastTrouble) this.#options.logger.warn(`engine: ${trouble}`);
    this.#lastTrouble = trouble;
  }

  #lose(reason: LossReason): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'lost';
    this.#end();
    void this.#engine?.close();
    this.#handlers!.onLost(reason);
  }

  #end(): void {
    this.#stopTicking();
    this.#joining.close();
    this.#incoming.close();
    this.#outgoing.close();
  }
}
