/** Runs the gateway: the log, the listeners, and signals. */
import { version, type Invocation } from '../config/config.ts';
import { longestDrain, tooLong } from '../app/drain.ts';
import { startGateway } from '../app/gateway.ts';
import { systemClock } from '../app/system-clock.ts';
import { Launcher } from './launcher.ts';
import { endOnFailure, Lifecycle } from './lifecycle.ts';
import { logAllThatIsPrinted, openLog } from '../log/logger.ts';
import { UNMASKING } from '../transport/websocket/unmask.ts';
import { notifyReady } from './notify.ts';
import { describeReachable, reachable, readyLine, type Reachable } from './ready.ts';

/** Time, in ms, on top of the longest drain, after which the process ends anyway. */
const STOP_RESERVE = 500;
/** Fields that a person at a terminal is shown otherwise than as JSON. */
const READABLE_FIELDS = { reachable: (found: unknown) => describeReachable(found as Reachable) };
/** Fields that are for whoever looks into a log afterwards. */
const HIDDEN_FIELDS = ['version', 'node', 'unmasking', 'maxConnections'];

/** Process as it was before its settings were read. */
export interface Beginning {
  /** Passes on the signals that came in the meantime, once each, and all that come from now on. */
  readonly listen: (next: (signal: string) => void) => void;
  /** The process that started this one. */
  readonly parent: number;
}

/** Starts a gateway with these settings, which the process runs until it is told to stop. Throws a ConfigError. */
export async function serve(
  { config, warnings }: Extract<Invocation, { kind: 'run' }>,
  { listen, parent }: Beginning,
): Promise<void> {
  const { logger, output } = await openLog(config, READABLE_FIELDS, HIDDEN_FIELDS);
  const launcher = new Launcher(parent, process.env);
  logAllThatIsPrinted(logger);
  endOnFailure(logger, output);
  for (const warning of [...warnings, ...tooLong(config.limits)]) logger.warn(`settings: ${warning}`);
  const gateway = await startGateway(config, logger);
  gateway.metrics.watchLog(() => output.dropped);
  const stopDeadline = longestDrain(config.limits) + STOP_RESERVE;
  const lifecycle = new Lifecycle({ logger, output, launcher, gateway, clock: systemClock, stopDeadline });
  listen((signal) => lifecycle.onSignal(signal));
  void gateway.drainRequested.then(() => lifecycle.stop('operator'));
  await gateway.joined;
  const found = reachable(gateway.addresses);
  const about = {
    version: version(),
    node: process.versions.node,
    unmasking: UNMASKING,
    maxConnections: gateway.admission.capacity,
    ...(Object.keys(found).length > 0 && { reachable: found }),
  };

  logger.info(about, readyLine(gateway.addresses));
  notifyReady(logger, readyLine(gateway.addresses));
}
