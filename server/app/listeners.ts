/** Everything that listens: native clients and the page, each with TLS or without, and the operator's side. */
import type { Socket } from 'node:net';
import { readAdminToken } from '../admin/guard.ts';
import type { AcceptPolicy } from '../admission/accepted-connection.ts';
import type { Admission } from '../admission/admission.ts';
import { Certificate } from '../admission/certificate.ts';
import { ConfigError, TransientError } from '../config/config.ts';
import { Networks, Proxies } from '../admission/proxies.ts';
import { LOCAL_HEADER } from '../admission/proxy-header.ts';
import { networkOf } from '../addresses/address.ts';
import { Probes, Readiness, type Target } from '../http/readiness.ts';
import type { NativePorts } from '../../shared/protocol/about-room.ts';
import { FairQueue } from '../http/fair-queue.ts';
import { openAdmin } from './admin-listener.ts';
import type { ListenerContext } from './listener-context.ts';
import type { Listener } from './listener.ts';
import { openNative, openTcpLong64 } from './native-listener.ts';
import { buildPage, openPage } from './page-listener.ts';
import type { Addresses } from './ports.ts';

interface ListenersOptions extends Omit<ListenerContext, 'policy' | 'queue'> {
  readonly admission: Admission;
}

export class Listeners {
  readonly #context: ListenerContext;
  readonly #probes = new Probes();
  readonly #opened: Array<Pick<Listener, 'close'>> = [];
  readonly #failures: ConfigError[] = [];
  /** Operator's listener, closed last of all: an operator wants to see how the rest ends. */
  #admin: Listener | null = null;
  #certificate: Certificate | null = null;
  #readiness: Readiness | null = null;
  #nativePorts: NativePorts | null = null;

  constructor(options: ListenersOptions) {
    const { config, logger, throttledLog, admission, liveness, banStore, rejections } = options;
    const policy: AcceptPolicy = {
      proxies: new Proxies(config.proxies, config.proxyHeader),
      networkOf: countingNetworks(config.exemptNetworks),
      admission,
      logger,
      throttledLog,
      monitor: liveness,
      isProbe: (socket: Socket) => this.#probes.has(socket),
      // A ban of this machine's own network would else have a supervisor end a gateway that is well.
      isBanned: ({ address, isProbe }) => !isProbe && banStore.bans.isAddressBanned(address),
      onEarlyEnd: (reason) => rejections.endedEarly(reason),
    };
    this.#context = { ...options, policy, queue: new FairQueue() };
  }

  /** Opens all that the settings ask for. Throws a ConfigError that names each that cannot be had; `close` then closes the others. */
  async open(): Promise<Addresses> {
    const context = this.#context;
    // Mistakes in settings are found before anybody is let in.
    const adminToken = context.config.adminPort === null ? null : readAdminToken(context.config);
    const certificate = (this.#certificate = this.#readCertificate());

    const page = await buildPage(
      context,
      () => this.#readiness,
      () => this.#nativePorts,
    );
    this.#opened.push({
      close() {
        page.web.destroyAll();
        return page.close();
      },
    });
    const http = await this.#keep(openPage('httpPort', page, context, null));
    const https = await this.#keep(openPage('httpsPort', page, context, certificate));
    const tcp = await this.#keep(openNative('tcpPort', context, 4, null));
    const tcpLong64 = await this.#keep(openTcpLong64(context));
    const tcpTls = await this.#keep(openNative('tlsTcpPort', context, 4, certificate));
    this.#admin = await this.#orFailure(openAdmin(context, adminToken, () => this.#readiness));
    this.#throwFailures();

    const port = (listener: Listener | null) => listener?.address.port ?? null;
    this.#nativePorts = { tcp: port(tcp), tcpLong64: port(tcpLong64), tcpTls: port(tcpTls) };
    this.#readiness = new Readiness({
      tcp: target(tcp, tcpTls),
      http: target(http, https),
      probes: this.#probes,
      preambleFor: (address) => (context.policy.proxies.has(address) ? LOCAL_HEADER : null),
      verdictOfRoom: context.verdictOfRoom,
      onChange: (reason) =>
        reason === null
          ? context.logger.info('/readyz says ready again')
          : context.logger.warn({ reason }, '/readyz says not ready'),
    });
    const where = (listener: Listener | null) => listener?.address ?? null;
    return {
      tcp: where(tcp),
      tcpLong64: where(tcpLong64),
      tcpTls: where(tcpTls),
      http: where(http),
      https: where(https),
      admin: where(this.#admin),
    };
  }

  /** Reads the certificate again; false when there is none. */
  reload(): boolean {
    this.#certificate?.reload();
    return this.#certificate !== null;
  }

  /** Answers not ready from now on, and accepts as before. */
  announceDrain(): void {
    this.#readiness?.answerDraining();
  }

  /** Accepts no more, cuts HTTP that is not upgraded, and resolves when the last connection is gone. */
  async close(): Promise<void> {
    this.announceDrain();
    this.#certificate?.close();
    await Promise.all(this.#opened.map((listener) => listener.close()));
    await this.#admin?.close();
  }

  #readCertificate(): Certificate | null {
    const { config, logger, metrics } = this.#context;
    const { tlsCert, tlsKey } = config;
    if (tlsCert === null || tlsKey === null) return null;
    const failures = metrics.events.certificateFailures;
    const certificate = new Certificate(tlsCert, tlsKey, logger, undefined, failures);
    metrics.watchCertificate(tlsCert, certificate);
    return certificate;
  }

  async #keep(opening: Promise<Listener | null>): Promise<Listener | null> {
    const listener = await this.#orFailure(opening);
    if (listener !== null) this.#opened.push(listener);
    return listener;
  }

  /** The listener, or null, and its failure is kept: whoever has to free one port wants to know of the others as well. */
  async #orFailure(opening: Promise<Listener | null>): Promise<Listener | null> {
    try {
      return await opening;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#failures.push(error);
      return null;
    }
  }

  /** Throws all failures as one: a TransientError when each of them may pass. */
  #throwFailures(): void {
    const failures = this.#failures;
    if (failures.length === 0) return;
    const Failure = failures.every((failure) => failure instanceof TransientError)
      ? TransientError
      : ConfigError;
    // An address that is not there is one problem of all that were to listen on it.
    throw new Failure(...new Set(failures.flatMap(({ problems }) => problems)));
  }
}

/** Tells which network an address counts for; null for one of those that are exempt. */
function countingNetworks(networks: readonly string[]): AcceptPolicy['networkOf'] {
  if (networks.length === 0) return networkOf;
  const exempt = new Networks(networks);
  return (address) => (exempt.has(address) ? null : networkOf(address));
}

/** Target of the readiness probe: the plain listener where there is one; the settings ensure one of the two. */
function target(plain: Listener | null, secure: Listener | null): Target {
  return { ...(plain ?? secure)!.address, secure: plain === null };
}
