/** No answer of 5xx without a line in the log and a count; to whoever asked it says nothing of what failed. */
import {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Events } from '../metrics/events.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';

export interface FailureReporter {
  /** For the application, in place of its own: that says every request, or else not even failures. */
  readonly logController: LogController;
  /** To be called before any route is added. */
  watch(app: FastifyInstance): void;
}

/** Of one Fastify application. */
export function failureReporter(
  listener: 'page' | 'operator',
  lines: ThrottledLog,
  events: Pick<Events, 'failures'>,
): FailureReporter {
  /** What requests failed of, until they are answered. */
  const causes = new WeakMap<FastifyRequest, unknown>();
  const say = (status: number, route: string, err?: unknown) => {
    events.failures.inc({ listener, status });
    // What is turned away or not ready is no defect.
    const level = status === 503 ? 'warn' : 'error';
    const detail = err === undefined ? {} : { err };
    lines.say(level, { listener, status, route }, 'request failed', detail);
  };
  const blame = (request: FastifyRequest, error: unknown) => causes.set(request, error);
  return {
    logController: new FailureLog({
      onError: blame,
      onBrokenOff: (request, error) => say(500, routeOf(request), error),
      onClosing: () => say(503, '(closing)'),
    }),
    watch(app) {
      app.setErrorHandler((error: FastifyError, request, reply) => answer(error, request, reply, blame));
      app.addHook('onResponse', (request, reply, done) => {
        if (reply.statusCode >= 500) say(reply.statusCode, routeOf(request), causes.get(request));
        done();
      });
    },
  };
}

/** What is wrong with a request is said; what is wrong here is nobody's business but the operator's. */
function answer(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  blame: (request: FastifyRequest, error: unknown) => void,
): FastifyReply {
  const { statusCode = 500, message } = error;
  if (statusCode >= 400 && statusCode < 500) return reply.code(statusCode).send({ error: message });
  blame(request, error);
  return reply
    .code(statusCode >= 500 && statusCode < 600 ? statusCode : 500)
    .send({ error: 'internal error' });
}

/** As it was declared: what was asked for may hold anything. */
function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? '(none)'}`;
}

interface FailureHandlers {
  readonly onError: (request: FastifyRequest, error: unknown) => void;
  /** The answer ended in its middle: nothing else will be said of it. */
  readonly onBrokenOff: (request: FastifyRequest, error: unknown) => void;
  readonly onClosing: () => void;
}

/** What Fastify finds wrong itself, behind the error handler's back. */
class FailureLog extends LogController {
  readonly #handlers: FailureHandlers;

  constructor(handlers: FailureHandlers) {
    super({ disableRequestLogging: true });
    this.#handlers = handlers;
  }

  override streamError(error: NodeJS.ErrnoException, request: FastifyRequest): void {
    // Whoever goes in the middle of an answer has done nothing wrong, and nothing here has failed.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.#handlers.onBrokenOff(request, error);
  }

  override writeHeadError(error: Error, request: FastifyRequest): void {
    this.#handlers.onError(request, error);
  }

  override serializerError(error: Error, request: FastifyRequest): void {
    this.#handlers.onError(request, error);
  }

  override serviceUnavailable(): void {
    this.#handlers.onClosing();
  }
}
