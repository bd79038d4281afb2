/** The log: JSON lines, but readable ones for a person at a terminal. */
import { isatty } from 'node:tty';
import { format } from 'node:util';
import { pino, type Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { LogOutput } from './log-output.ts';

const STANDARD_OUTPUT = 1;

export interface Log {
  readonly logger: Logger;
  readonly output: LogOutput;
}

/** Formatters, by name of the field, for a person; other fields are shown as JSON. */
export type ReadableFields = Readonly<Record<string, (value: unknown) => string>>;

/** Opens the log of these settings on the standard output. */
export async function openLog(
  { logLevel: level, logAddresses }: Config,
  fields: ReadableFields = {},
): Promise<Log> {
  const output = new LogOutput(STANDARD_OUTPUT, (lines) => {
    // Missing lines are reported whatever the level is.
    logger
      .child({}, { level: 'warn' })
      .warn({ lines }, 'lines of this log were dropped: it could not be written');
  });
  const show = isatty(STANDARD_OUTPUT) ? await readable(fields) : (line: string) => line;
  const options = { level, redact: { paths: redacted(logAddresses), remove: true } };
  const logger = pino(options, { write: (line: string) => output.write(show(line)) });
  return { logger, output };
}

/** Sends what Node and packages print by themselves the way of the log, too: their own way may wait for a reader. */
export function logAllThatIsPrinted(logger: Logger): void {
  for (const method of ['log', 'info', 'debug'] as const)
    console[method] = (...parts: unknown[]) => logger.info(format(...parts));
  for (const method of ['warn', 'error', 'trace'] as const)
    console[method] = (...parts: unknown[]) => logger.warn(format(...parts));
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn(warning, 'a warning of Node'));
}

async function readable(fields: ReadableFields): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({ colorize: true, ignore: 'pid,hostname', customPrettifiers: fields });
}

/** Fields left out of every line: what Fastify would say of a request that fails, and addresses if so set. */
function redacted(logAddresses: boolean): string[] {
  const requests = ['req.remoteAddress', 'req.remotePort', 'req.url', 'req.headers'];
  return logAddresses ? requests : [...requests, 'address', 'req.host', 'err.address', 'err.port'];
}
