/** Composition root: the rules, the listeners and the page, joined. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { BanStore } from '../admin/keeper.ts';
import type { LongSize } from '../../shared/protocol/commands.ts';
import { Chat } from '../chat/chat.ts';
import type { Clock } from '../chat/environment/clock.ts';
import { systemClock } from './system-clock.ts';
import type { Config } from '../config/config.ts';
import { drain } from './drain.ts';
import { Listeners } from './listeners.ts';
import { ThrottledLog } from '../log/throttled-log.ts';
import { Metrics } from '../metrics/metrics.ts';
import { observe } from './event-log.ts';
import { RejectionLog } from './rejection-log.ts';
import type { Addresses } from '../config/ports.ts';
import { Admission } from '../admission/admission.ts';
import { capacityFor, LoopDelay } from '../admission/capacity.ts';
import { ResumeRegistry } from '../resume/registry.ts';
import { TICK_EVERY, LivenessMonitor } from '../transport/socket/liveness.ts';

/** A running gateway. */
export interface Gateway {
  /** Where each listener is; null for one that is off. */
  readonly addresses: Addresses;
  readonly chat: Chat;
  readonly admission: Admission;
  /** How often each thing happened, by reason (D6), and what there is. */
  readonly metrics: Metrics;
  readonly resumeRegistry: ResumeRegistry;
  /** Reads the certificate again, where there is one. */
  reload(): void;
  /** Says goodbye to everyone (1001), and resolves when nothing is left (see {@link drain}). */
  stop(): Promise<void>;
}

function portFor(addresses: Addresses | null, longSize: LongSize): number | null {
  const address = longSize === 8 ? addresses?.tcpLong64 : (addresses?.tcp ?? addresses?.tcpTls);
  return address?.port ?? null;
}

/** Starts all listeners. Throws a ConfigError when a port cannot be had or the page is not built. */
export async function startGateway(
  config: Config,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<Gateway> {
  const { limits } = config;
  const metrics = new Metrics();
  const keeper = await BanStore.open(config.stateFile, logger, metrics.events.stateFailures);
  const { bans } = keeper;
  const watch = new LivenessMonitor(limits);
  let addresses: Addresses | null = null;
  const observer = observe(logger, metrics.events, clock, (longSize) => portFor(addresses, longSize));
  const delay = new LoopDelay();
  const refusals = new RejectionLog(logger, metrics.events);
  const lines = new ThrottledLog(logger);
  const admission = new Admission({
    limits,
    clock,
    capacity: capacityFor(limits.maxConnections),
    loopDelay: () => delay.last,
    onRejection: (refusal) => refusals.rejected(refusal),
  });
  metrics.watchAdmission(admission, () => delay.last);
  const stopWatching = clock.every(TICK_EVERY, () => {
    watch.tick();
    delay.look();
    refusals.report();
    lines.report();
    keeper.tick(clock.now());
  });
  const chat = new Chat({
    limits,
    observer,
    clock,
    refusesLogin: (login) => bans.refusesLogin(login),
    isCrowded: () => admission.isCrowded,
    instance: randomBytes(8).toString('hex'),
    randomId: () => randomBytes(4).readInt32BE(),
    atEndOfTurn: (deliver) => setImmediate(deliver),
    allocate: (size) => Buffer.allocUnsafeSlow(size),
  });
  const resumeRegistry = new ResumeRegistry({ clock, limits, observer });
  metrics.watch(chat, resumeRegistry);
  const listeners = new Listeners({
    config,
    logger,
    chat,
    watch,
    resumeRegistry,
    metrics,
    keeper,
    lines,
    admission,
    refusals,
  });
  try {
    const opened = await listeners.open();
    addresses = opened;
    return {
      addresses: opened,
      chat,
      admission,
      metrics,
      reload: () => listeners.reload(),
      resumeRegistry,
      stop() {
        resumeRegistry.stop();
        return drain({
          chat,
          watch,
          closeListeners: () => listeners.close(),
          destroyAll: () => watch.destroyAll(),
        })
          .then(() => keeper.settled())
          .finally(() => {
            stopWatching();
            refusals.report();
            delay.stop();
            lines.report();
          });
      },
    };
  } catch (error) {
    await listeners.close();
    throw error;
  }
}
