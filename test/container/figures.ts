/** Checks of the metrics of a gateway in its container. The numbers are those of the review's faults. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { bytes, login } from '../support/raw-hex.ts';
import { lint, whyNoPromtool } from './alerts.ts';
import { IMAGE, PORTS } from './build.ts';
import { enter, enterByWebSocket, get } from './client.ts';
import type { Container, Engine } from './engine.ts';
import type { Report } from './report.ts';

export async function checkFigures(engine: Engine, report: Report): Promise<void> {
  const settings = ['--env', 'CHATON_ADMIN_PORT=9090', '--env', 'CHATON_MAX_REFUSALS=1'];
  const gateway = await engine.start(['--init', ...PORTS, ...settings, IMAGE]);
  await gateway.ready();
  await report.check('4: of an empty gateway there are figures, and no event adds another one', async () => {
    const before = await scrape(gateway);
    assert.equal(before.get('chaton_connections_opened_total{transport="tcp"}'), 0);
    const connections = [...before].filter(([name]) => name.startsWith('chaton_connections{'));
    assert.ok(connections.length > 4 && connections.every(([, value]) => value === 0));
    await causeEvents(gateway);
    const after = await scrape(gateway);
    const born = [...after.keys()].filter((name) => !before.has(name));
    assert.deepEqual(born, []);
    const moved = [...after].filter(([name, value]) => /_total/.test(name) && value !== before.get(name));
    assert.ok(moved.length > 8);
    return `${before.size} series, ${moved.length} counters moved`;
  });
  if ((await whyNoPromtool()) === null)
    await report.check('4: Prometheus’ own tool has nothing to say against them', async () =>
      lint(await text(gateway)),
    );
  await gateway.remove();
}

async function text(gateway: Container): Promise<string> {
  const { code, stdout, stderr } = await gateway.exec('node', 'server/cli/admin.cjs', 'metrics');
  assert.equal(code, 0, stderr);
  return stdout;
}

async function scrape(gateway: Container): Promise<ReadonlyMap<string, number>> {
  const lines = [...(await text(gateway)).matchAll(/^(\w+(?:\{.*\})?) (\S+)$/gm)];
  return new Map(lines.map(([, name, value]) => [name!, Number(value)]));
}

/** Comings, goings, a refused login, an upgrade that is rejected, a page that is not there, and noise. */
async function causeEvents(gateway: Container): Promise<void> {
  const [native, web] = [await gateway.port(7777), await gateway.port(8080)];
  const alice = await enter(native, 'alice');
  (await enterByWebSocket(web, 'bob')).terminate();
  for (const said of [login('alice'), 'ff', '05']) {
    const socket = connect({ port: native });
    const closed = once(socket, 'close');
    socket.on('error', () => {}).resume();
    socket.end(bytes(said));
    await closed;
  }
  alice.destroy();
  await get(web, '/nowhere');
  await get(web, '/ws');
}
