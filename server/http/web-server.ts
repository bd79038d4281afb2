/** The HTTP server of an application, whichever listener its connections come from. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { sockets } from '../transport/socket/sockets.ts';
import { connectionOf, WebConnection, type Peer, type WebContext } from './web-connection.ts';

const NOTHING = Buffer.alloc(0);

export const HTTP_OPTIONS = {
  /** Any other Upgrade (curl's h2c, say) is an ordinary request. */
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
};

/**
 * Feeds the one server of an application, which listens nowhere itself: plain and TLS connections, wherever they were
 * accepted, are the same to it, and nothing that it tells is passed on from one server to another.
 */
export class WebServer {
  readonly #server: Server;
  readonly #context: WebContext;
  readonly #open = new Set<WebConnection>();

  /**
   * @param upgrades hears `upgrade`, as a server would, with the connection itself; null when there are none
   */
  constructor(server: Server, context: Omit<WebContext, 'onGone'>, upgrades: EventEmitter | null = null) {
    this.#server = server;
    this.#context = { ...context, onGone: (connection) => this.#open.delete(connection) };
    server.prependListener('request', (request, answer) => connectionOf(request)?.begin(request, answer));
    if (upgrades)
      server.on('upgrade', (request, _socket, head: Buffer) => {
        const socket = connectionOf(request)?.upgrade(head);
        // What came behind the request goes another way: it is none of the business of whoever answers.
        if (socket) upgrades.emit('upgrade', request, sockets.forHandshake(socket), NOTHING);
      });
  }

  /** Serves a connection, paused since it was accepted. */
  take(socket: Socket, peer: Peer): void {
    const connection = new WebConnection(socket, peer, this.#context);
    this.#open.add(connection);
    this.#server.emit('connection', connection);
  }

  /** Ends every connection, at once, that has not become something else. */
  destroyAll(): void {
    for (const connection of this.#open) connection.destroy();
  }
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** Answers what is no request, and ends the connection. @param onError told of each that is not just a break */
export function answerClientError(onError: () => void): (error: ConnectionError, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    onError();
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
    if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.destroy();
  };
}

/** As Fastify hands it over. */
interface ConnectionError extends Error {
  readonly code?: string;
}
