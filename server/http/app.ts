/** The HTTP side: the page, the WebSocket endpoint, and a health answer. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyWebsocket from '@fastify/websocket';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest } from 'fastify';
import { BANNED } from '../../shared/protocol/closes.ts';
import { WEB_SUBPROTOCOL } from '../../shared/protocol/control.ts';
import { DEAF } from '../../shared/stream/byte-stream.ts';
import type { Chat } from '../chat/chat.ts';
import { ConfigError } from '../config/config.ts';
import type { AcceptPolicy } from '../admission/accepted-connection.ts';
import { Framer } from '../transport/websocket/frame-writer.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import { FrameQuota } from '../transport/websocket/frame-quota.ts';
import { WebSocketStream } from '../transport/websocket/websocket-stream.ts';
import type { FailureReporter } from './failures.ts';
import { addSecurityHeaders } from './headers.ts';
import type { AboutRoom } from '../../shared/protocol/about-room.ts';
import { serveAboutRoom } from './about-room.ts';
import { serveHealth } from './health.ts';
import { parseOrigin, pathOf } from '../addresses/origin.ts';
import { Page } from './page.ts';
import type { Readiness } from './readiness.ts';
import type { FairQueue } from './fair-queue.ts';
import { acceptHandshake, type Handshake } from './handshake.ts';
import {
  chooseSubprotocol,
  ENDPOINT,
  mayUpgrade,
  rejectUpgrade,
  rejectIfFull,
  type UpgradeRules,
} from './upgrades.ts';
import { faultOf } from './request-fault.ts';
import type { WebConnection } from './web-connection.ts';
import { answerClientError, connectionOf, HTTP_OPTIONS, WebServer } from './web-server.ts';

/** Folder into which `npm run build` puts the page. */
const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** The page, read once for all gateways of this process. */
let pageRead: Promise<Page> | undefined;

// Package `ws` only answers upgrades that are not written in the plainest way, and reads and writes no frames.
const WEBSOCKET_OPTIONS = {
  clientTracking: false,
  perMessageDeflate: false,
  // D24: `chaton.v1` is also what is spoken when the client offers nothing.
  handleProtocols: (_offered: Set<string>, { headers }: IncomingMessage) =>
    chooseSubprotocol(headers) ?? false,
} as const;

interface AppOptions extends UpgradeRules {
  readonly chat: Chat;
  /** Accepts the connections of pages, which can be resumed. */
  readonly resumeRegistry: ResumeRegistry;
  readonly logger: FastifyBaseLogger;
  readonly queue: FairQueue;
  /** Readiness: whether a client could log in now; null until the listeners are there. */
  readonly readiness: () => Readiness | null;
  /** Facts about the room that the page tells people. */
  readonly about: () => AboutRoom;
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
  const page = await (pageRead ??= readPage());
  const app = fastify({
    loggerInstance: logger,
    // Connections are logged by the chat; a line per asset would add nothing.
    logController: options.failures,
    // This is for the header of answers; the timeouts are those of WebConnection.
    keepAliveTimeout: requestTime,
    bodyLimit: 1024,
    http: { ...HTTP_OPTIONS, requireHostHeader: false },
    rewriteUrl: ({ url = '/' }) => pathOf(url),
    clientErrorHandler: answerClientError(() => policy.onEarlyEnd('not HTTP')),
  });
  options.failures.installOn(app);
  const upgrades = new EventEmitter();
  const { monitor, admission, onEarlyEnd } = policy;
  const { queue } = options;
  const open = webSocketOpener(options);
  const onHandshake = (handshake: Handshake, connection: WebConnection) => {
    const address = policy.proxies.clientOf(connection.remote.address, handshake.headers);
    if (!mayUpgrade(handshake, connection, address, options)) return false;
    open(connection, handshake.headers, address, true);
    return true;
  };
  const context = { monitor, queue, requestTime, idle: admission.idle, onEarlyEnd, onHandshake };
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
  serveAboutRoom(app, options.about);
  serveWebSocket(app, open, policy);
  await app.ready();
  return { web, close: () => app.close() };
}

/** Adds a hook behind those of the WebSocket plugin, without which a rejected upgrade would stay open. */
function guardRequests(app: FastifyInstance, options: AppOptions): void {
  const { policy } = options;
  const { proxies, throttledLog: lines } = policy;
  app.addHook('onRequest', (request, reply, done) => {
    // A health check must not take a full server for a dead one.
    if (request.routeOptions.url !== '/healthz' && rejectIfFull(request, reply)) return;
    // Behind an upgrade that is rejected nothing is read: the answer says so.
    if (request.ws) void reply.header('connection', 'close');
    const fault = faultOf(request.raw);
    if (fault !== null) {
      policy.onEarlyEnd('not HTTP');
      void reply.code(400).send({ error: fault });
      return;
    }
    if (!request.ws) return done();
    const connection = connectionOf(request.raw);
    const address = connection ? proxies.clientOf(connection.remote.address, request.headers) : '';
    if (rejectUpgrade(request, reply, address, options)) return;
    if (proxies.any && proxies.isForged(connection?.remote.address ?? '', request.headers))
      lines.say('info', {}, 'ignored: a forwarding header from an address that is not in --proxies', {
        address,
      });
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

/** The WebSocket endpoint, for upgrades that are not written in the plainest way, and for who asks for none. */
function serveWebSocket(app: FastifyInstance, open: OpenWebSocket, policy: AcceptPolicy): void {
  app.route({
    method: 'GET',
    url: ENDPOINT,
    handler: (_request, reply) =>
      reply.code(426).header('upgrade', 'websocket').send({ error: 'this address speaks WebSocket only' }),
    wsHandler(_socket, { raw, headers }) {
      const connection = connectionOf(raw);
      if (!connection) throw new Error('an upgrade without its connection');
      open(connection, headers, policy.proxies.clientOf(connection.remote.address, headers), false);
    },
  });
}

/**
 * Makes a WebSocket of a connection whose upgrade is let in.
 * @param answers whether the upgrade is still to be answered
 */
type OpenWebSocket = (
  connection: WebConnection,
  headers: IncomingHttpHeaders,
  address: string,
  answers: boolean,
) => void;

function webSocketOpener({ chat, resumeRegistry, policy }: AppOptions): OpenWebSocket {
  const framer = new Framer();
  const quota = new FrameQuota();
  return (connection, headers, address, answers) => {
    const protocol = chooseSubprotocol(headers);
    const stream = new WebSocketStream(connection.release(), framer, policy.monitor, quota);
    const { 'sec-websocket-key': key = '', origin: page = '' } = headers;
    if (answers) stream.directWriter.sendUpgrade(acceptHandshake(key, protocol));
    // Only a page is let in so far though it is banned: it reads the reason here.
    const { isProbe } = connection.remote;
    if (policy.isBanned({ address, isProbe })) {
      policy.admission.recordRejection('refused by the operator');
      stream.attach(DEAF);
      stream.close(BANNED[0], BANNED[2]);
      return;
    }
    const source = {
      transport: 'websocket',
      address,
      network: policy.networkOf(address),
      longSize: 4,
      isProbe,
    } as const;
    if (protocol === WEB_SUBPROTOCOL) resumeRegistry.accept(chat, stream, source, parseOrigin(page) ?? page);
    else chat.accept(stream, source);
  };
}

/** Reads the page. Throws a ConfigError when it is not built, or not all of it, or when it may not be read. */
async function readPage(): Promise<Page> {
  const notBuilt = (what: string) =>
    new ConfigError(`the page is not built (no ${what}); run: npm run build`);
  if (!existsSync(PAGE)) throw notBuilt(PAGE);
  const page = await Page.read(PAGE).catch((error: unknown) => {
    throw new ConfigError(`the page cannot be read: ${(error as Error).message}`);
  });
  // A build that broke off has emptied the folder, or filled it in part.
  const missing = page.firstMissing();
  if (missing !== null) throw notBuilt(PAGE + missing);
  return page;
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
