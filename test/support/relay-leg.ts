import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket, type RawData } from 'ws';
import { isCutUnderTls } from '../../server/transport/socket/private-access.ts';
import { resetConnection } from '../../server/transport/socket/reset.ts';
import { bytes } from './raw-hex.ts';
import { RawInbox } from './raw-inbox.ts';
import type { Raw, TestGateway } from './raw-peer.ts';

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

/** Leg: one of the two connections of a private connection, in raw bytes, with backpressure and half-close. */
export interface RawLeg {
  readonly kind: Kind;
  /** Inbox: bytes, the end of writing, the close. */
  readonly inbox: RawInbox;
  /** Resolves when the connection is over. */
  readonly over: Promise<Ending>;
  /** Number of bytes given to `send` that the operating system has not taken. */
  readonly waiting: number;
  /** TCP connection under it, for a report of a standstill; null while there is none. */
  readonly connection: Socket | null;
  /** Sends in one write, or one message; resolves when more may be sent, false when the connection is over. */
  send(raw: Raw): Promise<boolean>;
  /** Ends this side's writing: FIN, or the zero-length message of D25. */
  end(): void;
  /** Breaks the connection: RST, or the socket dropped with no close frame. */
  reset(): void;
  /** Pauses reading, so that the gateway's writes meet backpressure. */
  pause(): void;
  resume(): void;
}

const rawBytes = (raw: Raw): Uint8Array => (typeof raw === 'string' ? bytes(raw) : raw);

/**
 * Opens a fresh connection to one of the listeners; from another address of this machine when one is given. The
 * certificate is not verified.
 * @param named client address that the connection names, as a proxy does
 */
export async function connectLeg(
  gateway: Addressed,
  way: Way,
  localAddress?: string,
  named?: string,
): Promise<RawLeg> {
  const from = localAddress === undefined ? {} : { localAddress };
  if (way === 'websocket' || way === 'wss') return connectWebSocket(gateway, way, from, named);
  const { tcp, tcpLong64, tcpTls } = gateway.addresses;
  const address = { tcp, 'tcp-long64': tcpLong64, tls: tcpTls }[way];
  if (!address) throw new Error(`this gateway has no listener for ${way}`);
  const below = connect({ ...address, ...from, allowHalfOpen: true, noDelay: true });
  await once(below, 'connect');
  if (named !== undefined) below.write(`PROXY TCP4 ${named} 192.0.2.1 5000 7777\r\n`);
  if (way !== 'tls') return new TcpLeg(way, below, below);
  // The options are a variable, since the types of `connect` lack `allowHalfOpen`.
  const options = { socket: below, rejectUnauthorized: false, allowHalfOpen: true };
  const socket = connectTls(options);
  below.on('error', () => {});
  await once(socket, 'secureConnect');
  return new TcpLeg('tcp', socket, below);
}

async function connectWebSocket(
  { addresses }: Addressed,
  way: 'websocket' | 'wss',
  from: { readonly localAddress?: string },
  named: string | undefined,
): Promise<WebSocketLeg> {
  const { http, https } = addresses;
  const base = way === 'wss' ? `wss://${https!.host}:${https!.port}` : `ws://${http.host}:${http.port}`;
  const socket = new WebSocket(`${base}/ws`, ['chaton.v1'], {
    ...from,
    rejectUnauthorized: false,
    ...(named !== undefined && { headers: { 'x-forwarded-for': named } }),
  });
  const leg = new WebSocketLeg(socket);
  await once(socket, 'open');
  return leg;
}

/** Parts of a gateway that are needed to reach it, also of one in another process. */
export type Addressed = Pick<TestGateway, 'addresses'>;

class TcpLeg implements RawLeg {
  readonly kind: Kind;
  readonly inbox: RawInbox;
  readonly over: Promise<Ending>;
  readonly #socket: Socket;
  /** TCP connection; under TLS it is another than the socket. */
  readonly #below: Socket;

  constructor(kind: Kind, socket: Socket, below: Socket) {
    const inbox = new RawInbox(`${kind} leg ${socket.localPort}`);
    let error: NodeJS.ErrnoException | undefined;
    socket.on('data', (data) => inbox.push(data));
    // A connection that was cut under TLS (RFC 8446 §6.1) looks to Node like one that has ended.
    let isCut = false;
    const push = socket.push.bind(socket);
    if (socket !== below)
      socket.push = (data, encoding) => {
        if (data === null) isCut = isCutUnderTls(socket);
        return push(data, encoding);
      };
    socket.on('end', () => {
      if (!isCut) return inbox.end();
      error = Object.assign(new Error('cut under TLS'), { code: 'TRUNCATED' });
      socket.destroy();
    });
    socket.on('error', (cause) => (error = cause));
    this.over = new Promise((resolve) => {
      socket.on('close', () => {
        inbox.close({ reason: error?.code ?? 'ended' });
        resolve(error ? { reset: true, code: error.code ?? error.message } : { reset: false });
      });
    });
    this.kind = kind;
    this.inbox = inbox;
    this.#socket = socket;
    this.#below = below;
  }

  get waiting(): number {
    return this.#socket.writableLength;
  }

  get connection(): Socket {
    return this.#below;
  }

  async send(raw: Raw): Promise<boolean> {
    const socket = this.#socket;
    if (!socket.writable) return false;
    if (!socket.write(rawBytes(raw)))
      await new Promise<void>((resolve) => {
        const done = (): void => {
          socket.off('drain', done).off('close', done);
          resolve();
        };
        socket.on('drain', done).on('close', done);
      });
    return socket.writable;
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    // Node's own reset does nothing while an end of writing is under way, and never emits a close.
    resetConnection(this.#below);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

/** TCP connection under a WebSocket, which `ws` does not show. */
export function connectionUnder(socket: WebSocket): Socket | null {
  return (socket as unknown as { readonly _socket: Socket | null | undefined })._socket ?? null;
}

/** Leg with the socket itself: a browser can close where TCP cannot (D25). */
export class WebSocketLeg implements RawLeg {
  readonly kind = 'websocket';
  readonly inbox = new RawInbox('WebSocket leg');
  readonly over: Promise<Ending>;
  readonly socket: WebSocket;

  constructor(socket: WebSocket) {
    const inbox = this.inbox;
    socket.on('message', (data: RawData, isBinary) => {
      if (!isBinary || !Buffer.isBuffer(data)) inbox.fail(new Error('not a binary message'));
      else if (data.length === 0) inbox.end();
      else inbox.push(data);
    });
    // A close follows every error of a socket that was open.
    socket.on('error', () => {});
    this.over = new Promise((resolve) => {
      socket.on('close', (code, words) => {
        const reason = words.toString('utf8');
        inbox.close({ code, reason });
        resolve({ reset: code !== 1000, code, reason });
      });
    });
    this.socket = socket;
  }

  get waiting(): number {
    return this.socket.bufferedAmount;
  }

  get connection(): Socket | null {
    return connectionUnder(this.socket);
  }

  send(raw: Raw): Promise<boolean> {
    const data = rawBytes(raw);
    if (data.length === 0) throw new Error('an empty message is the end of writing: say end()');
    return new Promise((resolve) => this.socket.send(data, (error) => resolve(!error)));
  }

  /** Sends one message whose fragments these are; an empty piece is a fragment, too. */
  sendFragments(pieces: readonly Raw[]): void {
    pieces.forEach((piece, i) => this.socket.send(rawBytes(piece), { fin: i === pieces.length - 1 }));
  }

  end(): void {
    this.socket.send(new Uint8Array(0));
  }

  reset(): void {
    this.socket.terminate();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }
}
