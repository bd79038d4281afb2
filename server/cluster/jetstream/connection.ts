/** The connection to the engine: NATS with JetStream. Nothing but this file, `access.ts` and `stream.ts` knows its packages. */
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connectToEngine, type AccessSettings } from './access.ts';
import type { LogMark } from './applied-batches.ts';
import { isNextPart, joinParts, PART, partsOf } from './snapshot.ts';
import { explained, provideStream, streamName, type StreamSettings, type StreamState } from './stream.ts';

/** Terms on which a node reaches the engine, and what it keeps there. */
export interface JetStreamSettings extends StreamSettings, AccessSettings {}

/** Takes what the engine has to say. */
export interface EngineHandlers {
  /** A message was stored at this position; it may come twice, late, or not at all. */
  onMessage(position: number, message: Uint8Array): void;
  /** The connection is there (again), or lost: what was published lately may be lost. */
  onConnected(isConnected: boolean, server: string): void;
  /** The engine complains, or does not answer: for the log of the process. */
  onTrouble(trouble: string): void;
}

/** Timeout, in ms, of one attempt to connect, and of a request. */
const TIMEOUT = 2_000;
/** Silence, in ms, behind the last part of a snapshot after which the rest is not waited for. */
const SNAPSHOT_TIMEOUT = 1_500;
/** Time, in ms, that another node has to answer what it has at a position. */
const ANSWER_TIMEOUT = 500;
/** Answer of a node that has nothing there. */
const NOT_THERE = new Uint8Array(0);
/** Bytes of the largest message, a part of a snapshot, and some for headers. */
const MIN_PAYLOAD = PART + 1024;

/** Connection to the engine, which comes back by itself. */
export class JetStreamConnection {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #settings: JetStreamSettings;
  readonly #handlers: EngineHandlers;
  /** Subject by which the engine says whether it has stored a batch. */
  readonly #refusals: string;
  /** Subject by which nodes ask each other for a message. */
  readonly #missed: string;
  #isConnected = true;
  #hearing: Subscription | null = null;
  /** Error of the subscription to what is stored. */
  #deafness: Error | null = null;

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    settings: JetStreamSettings,
    handlers: EngineHandlers,
  ) {
    this.#connection = connection;
    this.#manager = manager;
    this.#settings = settings;
    this.#handlers = handlers;
    this.#missed = `chaton.${settings.room}.missed`;
    this.#refusals = `_INBOX.${settings.node}.${crypto.randomUUID()}`;
  }

  /**
   * Connects, provides the stream, subscribes to what it stores and reads in it. Rejects when one of the four fails, as they
   * do while the engine starts, and where this node's user may not.
   */
  static async open(settings: JetStreamSettings, handlers: EngineHandlers): Promise<JetStreamConnection> {
    const connection = await connectToEngine(settings, TIMEOUT);
    try {
      const manager = await jetstreamManager(connection, { checkAPI: false, timeout: TIMEOUT });
      checkPayload(connection);
      const complaint = await provideStream(manager, settings);
      const engine = new JetStreamConnection(connection, manager, settings, handlers);
      engine.#subscribe();
      engine.listen();
      void engine.#watch();
      // A right that is seldom used is tried now, and not when the first message is missing.
      await manager.streams.getMessage(streamName(settings), { seq: 1 });
      if (engine.#deafness) throw engine.#deafness;
      if (complaint !== null) handlers.onTrouble(complaint);
      return engine;
    } catch (error) {
      await connection.close().catch(() => {});
      throw explained(error);
    }
  }

  /**
   * Hands a batch to the engine. Nobody says whether it is stored, but the stream itself; for one that is sent again, the engine
   * is asked why it did not.
   */
  publish(incarnation: string, bytes: Uint8Array, isFirst = true): void {
    // Bytes published while there is no connection may be sent later, or not; the sender sends them again by itself.
    if (!this.#isConnected || this.#connection.isClosed()) return;
    const { room, node } = this.#settings;
    this.#publish(`chaton.${room}.in.${node}.${incarnation}`, bytes, isFirst ? undefined : this.#refusals);
  }

  /**
   * Fetches the message at a position, from another node that has applied the same so far or from the leader, whichever is the
   * first; rejects when neither has it. A replica is never asked (`DIRECT.GET`): one that led before may hold for good what it
   * was handed when it was deposed, and not what was republished (NATS 2.9.10 does). And the leader does not answer while the
   * engine as a whole has none.
   * @param mark where this node is
   */
  fetch(position: number, mark: LogMark): Promise<Uint8Array> {
    return Promise.any([this.#fetchFromNode(position, mark), this.#fetchFromLeader(position)]);
  }

  /** Answers nodes that have missed a message. */
  serveMissed(find: (position: number, mark: LogMark) => Uint8Array | undefined): void {
    this.#connection.subscribe(this.#missed, {
      queue: 'nodes',
      callback: (error, { reply, data }) => {
        if (error !== null || reply === undefined || reply === '') return;
        const [missed = NaN, position = NaN, print = NaN] = new TextDecoder()
          .decode(data)
          .split(' ')
          .map(Number);
        this.#publish(reply, find(missed, { position, print }) ?? NOT_THERE);
      },
    });
  }

  /** Hears what the stream stores; anew, when it does not any more. */
  listen(): void {
    this.#hearing?.unsubscribe();
    this.#hearing = this.#connection.subscribe(`chaton.${this.#settings.room}.out.>`, {
      callback: (error, { headers, data }) => {
        const position = Number(headers?.get('Nats-Sequence'));
        if (error !== null) {
          this.#deafness = error;
          this.#handlers.onTrouble(error.message);
        } else if (Number.isSafeInteger(position) && position > 0) this.#handOut(position, data);
      },
    });
  }

  /** State of the stream. Rejects when the engine does not answer. */
  async streamState(): Promise<StreamState> {
    const { state } = await this.#manager.streams.info(streamName(this.#settings));
    return { messages: state.messages, last: state.last_seq };
  }

  /** Answers those who ask for a snapshot, if there is one: else they ask again. */
  serveSnapshot(make: () => Uint8Array | null): void {
    this.#connection.subscribe(`chaton.${this.#settings.room}.snapshot`, {
      queue: 'nodes',
      callback: (error, { reply }) => {
        if (error !== null || reply === undefined || reply === '') return;
        const snapshot = make();
        if (snapshot !== null) for (const part of partsOf(snapshot)) this.#publish(reply, part);
      },
    });
  }

  /** Asks for a snapshot; null when nobody has one, or nobody answers. */
  requestSnapshot(): Promise<Uint8Array | null> {
    const { room, node } = this.#settings;
    return new Promise((resolve) => {
      const parts: Uint8Array[] = [];
      const finish = (snapshot: Uint8Array | null) => {
        clearTimeout(timer);
        subscription.unsubscribe();
        resolve(snapshot);
      };
      const timer = setTimeout(() => finish(null), SNAPSHOT_TIMEOUT);
      const inbox = `_INBOX.${node}.${crypto.randomUUID()}`;
      const subscription = this.#connection.subscribe(inbox, {
        callback: (error, { data, headers }) => {
          // "No responders" is an answer as well: one without a body.
          if (error !== null || (headers?.code ?? 0) > 0 || !isNextPart(parts, data)) return finish(null);
          timer.refresh();
          parts.push(data);
          const snapshot = joinParts(parts);
          if (snapshot !== null) finish(snapshot);
        },
      });
      if (this.#isConnected) this.#connection.publish(`chaton.${room}.snapshot`, '', { reply: inbox });
    });
  }

  /** Closes the connection; what was published before is sent, where it can be. */
  async close(): Promise<void> {
    const flushed = this.#isConnected ? this.#connection.flush().catch(() => {}) : Promise.resolve();
    await Promise.race([flushed, new Promise((resolve) => setTimeout(resolve, TIMEOUT).unref())]);
    await this.#connection.close().catch(() => {});
  }

  async #fetchFromNode(missed: number, { position, print }: LogMark): Promise<Uint8Array> {
    const timeout = ANSWER_TIMEOUT;
    const question = `${missed} ${position} ${print}`;
    const { data } = await this.#connection.request(this.#missed, question, { timeout });
    if (data.length === 0) throw new Error('not there');
    return data;
  }

  async #fetchFromLeader(position: number): Promise<Uint8Array> {
    const found = await this.#manager.streams.getMessage(streamName(this.#settings), { seq: position });
    if (found === null) throw new Error('not there');
    return found.data;
  }

  /** Publishes; what the package refuses, as more than the server takes, is trouble like any other. */
  #publish(subject: string, bytes: Uint8Array, reply?: string): void {
    try {
      this.#connection.publish(subject, bytes, reply === undefined ? undefined : { reply });
    } catch (error) {
      this.#handlers.onTrouble(`takes nothing of ${bytes.length} bytes: ${(error as Error).message}`);
    }
  }

  #subscribe(): void {
    this.#connection.subscribe(this.#refusals, {
      callback: (error, { headers, data }) => {
        const isNobody = (headers?.code ?? 0) > 0;
        const why = error?.message ?? (isNobody ? 'no stream takes it' : refusalIn(data));
        if (why !== null) this.#handlers.onTrouble(`does not store what this gateway writes: ${why}`);
      },
    });
  }

  /** The client would take an error of a handler for one of its connection. */
  #handOut(position: number, message: Uint8Array): void {
    try {
      this.#handlers.onMessage(position, message);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status())
      switch (status.type) {
        case 'disconnect':
        case 'reconnect':
          this.#isConnected = status.type === 'reconnect';
          this.#handlers.onConnected(this.#isConnected, status.server);
          break;
        case 'error':
          this.#handlers.onTrouble(status.error.message);
          break;
        default:
      }
  }
}

/** Throws for an engine whose messages are smaller than the largest that a node writes. */
function checkPayload({ info }: NatsConnection): void {
  const { max_payload: most = Infinity } = info ?? {};
  if (most < MIN_PAYLOAD)
    throw new Error(
      `it takes messages of ${most} bytes at most, and a gateway needs ${MIN_PAYLOAD}: raise its max_payload`,
    );
}

/** Reason why a batch was not stored, by the engine's acknowledgement; null when it was. */
function refusalIn(acknowledgement: Uint8Array): string | null {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(acknowledgement)) as {
      error?: { description?: string };
    };
    return error ? (error.description ?? 'unknown') : null;
  } catch {
    return 'its answer cannot be read';
  }
}
