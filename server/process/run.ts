/** Runs the process: settings, the log, the gateway, and signals. */
import { ConfigError, readConfig, TransientError, version, type Invocation } from '../config/config.ts';
import { longestDrain, tooLong } from '../app/drain.ts';
import { checkFiles } from '../app/files.ts';
import { startGateway } from '../app/gateway.ts';
import { systemClock } from '../app/system-clock.ts';
import { DONE, FAILED, TRY_AGAIN, WRONG_SETTINGS } from './exit-codes.ts';
import { Launcher } from './launcher.ts';
import { endOnFailure, exitWith, Lifecycle } from './lifecycle.ts';
import { errorPrefix } from '../log/journal.ts';
import { logAllThatIsPrinted, openLog } from '../log/logger.ts';
import { LogOutput } from '../log/log-output.ts';
import { UNMASKING } from '../transport/websocket/unmask.ts';
import { notifyReady } from './notify.ts';
import { describeReachable, reachable, readyLine, type Reachable } from './ready.ts';

/** Time, in ms, on top of the longest drain, after which the process ends anyway. */
const STOP_RESERVE = 500;
/** Write deadline, in ms, of a text that was asked for, or says why there is no start. */
const READING_TIME = 5_000;
/** Fields that a person at a terminal is shown otherwise than as JSON. */
const READABLE_FIELDS = { reachable: (found: unknown) => describeReachable(found as Reachable) };
/** Fields that are for whoever looks into a log afterwards. */
const HIDDEN_FIELDS = ['version', 'node', 'unmasking', 'maxConnections'];

/** Values that the first module of the process (start.cjs) hands over. */
export interface Beginning {
  /** Passes on the signals that came in the meantime, once each, and all that come from now on. */
  readonly listen: (next: (signal: string) => void) => void;
  /** The process that started this one. */
  readonly parent: number;
}

/** Does what the command line asks for; exit code 2 when it cannot be done, 75 when it may be later. */
export async function run(beginning: Beginning): Promise<void> {
  try {
    const invocation = readConfig(process.argv.slice(2), process.env);
    if (invocation.kind === 'print') {
      if (invocation.config !== undefined) await checkFiles(invocation.config);
      await write(2, lines(invocation.warnings));
      await say(1, `${invocation.text}\n`, DONE);
    } else await serve(invocation, beginning);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const code = error instanceof TransientError ? TRY_AGAIN : WRONG_SETTINGS;
    await say(2, lines(error.problems), code);
  }
}

async function serve(
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

/** The text of these problems for the standard error. */
function lines(problems: readonly string[]): string {
  return problems.map((problem) => `${errorPrefix(2)}chaton: ${problem}\n`).join('');
}

/** Says a text and ends. */
async function say(fd: 1 | 2, text: string, code: number): Promise<void> {
  const output = await write(fd, text);
  // An empty file, where the disk is full, must not pass for the answer.
  if (fd === 1 && output.dropped > 0)
    await say(2, lines(['the standard output could not be written to']), FAILED);
  await exitWith(code, output);
}

/** Writes a text, and waits until it is read, for a while. */
async function write(fd: 1 | 2, text: string): Promise<LogOutput> {
  const output = new LogOutput(fd);
  output.write(text);
  await output.flush(READING_TIME);
  return output;
}
