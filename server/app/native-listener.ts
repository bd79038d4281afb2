/** Listening, and what becomes of a native connection. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Chat } from '../chat/chat.ts';
import type { LongSize } from '../../shared/protocol/commands.ts';
import type { Address } from '../config/ports.ts';
import { networkOf } from '../net/address.ts';
import type { Certificate } from '../admission/certificate.ts';
import type { AcceptPolicy, AcceptedConnection } from '../admission/accepted-connection.ts';
import { ConnectionAcceptor } from '../admission/acceptor.ts';
import { readIntoSharedBuffer, TcpStream } from '../transport/tcp/tcp-stream.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';

/** Seconds of silence after which the operating system asks whether the other side is still there. */
const KEEP_ALIVE = 30;

/** How every connection is accepted. */
const OPTIONS = {
  // Without it what is queued for a client would be lost when it ends its writing (D9).
  allowHalfOpen: true,
  pauseOnConnect: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE * 1000,
};

export interface Listener {
  readonly address: AddressInfo;
  /** Accepts no more; resolves when the last connection is gone. */
  close(): Promise<void>;
}

/** What is done with accepted connections. */
export interface Acceptor {
  /** Gets each, paused. */
  readonly accept: (accepted: Socket) => void;
  /** Ends those that are still on their way in. */
  readonly close: () => void;
  /** As many there may be at a time; one more is closed. As many as there are, unless said. */
  readonly maxConnections?: number;
}

/** Listens; rejects when the port cannot be had. */
export function listen(acceptor: Acceptor, where: Address, logger: Logger): Promise<Listener> {
  const server = createServer(OPTIONS, (accepted) => acceptor.accept(accepted));
  if (acceptor.maxConnections !== undefined) server.maxConnections = acceptor.maxConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where }, () => {
      server.off('error', reject);
      // The system could not hand over a connection: that is one client's loss, and not the end of all.
      server.on('error', (error) => logger.warn(error, 'a connection could not be accepted'));
      resolve({
        address: server.address() as AddressInfo,
        close() {
          acceptor.close();
          return closed(server);
        },
      });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** What native clients speak on a listener, and how they get in. */
export interface NativeOptions {
  readonly longSize: LongSize;
  readonly policy: AcceptPolicy;
  /** Null for a listener without TLS. */
  readonly certificate: Certificate | null;
}

/** Listens for native clients; each connection becomes a stream and goes the way of every other. */
export async function listenTcp(
  { chat, watch }: { readonly chat: Chat; readonly watch: LivenessMonitor },
  where: Address,
  { longSize, policy, certificate }: NativeOptions,
): Promise<Listener> {
  const native = longSize === 4 ? 'tcp' : 'tcp-long64';
  const transport = certificate ? 'tcp-tls' : native;
  let open = 0;
  let onEmpty: (() => void) | null = null;
  const forget = (stream: TcpStream) => {
    watch.delete(stream);
    if (--open === 0) onEmpty?.();
  };
  const take = ({ socket: passed, address, head: early, onFirst, isProbe }: AcceptedConnection) => {
    const socket = certificate ? passed : readIntoSharedBuffer(passed);
    const stream = new TcpStream(socket, forget);
    open++;
    watch.add(stream);
    stream.onFirst = onFirst ?? null;
    chat.accept(stream, { transport, address, network: networkOf(address), longSize, isProbe });
    // Whatever it passed on the way here, it was held back until now.
    socket.resume();
    if (early && early.length > 0) stream.read(early);
  };
  const door = new ConnectionAcceptor(policy, { certificate, protocol: 'commands' }, take);
  const listener = await listen(door, where, policy.logger);
  return {
    address: listener.address,
    async close() {
      await listener.close();
      // A connection whose handle has moved to another socket is none of the server's any more.
      if (open > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
    },
  };
}
