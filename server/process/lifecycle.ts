/** How the running process hears what it is told, and how it ends. */
import type { Logger } from 'pino';
import { setLevel } from '../admin/routes.ts';
import type { LogLevel } from '../config/config.ts';
import type { Launcher } from './launcher.ts';
import type { LogOutput } from '../log/log-output.ts';

/** How long, in ms, the last lines get for being written. */
const LOG_DEADLINE = 500;
/** How often, in ms, it is looked whether what started this is still there. */
const CHECK_EVERY = 500;
/** Within this time, in ms, a signal that npm passes on is the one that came from the terminal already. */
const ECHO = 500;

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly output: LogOutput;
  readonly launcher: Launcher;
  /** Whether there is a certificate that SIGHUP means. */
  readonly hasCertificate: boolean;
  readonly gateway: { reload(): void; stop(): Promise<void> };
  /** How long stopping may take, in ms. */
  readonly patience: number;
}

/** From the moment when the gateway is ready to the end of the process. */
export class Lifecycle {
  readonly #living: LifecycleOptions;
  #isStopping = false;
  /** When SIGTERM or SIGINT came last; null before the first. */
  #toldAt: number | null = null;

  constructor(living: LifecycleOptions) {
    this.#living = living;
    setInterval(() => this.#checkLauncher(), CHECK_EVERY).unref();
  }

  /** What a signal means now. */
  onSignal(signal: string): void {
    const { logger } = this.#living;
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
        this.#tell(signal);
    }
  }

  /** SIGTERM and SIGINT: the first ends it in good order, the second at once. */
  #tell(signal: string): void {
    const { launcher, logger } = this.#living;
    const before = this.#toldAt;
    this.#toldAt = performance.now();
    if (before === null) {
      void this.#stop(signal);
      return;
    }
    if (launcher.isNpm && this.#toldAt - before < ECHO) return;
    logger.error(`second ${signal}: ending at once`);
    void leave(1, this.#living.output);
  }

  #hangUp(): void {
    const { launcher, gateway, hasCertificate, logger } = this.#living;
    const gone = launcher.gone();
    if (gone !== null) void this.#stop(gone);
    else if (hasCertificate) gateway.reload();
    else if (launcher.hasTerminal) void this.#stop('SIGHUP');
    else logger.info('SIGHUP: there is no certificate to read again');
  }

  #checkLauncher(): void {
    const gone = this.#living.launcher.gone();
    if (gone !== null) void this.#stop(gone);
  }

  async #stop(why: string): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { logger, output, gateway, patience } = this.#living;
    logger.info(`${why}: stopping`);
    setTimeout(() => {
      logger.error(`not stopped within ${patience} ms: ending at once`);
      void leave(1, output);
    }, patience);
    await gateway.stop();
    logger.info('stopped');
    await leave(0, output);
  }
}

/** From now on an error that nobody catches is logged and ends the process with exit code 1. */
export function endOnFailure(logger: Logger, output: LogOutput): void {
  let hasFailed = false;
  const fail = (error: unknown) => {
    // Nobody knows what still works: better gone at once, and started anew, than half alive.
    logger.fatal(error, 'unexpected failure');
    if (!hasFailed) void leave(1, output);
    hasFailed = true;
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

/** Ends the process, whatever becomes of the log: its last lines have a deadline. */
export async function leave(code: number, output: LogOutput): Promise<void> {
  await output.flush(LOG_DEADLINE);
  // The exit would wait for that thread for ever.
  if (output.isStuck) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

/** Round and round: the usual, more, all, less. */
function nextLevel(level: string): LogLevel {
  const round = ['info', 'debug', 'trace', 'warn'] as const;
  return round[(round.findIndex((one) => one === level) + 1) % round.length]!;
}
