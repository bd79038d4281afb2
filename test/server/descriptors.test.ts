/** A limit of connections that the file descriptors do not allow is said at the start. */
import { afterEach, expect, it } from 'vitest';
import { exitOf, startOn, type GatewayOn } from '../support/gateway-on.ts';

const started: GatewayOn[] = [];

afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
});

/** The warnings of a gateway that may have 256 descriptors, until it is ready. */
async function warningsOf(flag: string): Promise<string[]> {
  const gateway = await startOn(`ulimit -n 256; exec $GATEWAY ${flag}`, ['ignore', 'pipe', 'pipe']);
  started.push(gateway);
  let text = '';
  gateway.child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    if (text.includes('"msg":"ready: ')) process.kill(gateway.pid, 'SIGTERM');
  });
  expect(await exitOf(gateway.child, gateway.child)).toBe(0);
  return text.split('\n').filter((line) => line.includes('"level":40'));
}

it('--max-connections beyond the descriptors is warned of, with what there is', async () => {
  const [warning, ...others] = await warningsOf('--max-connections=1000');
  expect(others).toEqual([]);
  expect(warning).toMatch(/settings: --max-connections is 1000, .* descriptors for 1\d\d only/);
});

it('any other is not', async () => {
  expect(await warningsOf('--max-connections=100')).toEqual([]);
});
