import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isCutUnderTls } from '../../server/transport/socket/internal-access.ts';
import { resetConnection } from '../../server/transport/socket/reset.ts';
import { RawConnection, rawBytes, type Ending, type Kind, type Raw } from './raw-connection.ts';
import { RawInbox } from './raw-inbox.ts';

/** Opens a TCP connection. It never ends its writing by itself, so that it sees what the gateway does alone. */
export async function connectRawTcp(host: string, port: number): Promise<RawTcpConnection> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return new RawTcpConnection(socket);
}

/** Raw connection over TCP, or over TLS. */
export class RawTcpConnection extends RawConnection {
  readonly kind: Kind;
  readonly inbox: RawInbox;
  readonly over: Promise<Ending>;
  readonly #socket: Socket;
  /** TCP connection; under TLS it is another than the socket. */
  readonly #below: Socket;

  /** Wraps a socket that is connected already. */
  constructor(socket: Socket, kind: Kind = 'tcp', below: Socket = socket) {
    super();
    const inbox = new RawInbox(`${kind} connection ${socket.localPort}`);
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

  async write(raw: Raw): Promise<boolean> {
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

  /** Reads to the end of writing; rejects when the gateway resets the connection instead (D21). */
  override async readToEnd(): Promise<string> {
    const got = await super.readToEnd();
    if (!this.inbox.ended)
      throw new Error(`${(await this.over).code ?? 'closed'} instead of an end of writing`);
    return got;
  }
}
