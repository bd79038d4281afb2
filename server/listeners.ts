/** Everything that listens: native clients and the page, each with TLS or without, and the operator's side. */
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { buildAdmin } from './admin/app.ts';
import type { Keeper } from './admin/keeper.ts';
import { readToken } from './admin/guard.ts';
import type { Chat } from './chat/chat.ts';
import { ConfigError, LONG64_PORT, type Config } from './config.ts';
import { buildApp } from './http/app.ts';
import { listenHttps } from './http/https.ts';
import { failureReporter } from './http/failures.ts';
import { Probes, Readiness, type Target } from './http/readiness.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { ThrottledLog } from './throttled-log.ts';
import { addressOf, listenOn, type Address, type Addresses } from './ports.ts';
import { Certificate } from './transport/certificate.ts';
import type { Admission } from './transport/admission.ts';
import type { Entrance } from './transport/entrance.ts';
import { listenTcp, type Manner } from './transport/listener.ts';
import { Proxies } from './transport/proxies.ts';
import { LOCAL_HEADER } from './transport/proxy-header.ts';
import type { Resumption } from './transport/resumption.ts';
import type { Watch } from './transport/watch.ts';

/** What there is to do with something that listens. */
interface Opened {
  /** Accepts no more; resolves when the last connection is gone. */
  readonly close: () => Promise<void>;
  /** Ends what no watch knows of: requests under way. */
  readonly destroyAll?: () => void;
}

export interface ListenersOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly chat: Chat;
  readonly watch: Watch;
  readonly resumption: Resumption;
  readonly metrics: Metrics;
  readonly keeper: Keeper;
  /** For lines that strangers can cause. */
  readonly lines: ThrottledLog;
  readonly admission: Admission;
}

export class Listeners {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #chat: Chat;
  readonly #watch: Watch;
  readonly #resumption: Resumption;
  readonly #metrics: Metrics;
  readonly #keeper: Keeper;
  readonly #lines: ThrottledLog;
  readonly #entrance: Entrance;
  readonly #probes = new Probes();
  readonly #opened: Opened[] = [];
  /** Closed last of all: an operator wants to see how the rest ends. */
  #admin: FastifyInstance | null = null;
  #certificate: Certificate | null = null;
  #readiness: Readiness | null = null;

  constructor({
    config,
    logger,
    chat,
    watch,
    resumption,
    metrics,
    keeper,
    lines,
    admission,
  }: ListenersOptions) {
    this.#keeper = keeper;
    this.#lines = lines;
    this.#watch = watch;
    this.#resumption = resumption;
    this.#config = config;
    this.#logger = logger;
    this.#chat = chat;
    this.#metrics = metrics;
    const proxies = new Proxies(config.proxies, config.proxyHeader);
    const isProbe = (socket: Socket) => this.#probes.has(socket);
    const refuses = (address: string) => keeper.bans.refusesAddress(address);
    this.#entrance = { proxies, admission, logger, isProbe, refuses };
  }

  /** Opens all that the settings ask for. Throws a ConfigError when one cannot be had; `close` then closes the others. */
  async open(): Promise<Addresses> {
    const { tlsCert, tlsKey, adminPort } = this.#config;
    // What can be wrong with settings is found before anybody is let in.
    const token = adminPort === null ? null : readToken(this.#config);
    if (tlsCert !== null && tlsKey !== null) this.#certificate = this.#readCertificate(tlsCert, tlsKey);
    const { http, https } = await this.#openWeb();
    const tcp = await this.#openTcp('tcpPort', { longSize: 4, certificate: null });
    const tcpLong64 = await this.#openLong64();
    const tcpTls = await this.#openTcp('tlsTcpPort', { longSize: 4, certificate: this.#certificate });
    // The settings see to it that there is one of each two.
    this.#readiness = new Readiness(
      { tcp: target(tcp, tcpTls), http: target(http, https) },
      this.#probes,
      (address) => (this.#entrance.proxies.has(address) ? LOCAL_HEADER : null),
    );
    const admin = await this.#openAdmin(token);
    return { tcp, tcpLong64, tcpTls, http, https, admin };
  }

  reload(): void {
    this.#certificate?.reload();
  }

  /** Accepts no more, and resolves when the last connection is gone. */
  async close(): Promise<void> {
    this.#readiness?.drain();
    this.#certificate?.close();
    await Promise.all(this.#opened.map(({ close }) => close()));
    await this.#admin?.close();
  }

  /** Ends every request under way, at once. */
  destroyAll(): void {
    for (const { destroyAll } of this.#opened) destroyAll?.();
  }

  #readCertificate(cert: string, key: string): Certificate {
    return new Certificate(cert, key, this.#logger, undefined, this.#metrics.events.certificateFailures);
  }

  async #openWeb(): Promise<{ http: Address | null; https: Address | null }> {
    const app = await buildApp({
      chat: this.#chat,
      watch: this.#watch,
      resumption: this.#resumption,
      logger: this.#logger,
      allowedOrigins: this.#config.allowOrigins,
      entrance: this.#entrance,
      readiness: () => this.#readiness,
      failures: failureReporter('page', this.#lines, this.#metrics.events),
    });
    this.#opened.push({
      close: () => app.close(),
      destroyAll() {
        app.server.closeAllConnections();
      },
    });
    const http = await listenOn('httpPort', this.#config, async (where) => {
      await app.listen({ ...where, listenTextResolver: (url) => `page on ${url}` });
      return addressOf(app.server.address() as AddressInfo);
    });
    const https = await listenOn('httpsPort', this.#config, async (where) => {
      await app.ready();
      const listener = await listenHttps(app, where, this.#certificate!, this.#entrance);
      this.#opened.push({ close: () => listener.close(), destroyAll: () => listener.closeAllConnections() });
      return addressOf(listener.address);
    });
    return { http, https };
  }

  /** Is there by default, and then not worth a start that fails (D2). */
  async #openLong64(): Promise<Address | null> {
    const { tcpLong64Port, insistsOnLong64 } = this.#config;
    try {
      return await this.#openTcp('tcpLong64Port', { longSize: 8, certificate: null });
    } catch (error) {
      if (!(error instanceof ConfigError) || tcpLong64Port !== LONG64_PORT || insistsOnLong64) throw error;
      const without = 'clients that write LONG on 8 bytes have no port of their own';
      for (const problem of error.problems) this.#logger.warn(`${problem}, or off; until then ${without}`);
      return null;
    }
  }

  #openTcp(
    setting: 'tcpPort' | 'tcpLong64Port' | 'tlsTcpPort',
    manner: Omit<Manner, 'entrance'>,
  ): Promise<Address | null> {
    return listenOn(setting, this.#config, async (where) => {
      const listener = await listenTcp({ chat: this.#chat, watch: this.#watch }, where, {
        ...manner,
        entrance: this.#entrance,
      });
      this.#opened.push({ close: () => listener.close() });
      return addressOf(listener.address);
    });
  }

  #openAdmin(token: string | null): Promise<Address | null> {
    return listenOn('adminPort', this.#config, async (where) => {
      const controls = { chat: this.#chat, keeper: this.#keeper, drain: stopProcess, logger: this.#logger };
      const app = buildAdmin({
        logger: this.#logger,
        metrics: this.#metrics,
        lines: this.#lines,
        controls,
        token,
      });
      this.#admin = app;
      this.#metrics.watchProcess();
      await app.listen({ ...where, listenTextResolver: (url) => `administration on ${url}` });
      // The system could not hand over a connection: that is one request's loss, and not the end of all.
      app.server.on('error', (error) => this.#logger.warn(error, 'a connection could not be accepted'));
      return addressOf(app.server.address() as AddressInfo);
    });
  }
}

/** Whoever runs the process hears it the usual way. */
function stopProcess(): void {
  process.kill(process.pid, 'SIGTERM');
}

/** Where to look whether clients get in: at the plain listener where there is one. */
function target(plain: Address | null, secure: Address | null): Target {
  return { ...(plain ?? secure!), secure: plain === null };
}
