/** The listeners of native clients, each with TLS or without. */
import type { LongSize } from '../../shared/protocol/commands.ts';
import type { AcceptedConnection } from '../admission/accepted-connection.ts';
import { ConnectionAcceptor } from '../admission/acceptor.ts';
import type { Certificate } from '../admission/certificate.ts';
import { ConfigError, LONG64_PORT } from '../config/config.ts';
import type { PortSetting } from '../config/settings.ts';
import { readIntoSharedBuffer } from '../transport/socket/owned-socket.ts';
import { sockets } from '../transport/socket/sockets.ts';
import { TcpStream } from '../transport/tcp/tcp-stream.ts';
import type { ListenerContext } from './listener-context.ts';
import { listen, type Listener } from './listener.ts';
import { listenOn } from './ports.ts';

/**
 * Opens a listener of native clients; null when it is off. Each connection becomes a stream and goes the way of every other.
 * Throws a ConfigError when the port cannot be had.
 * @param longSize dialect that they speak there
 * @param certificate null for a listener without TLS
 */
export function openNative(
  setting: PortSetting,
  { chat, liveness, policy, logger, config }: ListenerContext,
  longSize: LongSize,
  certificate: Certificate | null,
): Promise<Listener | null> {
  const native = longSize === 4 ? 'tcp' : 'tcp-long64';
  const transport = certificate ? 'tcp-tls' : native;
  const release = (stream: TcpStream) => liveness.delete(stream);
  const accept = ({ socket, address, head, onFirst, isProbe }: AcceptedConnection) => {
    readIntoSharedBuffer(socket);
    const stream = new TcpStream(socket, release);
    liveness.add(stream);
    stream.onFirst = onFirst ?? null;
    chat.accept(stream, { transport, address, network: policy.networkOf(address), longSize, isProbe });
    // Its reads were paused since it was accepted.
    sockets.resume(socket);
    if (head && head.length > 0) stream.onRead(head);
  };
  const acceptor = new ConnectionAcceptor(policy, { certificate, protocol: 'commands' }, accept);
  return listenOn(setting, config, (where) => listen(acceptor, where, logger));
}

/**
 * Opens the listener of 8-byte clients (D2). It is there by default, and then not worth a start that fails: it is left
 * out, with a warning, where its port is taken.
 */
export async function openTcpLong64(context: ListenerContext): Promise<Listener | null> {
  const { tcpLong64Port, insistsOnLong64 } = context.config;
  try {
    return await openNative('tcpLong64Port', context, 8, null);
  } catch (error) {
    if (!(error instanceof ConfigError) || tcpLong64Port !== LONG64_PORT || insistsOnLong64) throw error;
    // Of another failure the other listeners have it, too.
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'EADDRINUSE') throw error;
    for (const problem of error.problems)
      context.logger.warn(
        `${problem}, or off; until then clients that write LONG on 8 bytes have no port of their own`,
      );
    return null;
  }
}
