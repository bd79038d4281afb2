/** The log: JSON lines, but readable ones for a person at a terminal. */
import { isatty, WriteStream } from 'node:tty';
import { format } from 'node:util';
import { pino, type Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { isJournal, withPriority } from './journal.ts';
import { LogOutput } from './log-output.ts';

const STANDARD_OUTPUT = 1;

/** Formatters, by name of the field, for a person; other fields are shown as JSON. */
type ReadableFields = Readonly<Record<string, (value: unknown) => string>>;

/**
 * Opens the log of these settings on the standard output: returns what is written to, and where it goes.
 * @param hidden names of the fields that a person is not shown
 */
export async function openLog(
  { logLevel: level, logAddresses }: Config,
  fields: ReadableFields,
  hidden: readonly string[],
): Promise<{ readonly logger: Logger; readonly output: LogOutput }> {
  const output = new LogOutput(STANDARD_OUTPUT, (lines) => {
    // Missing lines are reported whatever the level is.
    logger
      .child({}, { level: 'warn' })
      .warn({ lines }, 'lines of this log were dropped: it could not be written');
  });
  const show = await formatter(fields, hidden);
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

/** Makes of a line what the standard output is for: a person, the journal, or a program that reads JSON. */
async function formatter(
  fields: ReadableFields,
  hidden: readonly string[],
): Promise<(line: string) => string> {
  if (isJournal(STANDARD_OUTPUT)) return withPriority;
  if (!isatty(STANDARD_OUTPUT)) return (line) => line;
  const { prettyFactory } = await import('pino-pretty');
  const ignore = ['pid', 'hostname', ...hidden].join(',');
  // As TERM, NO_COLOR and the like say.
  const colorize = WriteStream.prototype.getColorDepth() > 1;
  const pretty = prettyFactory({ colorize, ignore, customPrettifiers: fields });
  return (line) => foldFields(pretty(line));
}

/** A field on a line of its own, as pino-pretty writes it, with a value that is short. */
const SHORT_FIELD = /\n {4}((?:\x1b\[\d+m)?[\w-]+(?:\x1b\[\d+m)?): ("[^\n]*"|[-\d.]+|null|true|false)(?=\n)/g;

/** Puts short fields behind what the line says: a class that comes in would fill the screen else. */
function foldFields(text: string): string {
  return text.replace(SHORT_FIELD, '  $1: $2');
}

/** Fields left out of every line: what Fastify would say of a request that fails, and addresses if so set. */
function redacted(logAddresses: boolean): string[] {
  const requests = ['req.remoteAddress', 'req.remotePort', 'req.url', 'req.headers'];
  return logAddresses ? requests : [...requests, 'address', 'req.host', 'err.address', 'err.port'];
}
