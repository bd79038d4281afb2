/** The application of the operator's listener: metrics, and the operator's requests. Never on the public ports. */
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { FailureReporter } from '../http/failures.ts';
import { serveHealth } from '../http/health.ts';
import { answerClientError } from '../http/web-server.ts';
import type { Readiness } from '../http/readiness.ts';
import type { OperatorRejection } from '../../shared/protocol/reasons.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';
import { deny, authorize } from './guard.ts';
import { addRoutes, type Controls } from './routes.ts';

/** Methods of the requests there are. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const;

interface AdminOptions extends Controls {
  readonly logger: FastifyBaseLogger;
  /** Log for lines that those cause who are not let in. */
  readonly throttledLog: ThrottledLog;
  readonly metrics: Metrics;
  /** Null lets in whoever can reach the listener. */
  readonly adminToken: string | null;
  /** Null until the listeners are there. */
  readonly readiness: () => Readiness | null;
}

/** Logs and counts a request, or a connection, that is not let in. */
export function reportRejected(
  { throttledLog: lines, metrics }: Pick<AdminOptions, 'throttledLog' | 'metrics'>,
  reason: OperatorRejection,
): void {
  metrics.events.operatorRejected.inc({ reason });
  lines.say('warn', { reason }, 'operator’s listener: request rejected');
}

/** Builds the application; nothing listens yet. */
export function buildAdmin(options: AdminOptions): FastifyInstance {
  const { logger, throttledLog, metrics, adminToken } = options;
  const failures = new FailureReporter('operator', throttledLog, metrics.events);
  const reject = (reason: OperatorRejection) => reportRejected(options, reason);
  const isDenied = (request: FastifyRequest, reply: FastifyReply): boolean => {
    const denial = authorize(request.raw, adminToken);
    if (denial === null) return false;
    reject(denial.reason);
    deny(reply, denial);
    return true;
  };
  const app = fastify({
    loggerInstance: logger,
    logController: failures,
    requestTimeout: 10_000,
    // This is for the header of answers; the timeouts are those of WebConnection.
    keepAliveTimeout: 10_000,
    bodyLimit: 16 * 1024,
    // The guard asks for it, and counts who has none.
    http: { requireHostHeader: false },
    clientErrorHandler: answerClientError(() => reject('no HTTP')),
    forceCloseConnections: true,
    // A path that cannot be read reaches no route and no hook.
    frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
      if (isDenied(request, reply)) return;
      reply.statusCode = error.statusCode ?? 400;
      void reply.send({ error: error.message });
    },
  });
  failures.installOn(app);
  app.addHook('onRequest', (request, reply, done) => {
    if (!isDenied(request, reply)) done();
  });
  app.setNotFoundHandler(({ url: target }, reply) => {
    const [url = ''] = target.split('?', 1);
    const allowed = METHODS.filter((method) => app.hasRoute({ method, url })).join(', ');
    if (allowed === '') return reply.code(404).send({ error: 'no such request' });
    return reply
      .code(405)
      .header('allow', allowed)
      .send({ error: `only ${allowed} there` });
  });
  app.get('/metrics', async (_request, reply) => {
    const { text, type } = await metrics.scrape();
    return reply.type(type).send(text);
  });
  serveHealth(app, options.chat, options.readiness);
  addRoutes(app, options);
  return app;
}
