/** The HTTP side: the page, the WebSocket endpoint, and a health answer. */
import { existsSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { WEB_SUBPROTOCOL } from '../../shared/protocol/control.ts';
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
import { fileOf, parseOrigin, pathOf } from '../addresses/origin.ts';
import { Page } from './page.ts';
import type { Readiness } from './readiness.ts';
import type { FairQueue } from './fair-queue.ts';
import { acceptHandshake, type Handshake } from './handshake.ts';
import {
  chooseSubprotocol,
  ENDPOINT,
  findRejection,
  sendRejection,
  unavailable,
  type RejectedUpgrade,
  type UpgradeRules,
} from './upgrades.ts';
import { connectionOf, type WebConnection } from './web-connection.ts';
import { answerClientError, WebServer } from './web-server.ts';

/** Folder into which `npm run build` puts the page. */
const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** The page, read once for all gateways of this process. */
let pageRead: Promise<Page> | undefined;

export interface AppOptions extends UpgradeRules {
  readonly chat: Chat;
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

export interface App {
  readonly web: WebServer;
  readonly close: () => Promise<void>;
}

/** Builds the Fastify application; nothing listens yet. Throws a ConfigError when the page was not built. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { chat, logger, policy } = options;
  const { requestTime } = chat.limits;
  if (!existsSync(PAGE)) throw new ConfigError(`the page is not built (no ${PAGE}); run: npm run build`);
  const page = await (pageRead ??= Page.read(PAGE));
  /** Upgrades that are not let in: they are answered as any other request is. */
  const rejected = new WeakMap<IncomingMessage, RejectedUpgrade>();
  const app = fastify({
    loggerInstance: logger,
    // Connections are logged by the chat; a line per asset would add nothing.
    logController: options.failures,
    // This is for the header of answers; the timeouts are those of WebConnection.
    keepAliveTimeout: requestTime,
    bodyLimit: 1024,
    http: {
      requireHostHeader: false,
      // Any other Upgrade (curl's h2c, say) is an ordinary request.
      shouldUpgradeCallback(request: IncomingMessage) {
        const connection = connectionOf(request);
        if (request.headers.upgrade?.toLowerCase() !== 'websocket' || !connection || !hasOneHost(request))
          return false;
        const { method = '', url: target = '', headers, httpVersion } = request;
        const address = clientOf(connection, headers, policy);
        const rejection = findRejection(
          { method, target, headers, httpVersion },
          address,
          connection.remote,
          options,
        );
        if (rejection !== null) rejected.set(request, rejection);
        return rejection === null;
      },
    },
    rewriteUrl: ({ url = '/' }) => pathOf(url),
    clientErrorHandler: answerClientError(() => policy.onEarlyEnd('not HTTP')),
  });
  options.failures.installOn(app);
  const { monitor, admission, onEarlyEnd } = policy;
  const { queue } = options;
  const open = webSocketOpener(options);
  app.server.on('upgrade', (request, _stream, head: Buffer) => {
    const connection = connectionOf(request);
    if (connection?.upgrade(head))
      open(connection, request.headers, clientOf(connection, request.headers, policy));
  });
  const onHandshake = (handshake: Handshake, connection: WebConnection) => {
    const address = clientOf(connection, handshake.headers, policy);
    const asked = { ...handshake, method: 'GET', httpVersion: '1.1' };
    if (findRejection(asked, address, connection.remote, options) !== null) return false;
    open(connection, handshake.headers, address);
    return true;
  };
  const context = { monitor, queue, requestTime, idle: admission.idle, onEarlyEnd, onHandshake };
  const web = new WebServer(app.server, context);
  addSecurityHeaders(app);
  guardRequests(app, policy, rejected);
  servePage(app, page);
  serveHealth(app, chat, options.readiness);
  serveAboutRoom(app, options.about);
  app.get(ENDPOINT, (_request, reply) =>
    reply.code(426).header('upgrade', 'websocket').send({ error: 'this address speaks WebSocket only' }),
  );
  await app.ready();
  return { web, close: () => app.close() };
}

/** Answers, before any route, requests that must not get there. */
function guardRequests(
  app: FastifyInstance,
  policy: AcceptPolicy,
  rejected: WeakMap<IncomingMessage, RejectedUpgrade>,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const full = connectionOf(request.raw)?.remote.slot?.rejection;
    // A health check must not take a full server for a dead one.
    if (full && request.routeOptions.url !== '/healthz') return sendRejection(reply, unavailable(full));
    // Node would check for ordinary requests only that there is one, and count nothing (RFC 9112 §3.2).
    if (!hasOneHost(request.raw)) {
      policy.onEarlyEnd('not HTTP');
      void reply.code(400).send({ error: 'a request has one Host header' });
      return;
    }
    const rejection = rejected.get(request.raw);
    if (rejection) sendRejection(reply, rejection);
    else done();
  });
}

/** Tells whether a request has one Host: of several, Node takes the first, and a proxy in front may have taken another. */
function hasOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const hosts = headersDistinct['host']?.length ?? 0;
  return hosts === 1 || (hosts === 0 && httpVersion !== '1.1');
}

function servePage(app: FastifyInstance, page: Page): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler(request, reply) {
      if (!page.serve(fileOf(request.url), request, reply)) reply.callNotFound();
      return reply;
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const { method } = request;
    const file = fileOf(request.url);
    const isKnown = page.has(file) || app.hasRoute({ method: 'GET', url: file });
    if (isKnown && method !== 'GET' && method !== 'HEAD')
      return reply
        .code(405)
        .header('allow', 'GET, HEAD')
        .send({ error: 'there is only something to read here' });
    return reply.code(404).send({ error: 'there is nothing here' });
  });
}

/** Makes a WebSocket of a connection whose upgrade is let in, and answers that. */
type OpenWebSocket = (connection: WebConnection, headers: IncomingHttpHeaders, address: string) => void;

function webSocketOpener({ chat, resumeRegistry, policy, logger }: AppOptions): OpenWebSocket {
  const framer = new Framer();
  const quota = new FrameQuota();
  return (connection, headers, address) => {
    const { remote } = connection;
    if (policy.proxies.any && policy.proxies.isForged(remote.address, headers))
      logger.info({ address }, 'ignored: a forwarding header from an address that is not in --proxies');
    const protocol = chooseSubprotocol(headers);
    const stream = new WebSocketStream(connection.release(), framer, policy.monitor, quota);
    const { 'sec-websocket-key': key = '', origin: page = '' } = headers;
    stream.directWriter.sendUpgrade(acceptHandshake(key, protocol));
    const source = {
      transport: 'websocket',
      address,
      network: policy.networkOf(address),
      longSize: 4,
      isProbe: remote.isProbe,
    } as const;
    if (protocol === WEB_SUBPROTOCOL) resumeRegistry.accept(chat, stream, source, parseOrigin(page) ?? page);
    else chat.accept(stream, source);
  };
}

/** The address of the client of a request, as trusted proxies name it. */
function clientOf(
  { remote }: WebConnection,
  headers: IncomingHttpHeaders,
  { proxies }: AcceptPolicy,
): string {
  return proxies.clientOf(remote.address, headers);
}
