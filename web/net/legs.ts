/** This page's ends of its private connections (§4). They outlive the main connection (D22). */
import type { ByteStream } from '../../shared/stream/byte-stream.ts';
import { encode } from '../../shared/protocol/encoder.ts';
import { openPrivate } from '../../shared/client/private-connection.ts';
import { Opcode } from '../../shared/protocol/commands.ts';
import { PrivateStreamParser, type PrivateItem } from '../../shared/protocol/private-stream.ts';

/** What a leg tells its owner, who names legs by keys. */
export type PrivateConnectionEvent<Key> =
  | { readonly type: 'private-heard'; readonly key: Key; readonly heard: readonly PrivateItem[] }
  | {
      readonly type: 'private-stage';
      readonly key: Key;
      /** `lapsed`: it was never established. `lost`: it broke. */
      readonly stage: 'open' | 'they-ended' | 'closed' | 'lost' | 'lapsed';
    };

interface PrivateConnection {
  readonly stream: ByteStream;
  /** Our login when the leg was opened: what we write under. */
  readonly login: string;
  /** False while the stream asks to hold back. */
  room: boolean;
}

export interface PrivateConnectionsOptions<Key> {
  /** Opens a new stream to the server. */
  readonly open: () => ByteStream;
  readonly report: (event: PrivateConnectionEvent<Key>) => void;
  /** A leg that had no room has it again. */
  readonly onRoom: () => void;
}

/** How long the others have to end their side after we have left, in ms. */
export const LEAVING_MS = 10_000;

export class PrivateConnections<Key> {
  readonly #options: PrivateConnectionsOptions<Key>;
  readonly #legs = new Map<Key, PrivateConnection>();

  constructor(options: PrivateConnectionsOptions<Key>) {
    this.#options = options;
  }

  has(key: Key): boolean {
    return this.#legs.has(key);
  }

  /** Opens a leg of the private connection `connectId`, and writes on it as `login`. */
  open(key: Key, connectId: number, login: string): void {
    const { open } = this.#options;
    const listening = new PrivateStreamParser();
    let established = false;
    const leg: PrivateConnection = { stream: open(), login, room: true };
    this.#legs.set(key, leg);
    const report = (event: PrivateConnectionEvent<Key>) => {
      if (this.#legs.get(key) === leg) this.#options.report(event);
    };
    const hear = (heard: readonly PrivateItem[]) => {
      if (heard.length > 0) report({ type: 'private-heard', key, heard });
    };
    openPrivate(leg.stream, connectId, {
      onEstablished() {
        established = true;
        report({ type: 'private-stage', key, stage: 'open' });
      },
      onData: (bytes) => hear(listening.push(bytes)),
      onEnd() {
        hear(listening.end());
        report({ type: 'private-stage', key, stage: 'they-ended' });
      },
      onDrain: () => {
        leg.room = true;
        this.#options.onRoom();
      },
      onFault() {},
      onClose: ({ clean }) => {
        hear(listening.end());
        const stage = !established ? 'lapsed' : clean ? 'closed' : 'lost';
        report({ type: 'private-stage', key, stage });
        if (this.#legs.get(key) === leg) this.#legs.delete(key);
      },
    });
  }

  /** False while the stream of a leg asks to hold back: what is said then only piles up in the browser. */
  hasRoom(key: Key): boolean {
    return this.#legs.get(key)?.room ?? false;
  }

  /** Writes a text as a MESSAGE; nothing answers. Returns the login that it was written under. */
  say(key: Key, text: string): string | undefined {
    const leg = this.#legs.get(key);
    if (leg) leg.room = leg.stream.write(encode({ opcode: Opcode.MESSAGE, login: leg.login, msg: text }));
    return leg?.login;
  }

  /** Ends our writing, behind what was written; the other direction stays open (D21). */
  end(key: Key): void {
    this.#legs.get(key)?.stream.end();
  }

  /** Lets a leg go, and hears no more of it. */
  drop(key: Key): void {
    const leg = this.#legs.get(key);
    this.#legs.delete(key);
    if (!leg) return;
    leg.stream.end();
    setTimeout(() => leg.stream.abort(), LEAVING_MS);
  }

  /** Lets all go. */
  leave(): void {
    for (const key of [...this.#legs.keys()]) this.drop(key);
  }
}
