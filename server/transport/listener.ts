/** The native listeners. */
import { createServer, type Server, type Socket } from 'node:net';
import { type AddressInfo } from 'node:net';
import type { Chat } from '../chat/chat.ts';
import type { LongSize } from '../../shared/protocol.ts';
import { networkOf, plainAddress } from './address.ts';
import { TcpStream } from './tcp.ts';

/** Seconds of silence after which the operating system asks whether the other side is still there. */
const KEEP_ALIVE = 30;

export interface Listener {
  readonly address: AddressInfo;
  /** Accepts no more; resolves when the last connection is gone. */
  close(): Promise<void>;
  /** Ends what is left of connections, at once. */
  destroyAll(): void;
}

/** Listens for native clients; each connection becomes a stream and goes the way of every other. */
export function listenTcp(chat: Chat, host: string, port: number, longSize: LongSize): Promise<Listener> {
  const transport = longSize === 4 ? 'tcp' : 'tcp-long64';
  const sockets = new Set<Socket>();
  // Without allowHalfOpen what is queued for a client would be lost when it ends its writing (D9).
  const options = {
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE * 1000,
  };
  const server = createServer(options, (socket) => {
    // Undefined when the connection was reset between its arrival and now.
    const remote = socket.remoteAddress ?? '';
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const origin = {
      transport,
      address: plainAddress(remote),
      network: networkOf(remote),
      longSize,
    } as const;
    chat.accept(new TcpStream(socket), origin);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve({
        address: server.address() as AddressInfo,
        close: () => closed(server),
        destroyAll: () => sockets.forEach((socket) => socket.destroy()),
      });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
