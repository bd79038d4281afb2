/** Connection of the generator: TCP, or WebSocket by hand over TCP, with as little overhead as possible. */
import { connect, Socket, type SocketConstructorOpts } from 'node:net';
import type { Ports, Transport } from '../jobs.ts';
import { FrameReader, maskedFrame, PONG, TEXT } from './frames.ts';

/** Path and subprotocol of a server's WebSocket. */
export interface Endpoint {
  readonly path: string;
  readonly subprotocol?: string;
}

/** Consumes bytes that are valid only during the call: the next read overwrites them. */
export type Consume = (bytes: Buffer, start: number, end: number) => void;

const HOST = '127.0.0.1';
/** Read buffer that all connections share, one after the other. */
const READ_BUFFER = Buffer.allocUnsafe(256 * 1024);
const EMPTY = Buffer.alloc(0);
/** Longest time, in ms, until an answer comes. */
const PATIENCE = 20_000;

export class Wire {
  readonly transport: Transport;
  readonly socket: Socket;
  /** Number of bytes that the consumer has counted. */
  received = 0;
  #consume: Consume;
  #ended = false;
  #frames: FrameReader | null = null;
  // Until `divert`: bytes that have come and were not taken, and the waiting `take`.
  #pending: Buffer = EMPTY;
  #wake: (() => void) | null = null;

  private constructor(transport: Transport, open: (onread: SocketConstructorOpts['onread']) => Socket) {
    this.transport = transport;
    this.#consume = (bytes, start, end) => {
      this.#pending = Buffer.concat([this.#pending, bytes.subarray(start, end)]);
      this.#wake?.();
    };
    const callback = (length: number): boolean => {
      if (this.#frames) this.#frames.read(READ_BUFFER, 0, length);
      else this.#consume(READ_BUFFER, 0, length);
      return true;
    };
    this.socket = open({ buffer: READ_BUFFER, callback });
    const over = (): void => this.#end();
    // A 'close' follows an error, which then shows as missing bytes.
    this.socket.on('end', over).on('close', over).on('error', over);
  }

  /** Connects, and upgrades when it is a WebSocket. */
  static async open(ports: Ports, transport: Transport, endpoint: Endpoint): Promise<Wire> {
    const port = ports[transport];
    const wire = new Wire(transport, (onread) =>
      connect({ host: HOST, port, noDelay: true, allowHalfOpen: true, ...(onread && { onread }) }),
    );
    if (transport === 'ws') await wire.#upgrade(port, endpoint);
    return wire;
  }

  /**
   * Takes over a connection accepted by a server with `pauseOnConnect`. Node offers reading into a given buffer only for
   * sockets that connect; without that the generator would cost twice as much here as elsewhere.
   */
  static accepted(socket: Socket): Wire {
    const { _handle: handle } = socket as unknown as { readonly _handle: object };
    return new Wire('tcp', (onread) => {
      const options = { handle, allowHalfOpen: true, onread };
      return new Socket(options as SocketConstructorOpts).resume();
    });
  }

  /** True once the other side has ended its writing, or the connection is closed. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Writes; false for backpressure, after which the socket emits 'drain'. */
  write(bytes: Uint8Array): boolean {
    return this.socket.write(this.transport === 'ws' ? maskedFrame(bytes) : bytes);
  }

  /** Writes a text message of the control channel of a page. */
  writeText(text: string): void {
    this.socket.write(maskedFrame(Buffer.from(text), TEXT));
  }

  /** Takes the next bytes, as many as `measure` finds in what has come; it answers 0 while there are too few. */
  take(measure: (pending: Buffer) => number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
      this.#wake = () => {
        const length = measure(this.#pending);
        if (length === 0 && !this.#ended) return;
        clearTimeout(timer);
        this.#wake = null;
        if (length === 0)
          return reject(new Error(`closed by the server after "${this.#pending.toString()}"`));
        resolve(this.#pending.subarray(0, length));
        this.#pending = this.#pending.subarray(length);
      };
      this.#wake();
    });
  }

  /** Takes everything up to the end of this text. */
  until(text: string): Promise<Buffer> {
    return this.take((pending) => {
      const at = pending.indexOf(text);
      return at < 0 ? 0 : at + text.length;
    });
  }

  /** Takes exactly these bytes, or fails. */
  async expect(bytes: Uint8Array): Promise<void> {
    const taken = await this.take((pending) => (pending.length < bytes.length ? 0 : bytes.length));
    if (!taken.equals(bytes)) throw new Error(`unexpected answer ${taken.toString('hex')}`);
  }

  /** Passes all bytes to `consume` from now on. */
  divert(consume: Consume): void {
    const pending = this.#pending;
    this.#pending = EMPTY;
    this.#consume = consume;
    if (pending.length > 0) consume(pending, 0, pending.length);
  }

  /** Ends this side's writing: FIN, or the zero-length message of D25. */
  end(): void {
    if (this.transport === 'tcp') this.socket.end();
    else this.write(EMPTY);
  }

  async #upgrade(port: number, { path, subprotocol }: Endpoint): Promise<void> {
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${HOST}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ];
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    const head = (await this.until('\r\n\r\n')).toString('latin1');
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`not upgraded: ${head.split('\r\n', 1)[0]}`);
    const frames = new FrameReader({
      onPayload: (bytes, start, end) => this.#consume(bytes, start, end),
      onEmptyMessage: () => this.#end(),
      onCloseFrame: () => this.#end(),
      onPing: () => void this.socket.write(PONG),
    });
    const rest = this.#pending;
    this.#pending = EMPTY;
    this.#frames = frames;
    frames.read(rest, 0, rest.length);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake?.();
  }
}
