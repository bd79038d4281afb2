/** This page's ends of its private connections (§4). They outlive the main connection (D22). */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { openPrivate } from '../../shared/client/private-connection.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import {
  encodeString,
  type PrivateItem,
  type PrivateStreamParser,
  type RawItem,
} from '../../shared/protocol/private-stream.ts';
import { PrivateReader } from './private-reader.ts';
import { ByteBudget } from '../../shared/stream/byte-budget.ts';
import { FlowWindow } from '../../shared/stream/flow-window.ts';

/** Event of a private connection, for its owner, who names them by keys. */
export type PrivateConnectionEvent<Key> =
  | {
      readonly type: 'private-items';
      readonly key: Key;
      readonly items: readonly PrivateItem[];
      /** The part that has come of an item whose end is overdue; it takes the place of what was reported of it before. */
      readonly unfinished: RawItem | null;
    }
  /** Its way to the server is interrupted, or goes on where it was (D28). */
  | { readonly type: 'private-interrupted'; readonly key: Key; readonly isInterrupted: boolean }
  | {
      readonly type: 'private-stage';
      readonly key: Key;
      /** `lapsed`: it was never established. `lost`: it broke. */
      readonly stage: 'open' | 'they-ended' | 'closed' | 'lost' | 'lapsed';
    };

interface PrivateConnection {
  readonly stream: ByteStream;
  /** Own login when it was opened, under which we write. */
  readonly login: string;
  readonly reader: PrivateReader;
  /** False under backpressure: the stream is over its high-water mark. */
  isWritable: boolean;
  /** True while nothing goes to the server: what were written then would not be sent. */
  isInterrupted: boolean;
}

interface PrivateConnectionsOptions<Key> {
  /** Opens a new stream to the server, which tells when it is interrupted (true), and when it goes on (false). */
  readonly open: (onInterrupted: (isInterrupted: boolean) => void) => ByteStream;
  readonly report: (event: PrivateConnectionEvent<Key>) => void;
  /** Called when one that was not writable may be again. */
  readonly onWritable: () => void;
}

/**
 * Time, in ms, after which an interruption is reported. Where it was the other side that broke off, the first try to resume
 * says so, and nothing else is to be said of it.
 */
export const INTERRUPTED_MS = 1_500;
/** Timeout of the other side's end of writing after we have closed a connection, in ms. */
const CLOSING_MS = 10_000;

const readers = new WeakMap<object, PrivateReader>();

/** A parser that goes on where the page is in what comes over this stream, if it is one of a private connection. */
export const parserOf = (stream: object): PrivateStreamParser | undefined =>
  readers.get(stream)?.copyParser();

export class PrivateConnections<Key> {
  readonly #options: PrivateConnectionsOptions<Key>;
  readonly #connections = new Map<Key, PrivateConnection>();

  constructor(options: PrivateConnectionsOptions<Key>) {
    this.#options = options;
  }

  has(key: Key): boolean {
    return this.#connections.has(key);
  }

  /** Opens our end of the private connection `connectId`, and writes on it as `login`. */
  open(key: Key, connectId: number, login: string): void {
    let established = false;
    const report = (event: PrivateConnectionEvent<Key>) => {
      if (this.#connections.get(key) === connection) this.#options.report(event);
    };
    const reader = new PrivateReader((items, unfinished) =>
      report({ type: 'private-items', key, items, unfinished }),
    );
    let untold: ReturnType<typeof setTimeout> | undefined;
    const onInterrupted = (isInterrupted: boolean) => {
      connection.isInterrupted = isInterrupted;
      clearTimeout(untold);
      const reportChange = () => report({ type: 'private-interrupted', key, isInterrupted });
      if (isInterrupted) untold = setTimeout(reportChange, INTERRUPTED_MS);
      else reportChange();
      if (!isInterrupted) this.#options.onWritable();
    };
    const connection: PrivateConnection = {
      stream: this.#options.open(onInterrupted),
      login,
      reader,
      isWritable: true,
      isInterrupted: false,
    };
    this.#connections.set(key, connection);
    readers.set(connection.stream, reader);
    openPrivate(connection.stream, connectId, {
      onEstablished() {
        established = true;
        report({ type: 'private-stage', key, stage: 'open' });
      },
      onData: (bytes) => reader.push(bytes),
      onEnd() {
        reader.end();
        report({ type: 'private-stage', key, stage: 'they-ended' });
      },
      onWritable: () => {
        connection.isWritable = true;
        this.#options.onWritable();
      },
      onFault() {},
      onClose: ({ clean }) => {
        clearTimeout(untold);
        reader.end();
        const stage = !established ? 'lapsed' : clean ? 'closed' : 'lost';
        report({ type: 'private-stage', key, stage });
        if (this.#connections.get(key) === connection) this.#connections.delete(key);
      },
    });
  }

  /** False under backpressure, and while interrupted: what is written then only piles up in the browser. */
  isWritable(key: Key): boolean {
    const connection = this.#connections.get(key);
    return connection !== undefined && connection.isWritable && !connection.isInterrupted;
  }

  /**
   * Writes a text, as a MESSAGE unless the other side has spoken in bare STRINGs; nothing answers. Returns the login that
   * it was written under.
   */
  write(key: Key, text: string): string | undefined {
    const connection = this.#connections.get(key);
    if (!connection) return undefined;
    const { stream, login, reader } = connection;
    connection.isWritable = stream.write(
      reader.speaksStrings ? encodeString(text) : encode({ opcode: Opcode.MESSAGE, login, msg: text }),
    );
    return login;
  }

  /** Half-closes: ends our writing, behind what was written; the other direction stays open (D21). */
  end(key: Key): void {
    this.#connections.get(key)?.stream.end();
  }

  /** Closes one; nothing more of it is reported. */
  close(key: Key): void {
    const connection = this.#connections.get(key);
    this.#connections.delete(key);
    if (!connection) return;
    connection.stream.end();
    setTimeout(() => connection.stream.abort(), CLOSING_MS);
  }

  closeAll(): void {
    for (const key of [...this.#connections.keys()]) this.close(key);
  }
}

/** Bytes of the first window, as that of the page's main connection. */
const FIRST_WINDOW = 256 * 1024;
/** Bytes that all of them together may keep for the server, and hold for the page. */
const budget = new ByteBudget(32 * 1024 * 1024);

/** Flow control of one private connection: its window grows, and all of them share one budget. */
export const privateFlow = (): FlowWindow => new FlowWindow(FIRST_WINDOW, budget);
