/** The operator's listener: figures and, further down, what an operator can do. Never on the public ports. */
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import { guard } from './guard.ts';
import { addRoutes, type Controls } from './routes.ts';

export interface AdminOptions {
  readonly logger: FastifyBaseLogger;
  readonly metrics: Metrics;
  readonly controls: Controls;
  /** Null lets in whoever can reach the listener. */
  readonly token: string | null;
}

/** Builds the application; nothing listens yet. */
export function buildAdmin({ logger, metrics, controls, token }: AdminOptions): FastifyInstance {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 10_000,
    bodyLimit: 16 * 1024,
    forceCloseConnections: true,
  });
  guard(app, token);
  app.get('/metrics', async (_request, reply) => {
    const { text, type } = await metrics.scrape();
    return reply.type(type).send(text);
  });
  addRoutes(app, controls);
  return app;
}
