/** A gateway of the test's own, on free ports. */
import { pino } from 'pino';
import type { Clock } from '../../server/chat/clock.ts';
import type { Limits } from '../../server/chat/limits.ts';
import { DEFAULT_CONFIG, type Config } from '../../server/config.ts';
import { startGateway, type Gateway } from '../../server/gateway.ts';

/** Starts a gateway on 127.0.0.1 and any free ports, silent unless told otherwise; the test has to `stop` it. */
export function startTestGateway(
  overrides: Partial<Config> = {},
  limits: Partial<Limits> = {},
  clock?: Clock,
): Promise<Gateway> {
  const config: Config = { ...DEFAULT_CONFIG, tcpPort: 0, httpPort: 0, logLevel: 'silent', ...overrides };
  const all = { ...config, limits: { ...config.limits, drainTime: 0, ...limits } };
  return startGateway(all, pino({ level: config.logLevel }), clock);
}
