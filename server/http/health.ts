/** The health of the gateway over HTTP, on the page's listeners and on the operator's. */
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../chat/chat.ts';
import { READYZ, type Readiness } from './readiness.ts';

/**
 * Adds `/healthz`, which says that the process is alive, and `/readyz`, which says whether a client could log in now.
 * @param readiness null until the listeners are there
 */
export function serveHealth(app: FastifyInstance, chat: Chat, readiness: () => Readiness | null): void {
  app.get('/healthz', () => ({
    status: 'ok',
    clients: chat.clients,
    connections: chat.connections.size + chat.endpoints.size,
  }));
  app.get(READYZ, async (_request, reply) => {
    const verdict = await (readiness()?.check() ?? 'starting');
    return verdict === null
      ? { status: 'ready' }
      : reply.code(503).send({ status: 'not ready', reason: verdict });
  });
}
