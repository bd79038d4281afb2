/** Starts a gateway for a test, on free ports. */
import { pino } from 'pino';
import type { Clock } from '../../server/chat/environment/clock.ts';
import type { Limits } from '../../server/chat/limits/limits.ts';
import type { Config } from '../../server/config/config.ts';
import { startGateway, type Gateway } from '../../server/app/gateway.ts';
import type { Addresses } from '../../server/app/ports.ts';
import type { Address } from '../../server/app/listener.ts';
import { DEFAULT_CONFIG } from './defaults.ts';

/** Delay of the event loop, in ms, that rejects newcomers: a machine that does much else would cause any shorter one. */
const HOUR = 3_600_000;

/** Gateway with at least the plain listeners, unless the test turned them off. */
export interface TestGateway extends Omit<Gateway, 'addresses'> {
  readonly addresses: {
    readonly tcp: Address;
    readonly http: Address;
    readonly tcpLong64: Address | null;
  } & Partial<Pick<Addresses, 'tcpTls' | 'https' | 'admin'>>;
}

/** Starts a gateway on 127.0.0.1 and any free ports, silent unless told otherwise; the test has to `stop` it. */
export async function startTestGateway(
  overrides: Partial<Config> = {},
  limits: Partial<Limits> = {},
  clock?: Clock,
  log?: (line: string) => void,
): Promise<TestGateway> {
  const config: Config = {
    ...DEFAULT_CONFIG,
    tcpPort: 0,
    tcpLong64Port: 0,
    httpPort: 0,
    logLevel: 'silent',
    ...overrides,
  };
  const all = { ...config, limits: { ...config.limits, drainTime: 0, maxLoopDelay: HOUR, ...limits } };
  const logger = log ? pino({ level: config.logLevel }, { write: log }) : pino({ level: config.logLevel });
  const gateway = await startGateway(all, logger, clock);
  const { tcp, http } = gateway.addresses;
  // A test that has a plain port turned off uses another one.
  const nowhere = { host: '127.0.0.1', port: 0 };
  return { ...gateway, addresses: { ...gateway.addresses, tcp: tcp ?? nowhere, http: http ?? nowhere } };
}
