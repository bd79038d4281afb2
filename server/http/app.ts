/** The HTTP side: the page, the WebSocket endpoint, and a health answer. */
import { existsSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { SUBPROTOCOL, WEB_SUBPROTOCOL } from '../../shared/control.ts';
import type { Chat } from '../chat/chat.ts';
import type { Resumption } from '../transport/resumption.ts';
import type { Origin } from '../chat/observer.ts';
import { ConfigError } from '../config.ts';
import { guardConnections, moveGuard, turnAway, turnAwayClient } from './connections.ts';
import { addSecurityHeaders } from './headers.ts';
import { HTTP_OPTIONS } from './https.ts';
import type { Readiness } from './readiness.ts';
import type { Entrance } from '../transport/entrance.ts';
import { Framer } from '../transport/frames.ts';
import { ServerWebSocket } from '../transport/server-websocket.ts';
import type { Watch } from '../transport/watch.ts';
import { networkOf, plainAddress } from '../transport/address.ts';
import { WebSocketStream } from '../transport/websocket.ts';

/** Where `npm run build` puts the page. */
const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

const ENDPOINT = '/ws';
/** The more capable first: that is what is chosen when a client offers both. */
const SUBPROTOCOLS = [WEB_SUBPROTOCOL, SUBPROTOCOL];

// Only for the upgrade: what follows is our own.
const WEBSOCKET_OPTIONS = {
  // The option takes a constructor; its declared type asks for the whole CommonJS module.
  WebSocket: ServerWebSocket as never,
  clientTracking: false,
  perMessageDeflate: false,
  // D24: `chaton.v1` is also what is spoken when the client offers nothing.
  handleProtocols: (offered: Set<string>) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
} as const;

export interface AppOptions {
  readonly chat: Chat;
  readonly watch: Watch;
  /** Takes the connections of pages. */
  readonly resumption: Resumption;
  readonly logger: FastifyBaseLogger;
  /** Origins that may connect besides the page's own (D27). */
  readonly allowedOrigins: readonly string[];
  /** Who may come in, and whose word is taken for where a request comes from. */
  readonly entrance: Entrance;
  /** Whether clients could come in now; null until the listeners are there. */
  readonly readiness: () => Readiness | null;
}

/** Builds the Fastify application; nothing listens yet. Throws a ConfigError when the page was not built. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { chat, watch, resumption, logger, allowedOrigins, entrance } = options;
  if (!existsSync(PAGE)) throw new ConfigError(`the page is not built (no ${PAGE}); run: npm run build`);
  const framer = new Framer();
  const app = fastify({
    loggerInstance: logger,
    // The life of connections is logged by the rules; a line per asset would say nothing more.
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: chat.limits.requestTime,
    // Covers who asks and does not take the answer.
    connectionTimeout: chat.limits.requestTime,
    keepAliveTimeout: chat.limits.requestTime,
    bodyLimit: 1024,
    forceCloseConnections: true,
    http: HTTP_OPTIONS,
  });
  guardConnections(app.server, entrance);
  addSecurityHeaders(app);
  await app.register(fastifyWebsocket, {
    options: WEBSOCKET_OPTIONS,
    // The rules have said goodbye already; what is left only has to be let go.
    preClose(done) {
      this.websocketServer.close();
      done();
    },
    errorHandler: rethrowDefect,
  });
  // Behind the hooks of the plugin, without which a refused upgrade would stay open.
  app.addHook('onRequest', (request, reply, done) => {
    // Who asks for its health is not to take a full server for a dead one.
    if (request.routeOptions.url === '/healthz' || !turnAway(request, reply)) done();
  });
  guardUpgrades(app, allowedOrigins, entrance);
  await app.register(fastifyStatic, {
    root: PAGE,
    preCompressed: true,
    immutable: true,
    maxAge: '1y',
    setHeaders: cacheByName,
  });
  app.get('/healthz', () => ({
    status: 'ok',
    clients: chat.clients,
    connections: chat.connections + chat.legs.size,
  }));
  app.get('/readyz', async (_request, reply) => {
    const verdict = await (options.readiness()?.check() ?? 'starting');
    return verdict === null
      ? { status: 'ready' }
      : reply.code(503).send({ status: 'not ready', reason: verdict });
  });
  app.route({
    method: 'GET',
    url: ENDPOINT,
    handler: (_request, reply) =>
      reply.code(426).header('upgrade', 'websocket').send({ error: 'this address speaks WebSocket only' }),
    wsHandler(socket, request) {
      moveGuard(request.raw.socket, (socket as unknown as ServerWebSocket).transport);
      const stream = new WebSocketStream(socket as unknown as ServerWebSocket, framer, watch);
      const origin = originOf(request, entrance);
      if (socket.protocol === WEB_SUBPROTOCOL)
        resumption.accept(chat, stream, origin, request.headers.origin ?? '');
      else chat.accept(stream, origin);
    },
  });
  return app;
}

/**
 * Judges every upgrade before any route sees it: only the endpoint takes one, and only from a page of this host or of
 * the list; a client without Origin is not a browser (D27).
 */
function guardUpgrades(app: FastifyInstance, allowedOrigins: readonly string[], entrance: Entrance): void {
  const { proxies, refuses, admission, logger } = entrance;
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.ws) return done();
    if (request.routeOptions.url !== ENDPOINT)
      return void reply.code(404).send({ error: `WebSocket is at ${ENDPOINT}` });
    const address = addressOf(request, entrance);
    if (refuses(address)) {
      admission.turnedAway('refused by the operator');
      return void reply.code(403).send({ error: 'this address is not let in for now' });
    }
    const { origin, host } = request.headers;
    if (origin !== undefined && !allowedOrigins.includes(origin) && hostOf(origin) !== host)
      return void reply.code(403).send({ error: 'this Origin may not connect; see --allow-origins' });
    if (offersOnlyUnknown(request))
      return void reply.code(400).send({ error: `the subprotocols here are ${SUBPROTOCOLS.join(' and ')}` });
    if (turnAwayClient(request, reply, address, entrance)) return;
    if (proxies.any && proxies.isForged(plainAddress(request.ip), request.headers))
      logger.info({ address }, 'ignored: a forwarding header from an address that is not in --proxies');
    return done();
  });
}

function offersOnlyUnknown(request: FastifyRequest): boolean {
  const offered = request.headers['sec-websocket-protocol'];
  return offered !== undefined && !offered.split(',').some((name) => SUBPROTOCOLS.includes(name.trim()));
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

/** A stream hears of what its socket suffers by the close; anything else is a defect of ours, and is not hushed up. */
function rethrowDefect(error: NodeJS.ErrnoException): void {
  if (error.syscall !== undefined || error.code?.startsWith('WS_ERR_')) return;
  setImmediate(() => {
    throw error;
  });
}

function originOf(request: FastifyRequest, entrance: Entrance): Origin {
  const address = addressOf(request, entrance);
  const isProbe = entrance.isProbe(request.raw.socket);
  return { transport: 'websocket', address, network: networkOf(address), longSize: 4, isProbe };
}

/** The address is gone, and the limits see one unknown network, when the connection was reset during the upgrade. */
function addressOf(
  { ip, headers }: { readonly ip?: string; readonly headers: IncomingHttpHeaders },
  entrance: Entrance,
): string {
  return entrance.proxies.clientOf(plainAddress(ip ?? ''), headers);
}

/** Built assets carry a hash in their name and never change; everything else is asked for again. */
function cacheByName(reply: FastifyReply, path: string): void {
  if (!path.includes('/assets/')) reply.header('cache-control', 'no-cache');
}
