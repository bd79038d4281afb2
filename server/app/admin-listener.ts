/** The operator's listener. */
import type { Socket } from 'node:net';
import { buildAdmin, reportRejected } from '../admin/app.ts';
import type { Evictable } from '../admission/admission.ts';
import type { Readiness } from '../http/readiness.ts';
import { WebServer } from '../http/web-server.ts';
import { plainAddress } from '../addresses/address.ts';
import type { ListenerContext } from './listener-context.ts';
import { listen, type Listener } from './listener.ts';
import { listenOn } from './ports.ts';

/** Connections that an operator has at a time: they come out of the reserve of descriptors, which others need, too. */
const MAX_CONNECTIONS = 16;
/** Idle timeout of one of them, in ms. */
const REQUEST_TIME = 10_000;

/**
 * Opens the operator's listener; null when it is off. Throws a ConfigError when the port cannot be had.
 * @param token null lets in whoever can reach it
 * @param readiness null until the listeners are there
 */
export function openAdmin(
  context: ListenerContext,
  adminToken: string | null,
  readiness: () => Readiness | null,
): Promise<Listener | null> {
  const { config, logger, metrics, liveness, queue } = context;
  return listenOn('adminPort', config, async (where) => {
    const app = buildAdmin({ ...context, adminToken, readiness });
    await app.ready();
    metrics.watchProcess();
    const idle = new Set<Evictable>();
    const web = new WebServer(app.server, {
      monitor: liveness,
      queue,
      requestTime: REQUEST_TIME,
      idle,
      onEarlyEnd: context.policy.onEarlyEnd,
      onHandshake: () => false,
    });
    const accept = (socket: Socket) => {
      if (web.size >= MAX_CONNECTIONS) {
        reportRejected(context, 'too many connections');
        socket.destroy();
        return;
      }
      web.take(socket, { address: plainAddress(socket.remoteAddress ?? ''), slot: null, isProbe: false });
      const [longest] = idle;
      // There is always room for one more: who says nothing cannot keep the operator out.
      if (web.size >= MAX_CONNECTIONS && idle.size > 1) longest!.evict();
    };
    const acceptor = { accept, close: () => web.destroyAll() };
    const listener = await listen(acceptor, where, logger);
    return {
      address: listener.address,
      async close() {
        await listener.close();
        await app.close();
      },
    };
  });
}
