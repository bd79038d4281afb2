/** Checks of the life of a container: signals, drain, and what it may lack. The numbers are those of the review's faults. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { HARDENED, IMAGE, PORTS } from './build.ts';
import { enter, get } from './client.ts';
import { until } from './command.ts';
import type { Container, Engine } from './engine.ts';
import { openPrivate } from './private.ts';
import type { Report } from './report.ts';

/**
 * Seconds that an engine waits before it kills, where a check is about the end, and not about its 10 s: enough for a machine
 * that has much else to do.
 */
const PATIENCE = 120;

export async function checkLife(engine: Engine, report: Report): Promise<void> {
  report.heading('Life of a container');
  await checkSignals(engine, report);
  await checkDrain(engine, report);
  report.heading('What a container may lack');
  await checkLimits(engine, report);
}

/** Resolves as soon as process 1 of a container catches SIGTERM by itself, and SIGHUP, which Node does not. */
async function hearsSignals(gateway: Container): Promise<void> {
  const pid = await gateway.inspect('.State.Pid');
  await until('the gateway listens for signals', async () => {
    const [, caught = '0'] = /^SigCgt:\t(\w+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (Number.parseInt(caught.slice(-4), 16) & 1) === 1;
  });
}

async function checkSignals(engine: Engine, report: Report): Promise<void> {
  for (const init of [['--init'], []])
    await report.check(
      `3: stopped at every 50 ms of its start, ${init.length > 0 ? 'with' : 'without'} --init, it never has to be killed`,
      async () => {
        const codes = new Set<number>();
        for (let after = 0; after <= 1000; after += 50) {
          const gateway = await engine.start([...init, ...HARDENED, IMAGE]);
          // Process 1 loses what comes before Node itself hears signals, as the guide says; an init does not.
          if (init.length === 0) await hearsSignals(gateway);
          await sleep(after);
          codes.add(await gateway.stop(PATIENCE));
          await gateway.remove();
        }
        assert.ok(!codes.has(137), `exit codes ${[...codes].join(', ')}`);
        return `21 times, exit codes ${[...codes].join(', ')}`;
      },
    );
  await report.check('3: SIGHUP and SIGUSR2 while it starts are noted, SIGINT ends it with 0', async () => {
    const gateway = await engine.start(['--init', ...PORTS, IMAGE]);
    await until('the program runs', async () => (await gateway.exec('node', '-p', '1')).code === 0);
    await gateway.signal('HUP');
    await gateway.signal('USR2');
    await gateway.says('"msg":"log level changes"');
    await gateway.ready();
    await gateway.signal('INT');
    assert.equal(await gateway.ended(), 0);
    await gateway.remove();
  });
  await report.check(
    'as process 1, without --init, it hears the signals, and SIGUSR1 opens no debugger, and ends nothing',
    async () => {
      const gateway = await engine.start([...HARDENED, IMAGE]);
      await gateway.ready();
      await gateway.signal('USR1');
      assert.equal((await gateway.exec('node', 'server/cli/health.cjs')).code, 0);
      const log = await gateway.log();
      assert.doesNotMatch(log, /Debugger/);
      assert.equal(await gateway.stop(PATIENCE), 0);
      await gateway.remove();
    },
  );
}

async function checkDrain(engine: Engine, report: Report): Promise<void> {
  await report.check('8: for --drain-delay /readyz says 503, and clients still come in', async () => {
    const gateway = await engine.start([
      '--init',
      ...PORTS,
      IMAGE,
      ...['--drain-delay', '30s', '--stop-timeout', '60s', '--admin-port', '9090'],
    ]);
    await gateway.ready();
    const port = await gateway.port(8080);
    assert.equal((await get(port, '/readyz'))?.status, 200);
    await gateway.signal('TERM');
    await until('503', async () => (await get(port, '/readyz'))?.status === 503);
    assert.equal((await get(port, '/healthz'))?.status, 200);
    (await enter(await gateway.port(7777), 'late')).destroy();
    const health = await gateway.exec('node', 'server/cli/health.cjs');
    assert.deepEqual(
      [health.code, JSON.parse(health.stdout)],
      [1, { status: 'not ready', reason: 'draining' }],
    );
    const asked = 'fetch("http://127.0.0.1:9090/readyz").then(({ status }) => console.log(status))';
    assert.equal((await gateway.exec('node', '-e', asked)).stdout.trim(), '503');
    assert.equal(await gateway.ended(), 0);
    await gateway.remove();
  });
  await report.check(
    '9: a private connection runs on after SIGTERM, and with its end the exit code is 0',
    async () => {
      const settings = ['--drain-time', '2m', '--stop-timeout', '3m'];
      const gateway = await engine.start(['--init', ...PORTS, IMAGE, ...settings]);
      await gateway.ready();
      const [left, right] = await openPrivate(await gateway.port(7777));
      await gateway.signal('TERM');
      await gateway.says(': stopping"');
      left.write('still here');
      const [text] = (await once(right, 'data')) as [Buffer];
      assert.equal(String(text), 'still here');
      for (const end of [left, right]) end.destroy();
      assert.equal(await gateway.ended(), 0);
      await gateway.remove();
    },
  );
  await report.check('9: a drain that the engine would cut is warned of', async () => {
    const gateway = await engine.start(['--init', IMAGE, '--drain-time', '30s']);
    await gateway.says('the supervisor kills after 10 s');
    await gateway.remove();
  });
  await report.check(
    '10: drained by the operator it ends with 0, which restart policies but on-failure start again',
    async () => {
      const gateway = await engine.start(['--init', '--env', 'CHATON_ADMIN_PORT=9090', IMAGE]);
      await gateway.ready();
      const { code } = await gateway.exec('node', 'server/cli/admin.cjs', 'drain');
      // An empty gateway ends at once, and with its container whatever runs beside it: perhaps the command that asked.
      assert.ok(code === 0 || code === 137, `exit code ${code}`);
      assert.equal(await gateway.ended(), 0);
      await gateway.remove();
    },
  );
}

async function checkLimits(engine: Engine, report: Report): Promise<void> {
  await report.check('5: on :: where there is no IPv6 it is healthy', async () => {
    const gateway = await engine.start([
      ...['--init', '--sysctl', 'net.ipv6.conf.all.disable_ipv6=1', ...PORTS],
      ...['--env', 'CHATON_HOST=::', IMAGE],
    ]);
    await gateway.ready();
    (await enter(await gateway.port(7777), 'alice')).destroy();
    assert.equal((await gateway.exec('node', 'server/cli/health.cjs')).code, 0);
    assert.equal((await get(await gateway.port(8080), '/readyz'))?.status, 200);
    await gateway.remove();
  });
  await report.check(
    '2: that all clients have the address of the port mapping is warned of, once',
    async () => {
      const gateway = await engine.start(['--init', ...PORTS, IMAGE]);
      await gateway.ready();
      const port = await gateway.port(7777);
      for (let index = 0; index < 7; index++) (await enter(port, `client ${index}`)).destroy();
      const log = await gateway.says('many clients seem to have one address');
      assert.equal(log.split('many clients seem').length, 2);
      await gateway.remove();
    },
  );
  await report.check(
    '13: fewer descriptors than --max-connections are warned of; /metrics has what is in effect',
    async () => {
      const gateway = await engine.start([
        ...['--init', '--ulimit', 'nofile=256:256', '--env', 'CHATON_ADMIN_PORT=9090'],
        ...['--env', 'CHATON_MAX_CONNECTIONS=100000', IMAGE],
      ]);
      const log = await gateway.ready();
      assert.match(log, /"msg":"settings: --max-connections[^"]*descriptors/);
      const { stdout } = await gateway.exec('node', 'server/cli/admin.cjs', 'metrics');
      const [, limit] = /^chaton_connections_limit (\d+)$/m.exec(stdout)!;
      assert.ok(Number(limit) < 256);
      await gateway.remove();
    },
  );
  await report.check('16: with 16 processes and threads at most it serves', async () => {
    const gateway = await engine.start(['--init', '--pids-limit', '16', ...PORTS, IMAGE]);
    await gateway.ready();
    (await enter(await gateway.port(7777), 'alice')).destroy();
    await gateway.remove();
  });
}
