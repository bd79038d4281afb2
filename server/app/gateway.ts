/** Composition root: the rules, the listeners and the page, joined. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { BanStore } from '../admin/ban-store.ts';
import type { LongSize } from '../../shared/protocol/commands.ts';
import { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import { systemClock } from './system-clock.ts';
import type { Config } from '../config/config.ts';
import type { ClusterContext, ThisNode } from './cluster.ts';
import { drain } from './drain.ts';
import { Listeners } from './listeners.ts';
import { ThrottledLog } from '../log/throttled-log.ts';
import { Metrics } from '../metrics/metrics.ts';
import { observe } from './event-log.ts';
import { SharedAddressWatch } from './shared-address.ts';
import { RejectionLog } from './rejection-log.ts';
import type { Addresses } from './ports.ts';
import { Admission } from '../admission/admission.ts';
import { beyondDescriptors, capacityFor, LoopDelay } from '../admission/capacity.ts';
import { Networks } from '../admission/proxies.ts';
import { sharedAddresses } from '../addresses/own-addresses.ts';
import { ResumeRegistry } from '../resume/registry.ts';
import { TICK_EVERY, LivenessMonitor } from '../transport/socket/liveness.ts';
import { isPlain } from '../transport/socket/sockets.ts';

/** A running gateway. */
export interface Gateway {
  /** Address of each listener; null for one that is off. */
  readonly addresses: Addresses;
  readonly chat: Chat;
  readonly admission: Admission;
  /** Counters of events, by reason (D6), and gauges. */
  readonly metrics: Metrics;
  readonly resumeRegistry: ResumeRegistry;
  /**
   * Resolves when clients may come: at once, or when this gateway has joined the room that it shares with others. Rejects
   * with a ConfigError when the room does not take it.
   */
  readonly joined: Promise<void>;
  /** Resolves when the operator asks for the stop: no signal, of which a second one would end the process at once. */
  readonly drainRequested: Promise<void>;
  /** Reads the certificate again; false when there is none. */
  reload(): boolean;
  /** Ends every connection (1001), and resolves when none is left (see {@link drain}). */
  stop(): Promise<void>;
}

/** Starts all listeners. Throws a ConfigError when a port cannot be had or the page is not built. */
export async function startGateway(
  config: Config,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<Gateway> {
  const { limits } = config;
  if (isPlain)
    logger.warn('CHATON_PLAIN_SOCKETS: slower, and TLS that is cut counts as ended; see DEBUGGING.md');

  // Metrics and log lines.
  const metrics = new Metrics();
  const rejections = new RejectionLog(logger, metrics.events);
  const throttledLog = new ThrottledLog(logger);

  // Bans and admission.
  const banStore = await BanStore.open(config.stateFile, logger, metrics.events.stateFailures);
  const loopDelay = new LoopDelay();
  const admission = new Admission({
    limits,
    clock,
    capacity: capacityFor(limits.maxConnections),
    loopDelay: () => loopDelay.last,
    onRejection: (reason) => rejections.rejected(reason),
  });
  metrics.watchAdmission(admission, () => loopDelay.last);
  for (const warning of beyondDescriptors(limits.maxConnections, admission.capacity))
    logger.warn(`settings: ${warning}`);

  // The rules.
  let addresses: Addresses | null = null;
  const sharedAddress = new SharedAddressWatch(logger, suspects(config));
  const observer = observe({
    logger,
    events: metrics.events,
    clock,
    portFor: (longSize) => portFor(addresses, longSize),
    onLogin: (address) => sharedAddress.loggedIn(address),
  });
  const liveness = new LivenessMonitor(limits);
  const cluster = await openNode({ config, logger, throttledLog, clock, metrics, banStore, liveness });
  const chat = new Chat({
    limits,
    observer,
    clock,
    isLoginBanned: (login) => banStore.bans.isLoginBanned(login),
    isCrowded: () => admission.isCrowded,
    instance: randomBytes(8).toString('hex'),
    randomId: () => randomBytes(4).readInt32BE(),
    atEndOfTurn: (run) => setImmediate(run),
    allocate: (size) => Buffer.allocUnsafeSlow(size),
    ...cluster?.chatOptions,
  });
  const resumeRegistry = new ResumeRegistry({
    clock,
    limits,
    observer,
    onEarlyEnd: (reason) => rejections.endedEarly(reason),
    cluster: cluster?.resume ?? null,
    replacedSince: (time) => chat.controlChannels.presence.replaced.since(time),
  });
  cluster?.attach(chat, resumeRegistry);
  metrics.watch(chat, resumeRegistry);

  // The tick, once a second.
  const report = () => {
    rejections.report();
    throttledLog.report();
  };
  const stopTicking = clock.every(TICK_EVERY, () => {
    liveness.tick();
    loopDelay.tick();
    report();
    banStore.tick(clock.now());
  });

  let requestDrain = () => {};
  const drainRequested = new Promise<void>((resolve) => (requestDrain = resolve));
  const listeners = new Listeners({
    config,
    logger,
    throttledLog,
    rejections,
    metrics,
    chat,
    resumeRegistry,
    banStore,
    liveness,
    admission,
    requestDrain,
    others: cluster?.otherOperators ?? null,
    verdictOfRoom: () => cluster?.verdict ?? null,
  });
  const release = () => {
    stopTicking();
    loopDelay.stop();
    report();
  };
  addresses = await listeners.open().catch(async (error: unknown) => {
    await Promise.all([listeners.close(), cluster?.leaveRoom()]);
    release();
    throw error;
  });
  const joined = cluster?.join() ?? Promise.resolve();
  const stop = async () => {
    listeners.announceDrain();
    if (limits.drainDelay > 0) await new Promise<void>((resolve) => clock.after(limits.drainDelay, resolve));
    resumeRegistry.giveUpAll();
    await drain({ clock, chat, liveness, closeListeners: () => listeners.close() });
    await cluster?.leaveRoom();
    await banStore.close();
  };
  return {
    addresses,
    chat,
    admission,
    metrics,
    resumeRegistry,
    joined,
    drainRequested,
    reload: () => listeners.reload(),
    stop: () => stop().finally(release),
  };
}

/** Opens this gateway's part of a cluster; null, and nothing of it is loaded, when it is the only one. */
async function openNode(context: ClusterContext): Promise<ThisNode | null> {
  if (context.config.cluster === null) return null;
  const { openCluster } = await import('./cluster.ts');
  return openCluster(context);
}

/** Addresses that a port mapping may give to clients, and that the settings say nothing of. */
function suspects({ proxies, exemptNetworks }: Config): string[] {
  const known = new Networks([...proxies, ...exemptNetworks]);
  return sharedAddresses().filter((address) => !known.has(address));
}

/** The port for clients that write LONG on so many bytes; null when there is none. */
function portFor(addresses: Addresses | null, longSize: LongSize): number | null {
  const address = longSize === 8 ? addresses?.tcpLong64 : (addresses?.tcp ?? addresses?.tcpTls);
  return address?.port ?? null;
}
