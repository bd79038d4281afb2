/** The process: settings, signals, exit code. */
import closeWithGrace from 'close-with-grace';
import { pino, type Logger } from 'pino';
import { setLevel } from './admin/routes.ts';
import { ConfigError, readConfig, type Config, type LogLevel } from './config.ts';
import { longestDrain } from './drain.ts';
import { startGateway } from './gateway.ts';
import type { Address, Addresses } from './ports.ts';

/** How long, in ms, stopping may take more than it should before the process ends anyway. */
const STOP_RESERVE = 1_000;

try {
  const invocation = readConfig(process.argv.slice(2), process.env);
  if (invocation.kind === 'print') console.log(invocation.text);
  else {
    const { config } = invocation;
    const logger = await makeLogger(config);
    for (const warning of invocation.warnings) logger.warn(warning);
    const gateway = await startGateway(config, logger);
    const delay = longestDrain(config.limits) + STOP_RESERVE;
    closeWithGrace({ delay, logger, skip: ['SIGHUP', 'SIGUSR2'] }, async ({ signal, err }) => {
      if (err) {
        // Nobody knows what still works: better gone at once, and started anew, than half alive.
        logger.fatal(err, 'unexpected failure');
        process.exit(1);
      }
      logger.info(`${signal ?? 'end of work'}: stopping`);
      await gateway.stop();
      logger.info('stopped');
    });
    process.on('SIGHUP', () => gateway.reload());
    process.on('SIGUSR2', () => setLevel(logger, nextLevel(logger.level)));
    logger.info(readyLine(gateway.addresses));
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const problem of error.problems) console.error(`chaton: ${problem}`);
  process.exitCode = 2;
}

/** JSON lines, but readable ones for a person at a terminal. */
async function makeLogger({ logLevel: level, logAddresses }: Config): Promise<Logger> {
  const options = { level, redact: { paths: redacted(logAddresses), remove: true } };
  if (!process.stdout.isTTY) return pino(options);
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ colorize: true, ignore: 'pid,hostname', sync: true }));
}

/** What is left out of every line: what Fastify would say of a request that fails, and addresses if they are to be. */
function redacted(logAddresses: boolean): string[] {
  const requests = ['req.remoteAddress', 'req.remotePort', 'req.url', 'req.headers'];
  return logAddresses ? requests : [...requests, 'address', 'req.host', 'err.address', 'err.port'];
}

/** Round and round: the usual, more, all, less. */
function nextLevel(level: string): LogLevel {
  const round = ['info', 'debug', 'trace', 'warn'] as const;
  return round[(round.findIndex((one) => one === level) + 1) % round.length]!;
}

function readyLine({ http, https, tcp, tcpTls, tcpLong64, admin }: Addresses): string {
  const parts = [
    http && `page on http://${endpoint(http)}`,
    https && `page on https://${endpoint(https)}`,
    tcp && `native clients on ${endpoint(tcp)}`,
    tcpLong64 && `with 8-byte LONGs on ${endpoint(tcpLong64)}`,
    tcpTls && `native clients with TLS on ${endpoint(tcpTls)}`,
    admin && `administration on http://${endpoint(admin)}`,
  ];
  return `ready: ${parts.filter(Boolean).join(', ')}`;
}

function endpoint({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
