/** This page's ends of its private connections (§4). They outlive the main connection (D22). */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { openPrivate } from '../../shared/client/private-connection.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { PrivateStreamParser, type PrivateItem } from '../../shared/protocol/private-stream.ts';

/** Event of a private connection, for its owner, who names them by keys. */
export type PrivateConnectionEvent<Key> =
  | { readonly type: 'private-items'; readonly key: Key; readonly items: readonly PrivateItem[] }
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
  /** False under backpressure: the stream is over its high-water mark. */
  isWritable: boolean;
}

export interface PrivateConnectionsOptions<Key> {
  /** Opens a new stream to the server. */
  readonly open: () => ByteStream;
  readonly report: (event: PrivateConnectionEvent<Key>) => void;
  /** Called when one that was not writable is again. */
  readonly onDrain: () => void;
}

/** Timeout of the other side's end of writing after we have closed a connection, in ms. */
export const CLOSING_MS = 10_000;

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
    const parser = new PrivateStreamParser();
    let established = false;
    const connection: PrivateConnection = { stream: this.#options.open(), login, isWritable: true };
    this.#connections.set(key, connection);
    const report = (event: PrivateConnectionEvent<Key>) => {
      if (this.#connections.get(key) === connection) this.#options.report(event);
    };
    const reportItems = (items: readonly PrivateItem[]) => {
      if (items.length > 0) report({ type: 'private-items', key, items });
    };
    openPrivate(connection.stream, connectId, {
      onEstablished() {
        established = true;
        report({ type: 'private-stage', key, stage: 'open' });
      },
      onData: (bytes) => reportItems(parser.push(bytes)),
      onEnd() {
        reportItems(parser.end());
        report({ type: 'private-stage', key, stage: 'they-ended' });
      },
      onDrain: () => {
        connection.isWritable = true;
        this.#options.onDrain();
      },
      onFault() {},
      onClose: ({ clean }) => {
        reportItems(parser.end());
        const stage = !established ? 'lapsed' : clean ? 'closed' : 'lost';
        report({ type: 'private-stage', key, stage });
        if (this.#connections.get(key) === connection) this.#connections.delete(key);
      },
    });
  }

  /** False under backpressure: what is written then only piles up in the browser. */
  isWritable(key: Key): boolean {
    return this.#connections.get(key)?.isWritable ?? false;
  }

  /** Writes a text as a MESSAGE; nothing answers. Returns the login that it was written under. */
  write(key: Key, text: string): string | undefined {
    const connection = this.#connections.get(key);
    if (!connection) return undefined;
    const { stream, login } = connection;
    connection.isWritable = stream.write(encode({ opcode: Opcode.MESSAGE, login, msg: text }));
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
