/** Handles signals of the running process, and ends it. */
import type { Logger } from 'pino';
import { setLevel } from '../admin/routes.ts';
import type { Clock } from '../chat/environment/clock.ts';
import type { LogLevel } from '../config/config.ts';
import { DONE, FAILED } from './exit-codes.ts';
import { exitWith } from './exit.ts';
import type { Launcher } from './launcher.ts';
import type { LogOutput } from '../log/log-output.ts';

/** Interval of the checks of the launcher, in ms. */
const CHECK_EVERY = 500;
/** Time, in ms, within which a signal that npm passes on is the one that came from the terminal already. */
const ECHO = 500;

interface LifecycleOptions {
  readonly logger: Logger;
  readonly output: LogOutput;
  readonly launcher: Launcher;
  /** `reload` is false when there is no certificate to read again. */
  readonly gateway: { reload(): boolean; stop(): Promise<void> };
  readonly clock: Pick<Clock, 'after'>;
  /** Timeout of the stop, in ms during which the process runs. */
  readonly stopDeadline: number;
}

/** Lifecycle of the process, from the moment when the gateway is ready to its end. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #checks: NodeJS.Timeout;
  #stage: 'running' | 'stopping' | 'stopped' = 'running';
  /** Time of the last SIGTERM or SIGINT; null before the first. */
  #stopSignalAt: number | null = null;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#checks = setInterval(() => this.#checkLauncher(), CHECK_EVERY).unref();
  }

  onSignal(signal: string): void {
    const { logger } = this.#options;
    switch (signal) {
      case 'SIGHUP':
        this.#hangUp();
        break;
      case 'SIGUSR1':
        // Without a listener it would open Node's debugger to everybody on this machine.
        logger.info('SIGUSR1 means nothing here; SIGUSR2 changes what is logged');
        break;
      case 'SIGUSR2':
        setLevel(logger, nextLevel(logger.level));
        break;
      default:
        this.#onStopSignal(signal);
    }
  }

  /** SIGTERM and SIGINT: the first ends it in good order, the second at once, unless it has stopped meanwhile. */
  #onStopSignal(signal: string): void {
    if (this.#stage === 'stopped') return;
    const { launcher, logger } = this.#options;
    const before = this.#stopSignalAt;
    this.#stopSignalAt = performance.now();
    if (before === null) {
      void this.stop(signal);
      return;
    }
    if (launcher.isNpm && this.#stopSignalAt - before < ECHO) return;
    logger.error(`second ${signal}: ending at once`);
    void exitWith(FAILED, this.#options.output);
  }

  #hangUp(): void {
    const { launcher, gateway, logger } = this.#options;
    const gone = launcher.gone();
    if (gone !== null) void this.stop(gone);
    else if (gateway.reload()) return;
    else if (launcher.hasTerminal) void this.stop('SIGHUP');
    else logger.info('SIGHUP: there is no certificate to read again');
  }

  #checkLauncher(): void {
    const gone = this.#options.launcher.gone();
    if (gone !== null) void this.stop(gone);
  }

  /** Ends the process in good order, with exit code 0; nothing when it is about to end already. */
  async stop(why: string): Promise<void> {
    if (this.#stage !== 'running') return;
    this.#stage = 'stopping';
    const { clock, logger, output, gateway, stopDeadline } = this.#options;
    logger.info(`${why}: stopping`);
    // From now on it ends by itself alone, and not because nothing is left to wait for.
    this.#checks.ref();
    clock.after(stopDeadline, () => {
      logger.error(`not stopped within ${stopDeadline} ms: ending at once`);
      void exitWith(FAILED, output);
    });
    await gateway.stop();
    this.#stage = 'stopped';
    logger.info('stopped');
    await exitWith(DONE, output);
  }
}

/** Ends the process, from now on, with exit code 1 on an error that nobody catches, which is logged. */
export function endOnFailure(logger: Logger, output: LogOutput): void {
  let hasFailed = false;
  const fail = (error: unknown) => {
    // Nobody knows what still works: better gone at once, and started anew, than half alive.
    logger.fatal(error, 'unexpected failure');
    if (!hasFailed) void exitWith(FAILED, output);
    hasFailed = true;
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

/** The level after this one on SIGUSR2's round: the usual, more, all, less. */
function nextLevel(level: string): LogLevel {
  const round = ['info', 'debug', 'trace', 'warn'] as const;
  return round[(round.findIndex((one) => one === level) + 1) % round.length]!;
}
