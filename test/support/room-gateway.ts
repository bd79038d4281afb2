/** The gateway of a suite: one, or two that are one room where the run is over a cluster (test/cluster/spread.config.ts). */
import type { Limits } from '../../server/chat/limits/limits.ts';
import type { Config } from '../../server/config/config.ts';
import { startSpreadGateway } from '../cluster/support/spread.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';

/** Starts the gateway of a suite on free ports; the test has to `stop` it. */
export function startRoomGateway(
  overrides: Partial<Config>,
  limits: Partial<Limits>,
  log?: (line: string) => void,
): Promise<TestGateway> {
  const engine = process.env['CHATON_TEST_ENGINE_URL'];
  return engine === undefined
    ? startTestGateway(overrides, limits, undefined, log)
    : startSpreadGateway(engine, overrides, limits, log);
}

/** The gateways of a room: one, unless the run is over a cluster. */
export function nodesOf(gateway: TestGateway): readonly TestGateway[] {
  return 'nodes' in gateway ? (gateway.nodes as readonly TestGateway[]) : [gateway];
}

/** True where the suites run over two gateways that are one room. */
export function isSpread(): boolean {
  return process.env['CHATON_TEST_ENGINE_URL'] !== undefined;
}

/** Resolves when nobody is left in any gateway of a room, nor anything of anybody. */
export async function untilEmpty(gateway: TestGateway): Promise<void> {
  const isEmpty = ({ chat }: TestGateway) => chat.connections.size === 0 && chat.clients === 0;
  while (!nodesOf(gateway).every(isEmpty)) await new Promise((resolve) => setTimeout(resolve, 2));
}
