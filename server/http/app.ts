/** The HTTP side: the page, the WebSocket endpoint, and a health answer. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify';
import { WEB_SUBPROTOCOL } from '../../shared/protocol/control.ts';
import type { Chat } from '../chat/chat.ts';
import type { Source } from '../chat/environment/observer.ts';
import { ConfigError } from '../config/config.ts';
import type { AcceptPolicy } from '../admission/accepted-connection.ts';
import { Framer } from '../transport/websocket/frame-writer.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { sockets } from '../transport/socket/sockets.ts';
import { UpgradedConnection } from '../transport/websocket/upgraded-connection.ts';
import { FrameBudget } from '../transport/websocket/frame-budget.ts';
import { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { FailureReporter } from './failures.ts';
import { addSecurityHeaders } from './headers.ts';
import { serveHealth } from './health.ts';
import { parseOrigin, pathOf } from '../net/origin.ts';
import { Page } from './page.ts';
import type { Readiness } from './readiness.ts';
import type { FairQueue } from './fair-queue.ts';
import { ENDPOINT, refuseUpgrade, SUBPROTOCOLS, rejectIfFull, type OnRefusedUpgrade } from './upgrades.ts';
import { connectionOf } from './web-connection.ts';
import { answerClientError, HTTP_OPTIONS, WebServer } from './web-server.ts';

/** Folder into which `npm run build` puts the page. */
const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

// Package `ws` only answers the upgrade: frames are read and written by WebSocketStream.
const WEBSOCKET_OPTIONS = {
  // The option takes a constructor; its declared type asks for the whole CommonJS module.
  WebSocket: sockets.WebSocket as never,
  clientTracking: false,
  perMessageDeflate: false,
  // D24: `chaton.v1` is also what is spoken when the client offers nothing.
  handleProtocols: (offered: Set<string>) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
} as const;

export interface AppOptions {
  readonly chat: Chat;
  /** Accepts the connections of pages, which can be resumed. */
  readonly resumeRegistry: ResumeRegistry;
  readonly logger: FastifyBaseLogger;
  /** Origins that may connect besides the page's own (D27), each in its one spelling. */
  readonly allowedOrigins: readonly string[];
  /** Limits, bans and trusted proxies. */
  readonly policy: AcceptPolicy;
  readonly queue: FairQueue;
  readonly onRefusedUpgrade: OnRefusedUpgrade;
  /** Readiness: whether a client could log in now; null until the listeners are there. */
  readonly readiness: () => Readiness | null;
  /** Logs and counts what is answered 5xx. */
  readonly failures: FailureReporter;
}

/** The application, and what its connections are given to. */
export interface App {
  readonly web: WebServer;
  readonly close: () => Promise<void>;
}

/** Builds the Fastify application; nothing listens yet. Throws a ConfigError when the page was not built. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { chat, logger, policy } = options;
  const { requestTime } = chat.limits;
  if (!existsSync(PAGE)) throw new ConfigError(`the page is not built (no ${PAGE}); run: npm run build`);
  const page = await Page.read(PAGE);
  const app = fastify({
    loggerInstance: logger,
    // Connections are logged by the chat; a line per asset would add nothing.
    logController: options.failures.logController,
    // This is for the header of answers; the timeouts are those of WebConnection.
    keepAliveTimeout: requestTime,
    bodyLimit: 1024,
    http: HTTP_OPTIONS,
    rewriteUrl: ({ url = '/' }) => pathOf(url),
    clientErrorHandler: answerClientError(() => policy.onEarlyEnd('not HTTP')),
  });
  options.failures.installOn(app);
  const upgrades = new EventEmitter();
  const { monitor, admission, onEarlyEnd } = policy;
  const { queue } = options;
  const context = { monitor, queue, requestTime, idle: admission.idle, onEarlyEnd };
  const web = new WebServer(app.server, context, upgrades);
  addSecurityHeaders(app);
  await app.register(fastifyWebsocket, {
    // WebServer emits the upgrades, with what they are answered on.
    options: { ...WEBSOCKET_OPTIONS, server: upgrades as Server },
    // The chat has closed every WebSocket already.
    preClose(done) {
      this.websocketServer.close();
      done();
    },
    errorHandler: rethrowDefect,
  });
  guardRequests(app, options);
  servePage(app, page);
  serveHealth(app, chat, options.readiness);
  serveWebSocket(app, options);
  await app.ready();
  return { web, close: () => app.close() };
}

/** Adds a hook behind those of the WebSocket plugin, without which a refused upgrade would stay open. */
function guardRequests(app: FastifyInstance, options: AppOptions): void {
  const { policy, logger, allowedOrigins, onRefusedUpgrade: onRefused } = options;
  const { proxies } = policy;
  app.addHook('onRequest', (request, reply, done) => {
    // A health check must not take a full server for a dead one.
    if (request.routeOptions.url !== '/healthz' && rejectIfFull(request, reply)) return;
    if (!request.ws) return done();
    const address = clientOf(request, policy);
    if (refuseUpgrade(request, reply, address, { policy, allowedOrigins, onRefused })) return;
    if (proxies.any && proxies.isForged(remoteOf(request), request.headers))
      logger.info({ address }, 'ignored: a forwarding header from an address that is not in --proxies');
    done();
  });
}

function servePage(app: FastifyInstance, page: Page): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler(request, reply) {
      if (!page.serve(fileOf(request), request, reply)) reply.callNotFound();
      return reply;
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const { method } = request;
    const isKnown = page.has(fileOf(request)) || app.hasRoute({ method: 'GET', url: fileOf(request) });
    if (isKnown && method !== 'GET' && method !== 'HEAD')
      return reply
        .code(405)
        .header('allow', 'GET, HEAD')
        .send({ error: 'there is only something to read here' });
    return reply.code(404).send({ error: 'there is nothing here' });
  });
}

function serveWebSocket(app: FastifyInstance, { chat, resumeRegistry, policy }: AppOptions): void {
  const framer = new Framer();
  const budget = new FrameBudget();
  app.route({
    method: 'GET',
    url: ENDPOINT,
    handler: (_request, reply) =>
      reply.code(426).header('upgrade', 'websocket').send({ error: 'this address speaks WebSocket only' }),
    wsHandler(socket, request) {
      const upgraded = connectionOf(request.raw)?.release();
      if (!upgraded) throw new Error('an upgrade without its connection');
      const connection = new UpgradedConnection(upgraded.socket, upgraded.head);
      const stream = new WebSocketStream(connection, framer, policy.monitor, budget);
      const origin = sourceOf(request, policy);
      if (socket.protocol === WEB_SUBPROTOCOL) {
        const { origin: page = '' } = request.headers;
        resumeRegistry.accept(chat, stream, origin, parseOrigin(page) ?? page);
      } else chat.accept(stream, origin);
    },
  });
}

/** The path that a request asks for, without its query; percent signs that mean nothing stand for themselves. */
function fileOf({ url }: FastifyRequest): string {
  const [path = ''] = url.split(/[?#]/, 1);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Errors of a socket reach its stream by the close; anything else is a defect, and ends the process. */
function rethrowDefect(error: NodeJS.ErrnoException): void {
  if (error.syscall !== undefined || error.code?.startsWith('WS_ERR_')) return;
  setImmediate(() => {
    throw error;
  });
}

function sourceOf(request: FastifyRequest, policy: AcceptPolicy): Source {
  const address = clientOf(request, policy);
  const isProbe = connectionOf(request.raw)?.peer.isProbe ?? false;
  return { transport: 'websocket', address, network: policy.networkOf(address), longSize: 4, isProbe };
}

/** The address of the client of a request, as trusted proxies name it. */
function clientOf(request: FastifyRequest, { proxies }: AcceptPolicy): string {
  return proxies.clientOf(remoteOf(request), request.headers);
}

function remoteOf({ raw }: FastifyRequest): string {
  return connectionOf(raw)?.peer.address ?? '';
}
