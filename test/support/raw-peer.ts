import type { Closing } from './raw-inbox.ts';
import { connectRawTcp } from './raw-tcp.ts';
import { connectRawWebSocket } from './raw-websocket.ts';
import type { startTestGateway } from './gateway.ts';

export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

/** Hex (white space allowed) or bytes. */
export type Raw = string | Uint8Array;

export const TRANSPORTS = ['tcp', 'websocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/**
 * Connection to the gateway in raw bytes; the same over TCP and over WebSocket.
 *
 * Silence is never proved by waiting. It is proved by what must come next: the peer sends something that has an answer
 * and expects exactly that answer, or ends its writing and expects exactly the end.
 */
export interface RawPeer {
  readonly transport: Transport;
  /** Sends in one write, which over WebSocket is one binary message. */
  send(raw: Raw): void;
  /** Sends one write, or one binary message, for each piece, cut anywhere. */
  sendPieces(pieces: readonly Raw[]): void;
  /** Ends this side's writing: FIN, or the zero-length message of D25. */
  end(): void;
  /** Breaks the connection: RST, or the socket dropped with no close frame. */
  reset(): void;
  /** Awaits exactly these bytes next. */
  expect(hex: string): Promise<void>;
  /** Reads the next `count` bytes, as hex. */
  read(count: number): Promise<string>;
  /** Reads every byte up to the gateway's end of writing or its close, as hex. */
  readToEnd(): Promise<string>;
  /** Awaits the gateway's end of writing, with no byte before it. */
  expectEnd(): Promise<void>;
  /** Awaits the close, with no byte before it; over TCP the gateway must have ended its writing, not reset. */
  expectClose(): Promise<Closing>;
}

/** Opens a fresh connection, not identified. */
export function connectRaw(transport: Transport, gateway: TestGateway): Promise<RawPeer> {
  const { tcp, http } = gateway.addresses;
  if (transport === 'tcp') return connectRawTcp(tcp.host, tcp.port);
  return connectRawWebSocket(`ws://${http.host}:${http.port}/ws`);
}
