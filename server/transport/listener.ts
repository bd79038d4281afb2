/** The native listeners. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Chat } from '../chat/chat.ts';
import type { LongSize } from '../../shared/protocol.ts';
import { networkOf, plainAddress } from './address.ts';
import { lendReads, TcpStream } from './tcp.ts';
import type { Watch } from './watch.ts';

/** Seconds of silence after which the operating system asks whether the other side is still there. */
const KEEP_ALIVE = 30;

export interface Listener {
  readonly address: AddressInfo;
  /** Accepts no more; resolves when the last connection is gone. */
  close(): Promise<void>;
}

/** Listens for native clients; each connection becomes a stream and goes the way of every other. */
export function listenTcp(
  { chat, watch }: { readonly chat: Chat; readonly watch: Watch },
  host: string,
  port: number,
  longSize: LongSize,
): Promise<Listener> {
  const transport = longSize === 4 ? 'tcp' : 'tcp-long64';
  let open = 0;
  let onEmpty: (() => void) | null = null;
  const forget = (stream: TcpStream) => {
    watch.delete(stream);
    if (--open === 0) onEmpty?.();
  };
  // Without allowHalfOpen what is queued for a client would be lost when it ends its writing (D9).
  const options = {
    allowHalfOpen: true,
    pauseOnConnect: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE * 1000,
  };
  const server = createServer(options, (accepted) => {
    const socket = lendReads(accepted);
    // Undefined when the connection was reset between its arrival and now.
    const remote = socket.remoteAddress ?? '';
    const stream = new TcpStream(socket, forget);
    open++;
    watch.add(stream);
    const origin = {
      transport,
      address: plainAddress(remote),
      network: networkOf(remote),
      longSize,
    } as const;
    chat.accept(stream, origin);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve({
        address: server.address() as AddressInfo,
        async close() {
          await closed(server);
          if (open > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
        },
      });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
