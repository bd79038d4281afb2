/** The HTTP server of an application, for the connections of several listeners. */
import { EventEmitter } from 'node:events';
import { METHODS, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { readIntoSharedBuffer } from '../transport/socket/owned-socket.ts';
import { ParserStream } from './parser-stream.ts';
import { WebConnection } from './web-connection.ts';
import type { Remote, WebContext } from './web-context.ts';

const NOTHING = Buffer.alloc(0);

export const HTTP_OPTIONS = {
  /** Any other Upgrade (curl's h2c, say) is an ordinary request. */
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
};

/**
 * Gives connections to the one `http.Server` of an application, which listens nowhere itself: plain and TLS
 * connections, wherever they were accepted, are the same to it.
 */
export class WebServer {
  readonly #context: WebContext<WebConnection>;
  readonly #open = new Set<WebConnection>();

  /**
   * @param upgrades emits `upgrade`, as a server does, with what the upgrade is to be answered on; null when there are
   * none
   */
  constructor(
    server: Server,
    context: Omit<WebContext<WebConnection>, 'onClosed' | 'serve'>,
    upgrades: EventEmitter | null = null,
  ) {
    this.#context = {
      ...context,
      onClosed: (connection) => this.#open.delete(connection),
      serve: (stream) => server.emit('connection', stream),
    };
    // Node would answer an expectation it does not know by itself, past the rules; it may be ignored (RFC 9110 §10.1.1).
    server.on('checkExpectation', (request, answer) => server.emit('request', request, answer));
    // It would end a tunnel without a word, and nobody would count that.
    server.on('connect', (_request, stream) =>
      server.emit('clientError', new Error('no tunnels here'), stream),
    );
    server.prependListener('request', (request, answer) => {
      // Node reads RTSP as well: of its methods Fastify knows none, and answers past every rule, with two lines of the log.
      if (!METHODS.includes(request.method ?? '')) request.method = 'TRACE';
      connectionOf(request)?.onRequest(answer);
    });
    if (upgrades)
      server.on('upgrade', (request, stream, head: Buffer) => {
        // Bytes behind the request are kept by the connection: whoever answers the upgrade has no use for them.
        if (connectionOf(request)?.upgrade(head)) upgrades.emit('upgrade', request, stream, NOTHING);
      });
  }

  /** Connections that were not upgraded. */
  get size(): number {
    return this.#open.size;
  }

  /** Serves a connection, paused since it was accepted. */
  take(socket: Socket, remote: Remote): void {
    this.#open.add(new WebConnection(readIntoSharedBuffer(socket), remote, this.#context));
  }

  /** Ends every connection at once, but for those that were upgraded. */
  destroyAll(): void {
    for (const connection of this.#open) connection.destroy();
  }
}

/**
 * Answers what is no request, and ends the connection. @param onError called for each, unless the connection just broke
 */
export function answerClientError(
  onError: () => void,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    onError();
    const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
    connectionOf({ socket })?.endFaulty(
      isTooLong ? '431 Request Header Fields Too Large' : '400 Bad Request',
    );
  };
}

/** The connection that a request came by; null when it came another way. */
export function connectionOf({ socket }: Pick<IncomingMessage, 'socket'>): WebConnection | null {
  const given: unknown = socket;
  return given instanceof ParserStream && given.owner instanceof WebConnection ? given.owner : null;
}
