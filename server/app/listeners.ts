/** Everything that listens: native clients and the page, each with TLS or without, and the operator's side. */
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { buildAdmin } from '../admin/app.ts';
import type { BanStore } from '../admin/keeper.ts';
import { readToken } from '../admin/guard.ts';
import type { Chat } from '../chat/chat.ts';
import { ConfigError, LONG64_PORT, type Config } from '../config/config.ts';
import { buildApp, type App } from '../http/app.ts';
import { failureReporter } from '../http/failures.ts';
import { Probes, Readiness, type Target } from '../http/readiness.ts';
import { FairQueue } from '../http/turnstile.ts';
import { WebServer } from '../http/web-server.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ThrottledLog } from '../log/throttled-log.ts';
import type { RejectionLog } from './rejection-log.ts';
import { addressOf, listenOn, type Address, type Addresses } from '../config/ports.ts';
import { plainAddress } from '../net/address.ts';
import type { Admission } from '../admission/admission.ts';
import { Certificate } from '../admission/certificate.ts';
import type { AcceptPolicy } from '../admission/accepted.ts';
import { ConnectionAcceptor } from '../admission/acceptor.ts';
import { listen, listenTcp, type NativeOptions } from './native-listener.ts';
import { Proxies } from '../admission/proxies.ts';
import { LOCAL_HEADER } from '../admission/proxy-header.ts';
import type { ResumeRegistry } from '../resume/registry.ts';
import type { LivenessMonitor } from '../transport/socket/liveness.ts';

/** Connections that an operator has at a time: they come out of the reserve of descriptors, which others need, too. */
const MOST_OF_OPERATOR = 16;
/** How long, in ms, one of them may do nothing. */
const OPERATOR_TIME = 10_000;

/** What there is to do with something that listens. */
interface Opened {
  /** Accepts no more; resolves when the last connection is gone. */
  readonly close: () => Promise<void>;
}

export interface ListenersOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly chat: Chat;
  readonly watch: LivenessMonitor;
  readonly resumeRegistry: ResumeRegistry;
  readonly metrics: Metrics;
  readonly keeper: BanStore;
  /** For lines that strangers can cause. */
  readonly lines: ThrottledLog;
  readonly admission: Admission;
  readonly refusals: RejectionLog;
}

export class Listeners {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #chat: Chat;
  readonly #watch: LivenessMonitor;
  readonly #resumeRegistry: ResumeRegistry;
  readonly #metrics: Metrics;
  readonly #banStore: BanStore;
  readonly #lines: ThrottledLog;
  readonly #policy: AcceptPolicy;
  readonly #refusals: RejectionLog;
  readonly #turnstile = new FairQueue();
  readonly #probes = new Probes();
  readonly #opened: Opened[] = [];
  /** Closed last of all: an operator wants to see how the rest ends. */
  #admin: Opened | null = null;
  #certificate: Certificate | null = null;
  #readiness: Readiness | null = null;

  constructor(options: ListenersOptions) {
    const { config, logger, chat, watch, resumeRegistry, metrics, keeper, lines, admission, refusals } =
      options;
    this.#refusals = refusals;
    this.#banStore = keeper;
    this.#lines = lines;
    this.#watch = watch;
    this.#resumeRegistry = resumeRegistry;
    this.#config = config;
    this.#logger = logger;
    this.#chat = chat;
    this.#metrics = metrics;
    const proxies = new Proxies(config.proxies, config.proxyHeader);
    const isProbe = (socket: Socket) => this.#probes.has(socket);
    const refuses = (address: string) => keeper.bans.refusesAddress(address);
    const onEarlyEnd: AcceptPolicy['onEarlyEnd'] = (why) => refusals.endedEarly(why);
    this.#policy = { proxies, admission, logger, watch, isProbe, refuses, onEarlyEnd };
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
      (address) => (this.#policy.proxies.has(address) ? LOCAL_HEADER : null),
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

  #readCertificate(cert: string, key: string): Certificate {
    const failures = this.#metrics.events.certificateFailures;
    const certificate = new Certificate(cert, key, this.#logger, undefined, failures);
    this.#metrics.watchCertificate(cert, certificate);
    return certificate;
  }

  async #openWeb(): Promise<{ http: Address | null; https: Address | null }> {
    const app = await buildApp({
      chat: this.#chat,
      resumeRegistry: this.#resumeRegistry,
      logger: this.#logger,
      allowedOrigins: this.#config.allowOrigins,
      policy: this.#policy,
      turnstile: this.#turnstile,
      onRefusedUpgrade: (reason, about) => this.#refusals.rejectedUpgrade(reason, about),
      readiness: () => this.#readiness,
      failures: failureReporter('page', this.#lines, this.#metrics.events),
    });
    this.#opened.push({
      close() {
        app.web.destroyAll();
        return app.close();
      },
    });
    const http = await this.#openHttp('httpPort', app, null);
    const https = await this.#openHttp('httpsPort', app, this.#certificate);
    return { http, https };
  }

  #openHttp(
    setting: 'httpPort' | 'httpsPort',
    { web }: App,
    certificate: Certificate | null,
  ): Promise<Address | null> {
    const door = new ConnectionAcceptor(
      this.#policy,
      { certificate, protocol: 'requests' },
      ({ socket, ...peer }) => web.take(socket, peer),
    );
    return listenOn(setting, this.#config, async (where) => {
      const listener = await listen(door, where, this.#logger);
      this.#opened.push(listener);
      return addressOf(listener.address);
    });
  }

  /** Is there by default, and then not worth a start that fails (D2). */
  async #openLong64(): Promise<Address | null> {
    const { tcpLong64Port, insistsOnLong64 } = this.#config;
    try {
      return await this.#openTcp('tcpLong64Port', { longSize: 8, certificate: null });
    } catch (error) {
      if (!(error instanceof ConfigError) || tcpLong64Port !== LONG64_PORT || insistsOnLong64) throw error;
      for (const problem of error.problems)
        this.#logger.warn(
          `${problem}, or off; until then clients that write LONG on 8 bytes have no port of their own`,
        );
      return null;
    }
  }

  #openTcp(
    setting: 'tcpPort' | 'tcpLong64Port' | 'tlsTcpPort',
    options: Omit<NativeOptions, 'policy'>,
  ): Promise<Address | null> {
    return listenOn(setting, this.#config, async (where) => {
      const listener = await listenTcp({ chat: this.#chat, watch: this.#watch }, where, {
        ...options,
        policy: this.#policy,
      });
      this.#opened.push(listener);
      return addressOf(listener.address);
    });
  }

  #openAdmin(token: string | null): Promise<Address | null> {
    return listenOn('adminPort', this.#config, async (where) => {
      const controls = {
        chat: this.#chat,
        banStore: this.#banStore,
        drain: stopProcess,
        logger: this.#logger,
      };
      const app = buildAdmin({
        logger: this.#logger,
        metrics: this.#metrics,
        lines: this.#lines,
        controls,
        token,
      });
      await app.ready();
      const web = new WebServer(app.server, {
        watch: this.#watch,
        turnstile: this.#turnstile,
        requestTime: OPERATOR_TIME,
        idle: new Set(),
        onEarlyEnd: () => {},
      });
      const take = (socket: Socket) =>
        web.take(socket, { address: plainAddress(socket.remoteAddress ?? ''), lease: null, isProbe: false });
      const acceptor = { accept: take, close: () => web.destroyAll(), maxConnections: MOST_OF_OPERATOR };
      const listener = await listen(acceptor, where, this.#logger);
      this.#admin = {
        async close() {
          await listener.close();
          await app.close();
        },
      };
      this.#metrics.watchProcess();
      return addressOf(listener.address);
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
