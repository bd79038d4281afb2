/** Listens on one address, for whatever is spoken there. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Logger } from 'pino';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Seconds of silence after which the operating system asks whether the other side is still there. */
const KEEP_ALIVE = 30;

/** Options of every accepted connection. */
const OPTIONS = {
  // Half-close: without it what is queued for a client would be lost when it ends its writing (D9).
  allowHalfOpen: true,
  pauseOnConnect: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE * 1000,
};

export interface Listener {
  /** Address of the listener, with the port that the system chose when any free one was asked for. */
  readonly address: Address;
  /** Accepts no more; resolves when the last connection is gone. */
  close(): Promise<void>;
}

/** Receiver of the accepted connections of a listener. */
interface Acceptor {
  /** Gets each connection, paused. */
  readonly accept: (accepted: Socket) => void;
  /** Ends the connections that are still pending. */
  readonly close: () => void;
}

/** Listens; rejects when the port cannot be had. */
export async function listen(acceptor: Acceptor, where: Address, logger: Logger): Promise<Listener> {
  const server = createServer(OPTIONS, (accepted) => acceptor.accept(accepted));
  server.listen({ ...where });
  await once(server, 'listening');
  // The system could not hand over a connection: that is one client's loss, and not the end of all.
  server.on('error', (error) => logger.warn(error, 'a connection could not be accepted'));
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: { host, port },
    close() {
      acceptor.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
