/** Logs and counts every answer of 5xx; the client learns nothing of what failed. */
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
  /** Replaces the application's own, which logs every request, or else not even failures. */
  readonly logController: LogController;
  /** Adds the error handler and the hook; to be called before any route is added. */
  installOn(app: FastifyInstance): void;
}

/** Makes the reporter of one Fastify application. */
export function failureReporter(
  listener: 'page' | 'operator',
  lines: ThrottledLog,
  events: Pick<Events, 'failures'>,
): FailureReporter {
  /** Causes for which requests failed, until they are answered. */
  const causes = new WeakMap<FastifyRequest, unknown>();
  const say = (status: number, route: string, err?: unknown) => {
    events.failures.inc({ listener, status });
    // A rejection, or a server that is not ready, is no defect.
    const level = status === 503 ? 'warn' : 'error';
    const detail = err === undefined ? {} : { err };
    lines.say(level, { listener, status, route }, 'request failed', detail);
  };
  const blame = (request: FastifyRequest, error: unknown) => causes.set(request, error);
  return {
    logController: new FailureLog({
      onError: blame,
      onTruncatedAnswer: (request, error) => say(500, routeOf(request), error),
      onClosing: () => say(503, '(closing)'),
    }),
    installOn(app) {
      app.setErrorHandler((error: FastifyError, request, reply) => answer(error, request, reply, blame));
      app.addHook('onResponse', (request, reply, done) => {
        if (reply.statusCode >= 500) say(reply.statusCode, routeOf(request), causes.get(request));
        done();
      });
    },
  };
}

/** Answers with what is wrong with a request; what is wrong here is for the operator alone. */
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

/** The route as it was declared: the URL may hold anything. */
function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? '(none)'}`;
}

interface FailureHandlers {
  readonly onError: (request: FastifyRequest, error: unknown) => void;
  /** The answer ended in its middle, without any other notice. */
  readonly onTruncatedAnswer: (request: FastifyRequest, error: unknown) => void;
  readonly onClosing: () => void;
}

/** Receives what Fastify itself finds wrong, past the error handler. */
class FailureLog extends LogController {
  readonly #handlers: FailureHandlers;

  constructor(handlers: FailureHandlers) {
    super({ disableRequestLogging: true });
    this.#handlers = handlers;
  }

  override streamError(error: NodeJS.ErrnoException, request: FastifyRequest): void {
    // A client that closes in the middle of an answer has done nothing wrong, and nothing here has failed.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.#handlers.onTruncatedAnswer(request, error);
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
