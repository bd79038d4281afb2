import type { Socket } from 'node:net';
import { bytes } from './raw-hex.ts';
import type { Closing, RawInbox } from './raw-inbox.ts';
import type { startTestGateway } from './gateway.ts';

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

/** Parts of a gateway that are needed to reach it, also of one in another process. */
export type Addressed = Pick<TestGateway, 'addresses'>;

/** Hex (white space allowed) or bytes. */
export type Raw = string | Uint8Array;

export const rawBytes = (raw: Raw): Uint8Array => (typeof raw === 'string' ? bytes(raw) : raw);

export const TRANSPORTS = ['tcp', 'websocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Listeners of a gateway: the two widths of LONG (D2), and the WebSocket. */
export const KINDS = ['tcp', 'tcp-long64', 'websocket'] as const;
export type Kind = (typeof KINDS)[number];

/** Listeners with TLS; a connection by them is a `tcp` or a `websocket` otherwise. */
export const SECURE_WAYS = ['tls', 'wss'] as const;
export type Way = Kind | (typeof SECURE_WAYS)[number];

/** End of a connection, as its owner saw it. */
export interface Ending {
  /** True for a reset (D21): an error on TCP, anything but 1000 on a WebSocket. */
  readonly reset: boolean;
  /** Code of the end; TCP: the error's name, WebSocket: the close code, whose reason follows. */
  readonly code?: number | string;
  readonly reason?: string;
}

/**
 * Connection to the gateway in raw bytes, with backpressure and half-close; the same over TCP and over WebSocket, in the
 * room and relayed.
 *
 * Silence is never proved by waiting. It is proved by what must come next: the peer sends something that has an answer
 * and expects exactly that answer, or ends its writing and expects exactly the end.
 */
export abstract class RawConnection {
  abstract readonly kind: Kind;
  /** Inbox: bytes, the end of writing, the close. */
  abstract readonly inbox: RawInbox;
  /** Resolves when the connection is over. */
  abstract readonly over: Promise<Ending>;

  /** Number of bytes given to `write` that the operating system has not taken. */
  abstract get waiting(): number;
  /** TCP connection under it, for a report of a standstill; null while there is none. */
  abstract get connection(): Socket | null;
  /** Sends in one write, or one message; resolves when more may be sent, false when the connection is over. */
  abstract write(raw: Raw): Promise<boolean>;
  /** Ends this side's writing: FIN, or the zero-length message of D25. */
  abstract end(): void;
  /** Breaks the connection: RST, or the socket dropped with no close frame. */
  abstract reset(): void;
  /** Pauses reading, so that the gateway's writes meet backpressure. */
  abstract pause(): void;
  abstract resume(): void;

  /** Sends in one write, or one binary message, whether or not the system takes it now. */
  send(raw: Raw): void {
    void this.write(raw);
  }

  /** Sends one write, or one binary message, for each piece, cut anywhere. */
  sendPieces(pieces: readonly Raw[]): void {
    for (const piece of pieces) this.send(piece);
  }

  /** Awaits exactly these bytes next. */
  expect(hex: string): Promise<void> {
    return this.inbox.expect(hex);
  }

  /** Reads the next `count` bytes, as hex. */
  read(count: number): Promise<string> {
    return this.inbox.read(count);
  }

  /** Reads every byte up to the gateway's end of writing or its close, as hex. */
  readToEnd(): Promise<string> {
    return this.inbox.readToEnd();
  }

  /** Awaits the gateway's end of writing, with no byte before it. */
  expectEnd(): Promise<void> {
    return this.inbox.expectEnd();
  }

  /** Awaits the close, with no byte before it; over TCP the gateway must have ended its writing, not reset. */
  async expectClose(): Promise<Closing> {
    if (this.kind !== 'websocket') {
      await this.expectEnd();
      this.end();
    }
    return this.inbox.expectClose();
  }
}
