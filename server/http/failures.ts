/** Logs and counts every answer of 5xx, but the verdict of `/readyz`; the client learns nothing of what failed. */
import {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { READYZ } from './readiness.ts';
import type { Events } from '../metrics/events.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';

/**
 * Reports the failures of one Fastify application. As its log controller it hears what Fastify itself finds wrong, past the
 * error handler; Fastify's own would log every request, or else not even failures.
 */
export class FailureReporter extends LogController {
  readonly #listener: 'page' | 'operator';
  readonly #lines: ThrottledLog;
  readonly #events: Pick<Events, 'failures'>;
  /** Causes for which requests failed, until they are answered. */
  readonly #causes = new WeakMap<FastifyRequest, unknown>();

  constructor(listener: 'page' | 'operator', lines: ThrottledLog, events: Pick<Events, 'failures'>) {
    super({ disableRequestLogging: true });
    this.#listener = listener;
    this.#lines = lines;
    this.#events = events;
  }

  /** Adds the error handler and the hook; to be called before any route is added. */
  installOn(app: FastifyInstance): void {
    app.setErrorHandler((error: FastifyError, request, reply) => this.#answer(error, request, reply));
    app.addHook('onResponse', (request, reply, done) => {
      const { statusCode } = reply;
      // A proxy asks each second, and 503 is what it wants to know: there is a line when the verdict changes.
      const isVerdict = statusCode === 503 && request.routeOptions.url === READYZ;
      if (statusCode >= 500 && !isVerdict) this.#say(statusCode, routeOf(request), this.#causes.get(request));
      done();
    });
  }

  override streamError(error: NodeJS.ErrnoException, request: FastifyRequest): void {
    // A client that closes in the middle of an answer has done nothing wrong, and nothing here has failed. Any other answer
    // ends in its middle without another notice.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') this.#say(500, routeOf(request), error);
  }

  override writeHeadError(error: Error, request: FastifyRequest): void {
    this.#causes.set(request, error);
  }

  override serializerError(error: Error, request: FastifyRequest): void {
    this.#causes.set(request, error);
  }

  override serviceUnavailable(): void {
    this.#say(503, '(closing)');
  }

  /** Answers with what is wrong with a request; what is wrong here is for the operator alone. */
  #answer(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { statusCode = 500, message } = error;
    if (statusCode >= 400 && statusCode < 500) return reply.code(statusCode).send({ error: message });
    this.#causes.set(request, error);
    return reply
      .code(statusCode >= 500 && statusCode < 600 ? statusCode : 500)
      .send({ error: 'internal error' });
  }

  #say(status: number, route: string, err?: unknown): void {
    this.#events.failures.inc({ listener: this.#listener, status });
    // A rejection is no defect.
    const level = status === 503 ? 'warn' : 'error';
    const detail = err === undefined ? {} : { err };
    this.#lines.say(level, { listener: this.#listener, status, route }, 'request failed', detail);
  }
}

/** The route as it was declared: the URL may hold anything. */
function routeOf({ method, routeOptions }: FastifyRequest): string {
  return `${method} ${routeOptions.url ?? '(none)'}`;
}
