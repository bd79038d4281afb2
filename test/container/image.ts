/** Checks of the image: what the README and the operations guide say of it. The numbers are those of the review's faults. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { HARDENED, IMAGE, ownBytes, PORTS, TOP } from './build.ts';
import { enter, enterByWebSocket, get } from './client.ts';
import { until } from './command.ts';
import { checkFigures } from './figures.ts';
import { CACHE, type Container, type Engine } from './engine.ts';
import type { Report } from './report.ts';

/** Exit codes, as the guide has them. */
const [WRONG_SETTINGS, TRY_AGAIN] = [2, 75];

export async function checkImage(engine: Engine, report: Report): Promise<void> {
  report.heading('The image');
  await checkLabels(engine, report);
  await checkCommands(engine, report);
  await checkReadme(engine, report);
  await checkState(engine, report);
  await checkExitCodes(engine, report);
  await checkFigures(engine, report);
}

async function checkLabels(engine: Engine, report: Report): Promise<void> {
  const { Config: config } = (
    JSON.parse(await engine.run(['image', 'inspect', IMAGE])) as [{ Config: Record<string, unknown> }]
  )[0];
  await report.check('12: its user is a number, and its labels say version, licence and source', () => {
    assert.equal(config['User'], '1000:1000');
    const labels = config['Labels'] as Record<string, string>;
    assert.equal(labels['org.opencontainers.image.version'], manifest.version);
    assert.equal(labels['org.opencontainers.image.licenses'], 'MIT');
    assert.match(labels['org.opencontainers.image.revision'] ?? '', /^[0-9a-f]{40}$/);
  });
  await report.check('its ports are those of native clients and of the page', () => {
    assert.deepEqual(Object.keys(config['ExposedPorts'] as object), ['7777/tcp', '7778/tcp', '8080/tcp']);
  });
  await report.check('16: what the project adds to node:24-slim is some 20 MB', async () => {
    const megabytes = (await ownBytes(engine)) / 1e6;
    assert.ok(megabytes < 25, `${megabytes} MB`);
    return `${megabytes.toFixed(1)} MB`;
  });
}

async function checkCommands(engine: Engine, report: Report): Promise<void> {
  const ask = (...args: string[]) => engine.attempt(['run', '--rm', IMAGE, ...args]);
  await report.check('11: --help, --version and --print-config are the program’s', async () => {
    const help = await ask('--help');
    assert.deepEqual([help.code, help.stdout.includes('--tcp-port')], [0, true]);
    assert.equal((await ask('--version')).stdout.trim(), manifest.version);
    const config = await ask('--print-config', '--tcp-port', '9000');
    assert.equal(config.code, 0);
    assert.match(config.stdout, /9000/);
  });
  await report.check(
    '11: every setting can be given as a flag, and as a variable of --env-file',
    async () => {
      const example = readFileSync(join(TOP, 'server/deploy/chaton.env'), 'utf8');
      const settings = [...example.matchAll(/^#(CHATON_\w+)=(.+)$/gm)].map(([, name, value]) => {
        const flag = `--${name!.slice('CHATON_'.length).toLowerCase().replaceAll('_', '-')}`;
        return { name: name!, flag, value: value! };
      });
      const flags = settings.map(({ flag, value }) => `${flag}=${value}`);
      const givenAs = async (by: 'flag' | 'name', options: string[], ...args: string[]) => {
        const { code, stdout, stderr } = await engine.attempt([
          ...['run', '--rm', ...options, IMAGE, '--print-config', ...args],
        ]);
        assert.deepEqual([code, /^chaton: /m.test(stderr)], [0, false]);
        for (const setting of settings) {
          const line = stdout.split('\n').find((one) => one.startsWith(`${setting.flag.slice(2)} `));
          assert.deepEqual(line?.split(/ {2,}/).slice(1), [setting.value, setting[by]]);
        }
      };
      await givenAs('flag', [], ...flags);
      const file = join(CACHE, 'example.env');
      writeFileSync(file, settings.map(({ name, value }) => `${name}=${value}\n`).join(''));
      await givenAs('name', ['--env-file', file]);
      rmSync(file);
      return `${settings.length} settings`;
    },
  );
  await report.check('the bill of materials is in it', async () => {
    const { stdout } = await engine.attempt([
      'run',
      '--rm',
      '--entrypoint',
      'cat',
      IMAGE,
      '/app/sbom.spdx.json',
    ]);
    assert.match((JSON.parse(stdout) as { spdxVersion: string }).spdxVersion, /^SPDX-/);
  });
}

async function checkReadme(engine: Engine, report: Report): Promise<void> {
  const gateway = await engine.start(['--init', ...HARDENED, ...PORTS, IMAGE]);
  await report.check('started as in the guide, it is ready, and says what it runs with', async () => {
    const line = (await gateway.ready()).split('\n').find((one) => one.includes('"msg":"ready: '))!;
    const { version, node, unmasking, maxConnections } = JSON.parse(line) as Record<string, unknown>;
    assert.equal(version, manifest.version);
    assert.match(String(node), /^24\./);
    assert.ok(Number(maxConnections) > 0);
    // 14: where nothing is built for the processor, that is said.
    assert.equal(unmasking, process.arch === 'x64' ? 'native' : 'js');
    return `unmasking ${unmasking as string}, at most ${maxConnections as number} connections`;
  });
  await report.check('native clients, 8-byte clients and pages come in from outside', async () => {
    const native = await enter(await gateway.port(7777), 'alice');
    const wide = await enter(await gateway.port(7778), 'bob');
    const page = await enterByWebSocket(await gateway.port(8080), 'carol');
    assert.match((await get(await gateway.port(8080), '/'))!.text, /<html/);
    for (const peer of [native, wide]) peer.destroy();
    page.terminate();
  });
  await report.check(
    'the process is nobody’s: a user of its own, no capability, no new privileges, seccomp',
    async () => {
      const { stdout } = await gateway.exec(
        'node',
        '-p',
        'process.getuid()+fs.readFileSync("/proc/self/status","utf8")',
      );
      assert.match(stdout, /^1000/);
      for (const line of [/^CapEff:\t0+$/m, /^CapBnd:\t0+$/m, /^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m])
        assert.match(stdout, line);
    },
  );
  await report.check('its root cannot be written to, and it needs no place that can', async () => {
    for (const path of ['/app/x', '/x', '/state/x']) {
      const { code, stderr } = await gateway.exec('sh', '-c', `echo > ${path}`);
      assert.notEqual(code, 0);
      assert.match(stderr, /Read-only|Permission denied/i);
    }
  });
  await report.check('1: the health check is healthy, and light', () => checkHealth(engine, gateway));
  await report.check('16: with --init nothing dead is left behind', async () => {
    await gateway.exec('sh', '-c', 'sleep 0.3 & exit 0');
    const states = () => gateway.exec('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null');
    await until('the orphan has ended', async () => !(await states()).stdout.includes('(sleep) S'));
    await until('no process is a zombie', async () => !/\) Z /.test((await states()).stdout), 5000);
  });
  await report.check('it stops with 0, and clients see the end', async () => {
    const client = await enter(await gateway.port(7777), 'alice');
    const closed = once(client, 'end');
    client.resume();
    const started = performance.now();
    assert.equal(await gateway.stop(), 0);
    await closed;
    assert.match(await gateway.log(), /"msg":"stopped"/);
    return `${((performance.now() - started) / 1000).toFixed(1)} s`;
  });
  await gateway.remove();
}

/** Runs the command that the image has for it, and measures it. */
async function checkHealth(engine: Engine, gateway: Container): Promise<string> {
  type Healthcheck = { readonly Test: readonly string[] };
  const [image] = JSON.parse(await engine.run(['image', 'inspect', IMAGE])) as [
    { readonly Config: { readonly Healthcheck?: Healthcheck }; readonly Healthcheck?: Healthcheck },
  ];
  // Docker has it in the one place, Podman in the other.
  const [kind, ...command] = (image.Config.Healthcheck ?? image.Healthcheck)!.Test;
  assert.equal(kind, 'CMD');
  const { code, stdout } = await gateway.exec(...command);
  assert.deepEqual([code, stdout.trim()], [0, '{"status":"ready"}']);
  const measured = `process.on("exit",()=>{const r=process.resourceUsage();
    console.error(r.maxRSS/1024, (r.userCPUTime+r.systemCPUTime)/1e6)});
    process.argv=["node","/app/server/cli/health.cjs"];require("module").runMain()`;
  const { stderr } = await gateway.exec('node', '-e', measured);
  const [megabytes = 0, seconds = 0] = stderr.split(' ').map(Number);
  assert.ok(megabytes > 0 && megabytes < 65, `${megabytes} MB resident`);
  return `${megabytes.toFixed(0)} MB resident, most of it Node’s program, which is shared; ${seconds.toFixed(2)} s of processor`;
}

async function checkState(engine: Engine, report: Report): Promise<void> {
  await report.check('bans are kept on a volume, over the end of the container', async () => {
    const volume = `chaton-test-${process.pid}`;
    const settings = ['--env', 'CHATON_STATE_FILE=/state/refused.json', '--env', 'CHATON_ADMIN_PORT=9090'];
    const args = ['--init', ...HARDENED, '--volume', `${volume}:/state`, ...settings, IMAGE];
    const admin = ['node', 'server/cli/admin.cjs'];
    const first = await engine.start(args);
    await first.ready();
    assert.equal((await first.exec(...admin, 'ban', 'login', 'spam*', '1d')).code, 0);
    await first.remove();
    const second = await engine.start(args);
    await second.ready();
    assert.match((await second.exec(...admin, 'bans')).stdout, /spam/);
    await second.remove();
    await engine.run(['volume', 'rm', volume]);
  });
}

async function checkExitCodes(engine: Engine, report: Report): Promise<void> {
  await report.check('6: wrong settings end it with 2, and one line for each', async () => {
    const { code, stderr } = await engine.attempt([
      'run',
      '--rm',
      IMAGE,
      '--drain-time',
      'never',
      '--tcp-prt',
      '1',
    ]);
    assert.equal(code, WRONG_SETTINGS);
    assert.equal(stderr.split('\n').filter((line) => line.startsWith('chaton: ')).length, 2);
  });
  await report.check(
    '6: an address that is not there yet, and a port that is taken, end it with 75',
    async () => {
      const away = await engine.attempt(['run', '--rm', IMAGE, '--host', '192.0.2.77']);
      assert.deepEqual([away.code, /192\.0\.2\.77/.test(away.stderr)], [TRY_AGAIN, true]);
      const gateway = await engine.start(['--init', IMAGE]);
      await gateway.ready();
      const second = await gateway.exec('node', 'server/start.cjs');
      assert.deepEqual([second.code, /EADDRINUSE|taken|in use/.test(second.stderr)], [TRY_AGAIN, true]);
      await gateway.remove();
    },
  );
  await report.check('12: it runs as any other user', async () => {
    const gateway = await engine.start(['--init', '--user', '4242:4242', ...HARDENED, IMAGE]);
    await gateway.ready();
    assert.equal((await gateway.exec('node', 'server/cli/health.cjs')).code, 0);
    await gateway.remove();
  });
}
