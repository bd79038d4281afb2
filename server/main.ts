/** The process: settings, signals, exit code. */
import closeWithGrace from 'close-with-grace';
import { pino, type Logger } from 'pino';
import { ConfigError, readConfig, type LogLevel } from './config.ts';
import { longestDrain } from './drain.ts';
import { startGateway, type Address } from './gateway.ts';

/** How long, in ms, stopping may take more than it should before the process ends anyway. */
const STOP_RESERVE = 1_000;

try {
  const invocation = readConfig(process.argv.slice(2), process.env);
  if (invocation.kind === 'print') console.log(invocation.text);
  else {
    const { config } = invocation;
    const logger = await makeLogger(config.logLevel);
    for (const warning of invocation.warnings) logger.warn(warning);
    const gateway = await startGateway(config, logger);
    const delay = longestDrain(config.limits) + STOP_RESERVE;
    closeWithGrace({ delay, logger }, async ({ signal, err }) => {
      if (err) {
        // Nobody knows what still works: better gone at once, and started anew, than half alive.
        logger.fatal(err, 'unexpected failure');
        process.exit(1);
      }
      logger.info(`${signal ?? 'end of work'}: stopping`);
      await gateway.stop();
      logger.info('stopped');
    });
    const { http, tcp, tcpLong64 } = gateway.addresses;
    const dialect = tcpLong64 ? `, with 8-byte LONGs on ${endpoint(tcpLong64)}` : '';
    logger.info(`ready: page on http://${endpoint(http)}, native clients on ${endpoint(tcp)}${dialect}`);
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) console.error(`chaton: ${problem}`);
  process.exitCode = 2;
}

/** JSON lines, but readable ones for a person at a terminal. */
async function makeLogger(level: LogLevel): Promise<Logger> {
  if (!process.stdout.isTTY) return pino({ level });
  const { default: pretty } = await import('pino-pretty');
  return pino({ level }, pretty({ colorize: true, ignore: 'pid,hostname', sync: true }));
}

function endpoint({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
