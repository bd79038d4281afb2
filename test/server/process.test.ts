import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { TransientError, type Config } from '../../server/config/config.ts';
import { startTestGateway } from '../support/gateway.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, login, message, str } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';
import { upgradeRequest } from '../support/raw-upgrade.ts';

/** Exit code for what may pass, as the unit and the guide have it. */
const TRY_AGAIN = 75;
const ANY_PORTS = ['--tcp-port', '0', '--http-port', '0', '--tcp-long64-port', '0'];

const opened: Array<{ destroy(): void }> = [];
const started: GatewayProcess[] = [];

afterEach(async () => {
  for (const it of opened.splice(0)) it.destroy();
  for (const it of started) it.kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ exit }) => exit));
});

function start(flags: readonly string[] = ANY_PORTS, env: Record<string, string> = {}): GatewayProcess {
  const gateway = new GatewayProcess(flags, env);
  started.push(gateway);
  return gateway;
}

/** Takes a port of 127.0.0.1. */
async function takenPort(): Promise<string> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  opened.push({ destroy: () => server.close() });
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

async function connectTo(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.on('error', () => {});
  opened.push(socket);
  await once(socket, 'connect');
  return socket;
}

describe('what is only asked for', () => {
  it('is a failure where it cannot be written, and none where its reader has enough', async () => {
    const entry = fileURLToPath(new URL('../../server/start.cjs', import.meta.url));
    const shell = (script: string) => promisify(execFile)('sh', ['-c', script, process.execPath, entry]);
    await expect(shell('"$0" "$1" --print-config > /dev/full')).rejects.toMatchObject({
      code: 1,
      stderr: 'chaton: the standard output could not be written to\n',
    });
    expect((await shell('"$0" "$1" --help-all | head -1')).stderr).toBe('');
    // Here its reader has gone before anything is written.
    expect((await shell('"$0" "$1" --version | :')).stderr).toBe('');
  });

  it.each([
    ['--version', `${manifest.version}\n`],
    ['--help', '--tcp-port'],
    ['--help-all', '--miss-window'],
    ['--print-config', 'tcp-port '],
  ])('%s is answered on the standard output, exit code 0', async (flag, text) => {
    const { code, stdout, stderr } = await start([flag]).exit;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(text);
  });
});

describe('what cannot work', () => {
  it.each<readonly [title: string, flags: string[], env: Record<string, string>, says: string]>([
    ['an unknown flag', ['--prot', '1'], {}, '--prot'],
    ['a bad value', ['--tcp-port', 'many'], {}, '--tcp-port="many"'],
    ['a bad variable', [], { CHATON_HTTP_PORT: '70000' }, 'CHATON_HTTP_PORT="70000"'],
  ])('%s is said in one line, exit code 2', async (_title, flags, env, says) => {
    const { code, stderr } = await start(flags, env).exit;
    expect(stderr).toMatch(/^chaton: [^\n]+\n$/);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  it.each<readonly [title: string, settings: (taken: number) => Partial<Config>, says: string]>([
    [
      'a taken port for the second kind of native clients (D2)',
      (tcpLong64Port) => ({ tcpLong64Port, insistsOnLong64: true }),
      '(--tcp-long64-port): it is taken',
    ],
    ['a taken port for the page', (httpPort) => ({ httpPort }), '(--http-port): it is taken'],
    ['a taken port for the operator', (adminPort) => ({ adminPort }), '(--admin-port): it is taken'],
    ['an address of another machine', () => ({ host: '192.0.2.1' }), 'choose another --host'],
    [
      'an interface that is not there yet',
      () => ({ host: 'fe80::1%chaton0' }),
      'this machine has no such interface; choose another --host',
    ],
  ])('%s may pass, and is one problem', async (_title, settings, says) => {
    const starting = startTestGateway(settings(Number(await takenPort())));
    await expect(starting).rejects.toBeInstanceOf(TransientError);
    await expect(starting).rejects.toMatchObject({ problems: [expect.stringContaining(says)] });
  });

  it('of several taken ports each is a problem, in one start', async () => {
    const [tcpPort, httpPort, adminPort] = [
      Number(await takenPort()),
      Number(await takenPort()),
      Number(await takenPort()),
    ];
    const starting = startTestGateway({ tcpPort, httpPort, adminPort });
    await expect(starting).rejects.toBeInstanceOf(TransientError);
    await expect(starting).rejects.toMatchObject({
      problems: ['--http-port', '--tcp-port', '--admin-port'].map(
        (flag) => expect.stringContaining(`(${flag}): it is taken`) as string,
      ),
    });
  });

  it('what may pass is said in one line, with its exit code, tried again, and succeeds when it has', async () => {
    const port = await takenPort();
    const flags = ['--http-port', '0', '--tcp-long64-port', '0', '--tcp-port', port];
    const { code, stderr } = await start(flags).exit;
    expect(stderr).toMatch(/^chaton: [^\n]+\(--tcp-port\): it is taken[^\n]*\n$/);
    expect(code).toBe(TRY_AGAIN);
    for (const it of opened.splice(0)) it.destroy();
    expect(await start(flags).ready()).toMatchObject({ port: Number(port) });
  });
});

it('settings of the operator’s listener are looked at before anybody is let in', async () => {
  const { code, stdout, stderr } = await start([...ANY_PORTS, '--admin-port=0', '--admin-host=0.0.0.0']).exit;
  expect(stderr).toMatch(/^chaton: --admin-host=0\.0\.0\.0 is no loopback address[^\n]*\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

it('--print-config finds what a start would find in the files that settings name, all at once', async () => {
  const flags = [
    '--admin-port=0',
    '--admin-token-file=/nowhere',
    '--tls-cert=/none.pem',
    '--tls-key=/none.key',
    '--state-file=/',
  ];
  const { code, stdout, stderr } = await start(['--print-config', ...flags]).exit;
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^chaton: --admin-token-file=\/nowhere: cannot be read: ENOENT/),
    expect.stringMatching(/^chaton: --tls-cert and --tls-key cannot be used: ENOENT/),
    'chaton: --state-file=/: is a folder',
    '',
  ]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

it('a variable that may be misspelt is named beside what is wrong', async () => {
  const { code, stderr } = await start(['--http-port', 'x'], { CHATON_COMAND_RATE: '7' }).exit;
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^chaton: --http-port="x": /),
    'chaton: CHATON_COMAND_RATE is no setting of this program; did you mean CHATON_COMMAND_RATE?',
    '',
  ]);
  expect(code).toBe(2);
});

it('all that cannot work is said at once, a line each, exit code 2', async () => {
  const { code, stdout, stderr } = await start(['--tcp-prot', '1', '--http-port', 'x'], {
    CHATON_MAX_MISSES: 'y',
  }).exit;
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^chaton: unknown flag --tcp-prot/),
    expect.stringMatching(/^chaton: --http-port="x": /),
    expect.stringMatching(/^chaton: CHATON_MAX_MISSES="y": /),
    '',
  ]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

describe('a gateway that is ready', () => {
  it('says on which addresses it listens, which all answer; D6: never logs what people say, not even at debug', async () => {
    const gateway = start([...ANY_PORTS, '--log-level', 'debug']);
    const { page, host, port, long64Port } = await gateway.ready();
    expect(long64Port).toBeGreaterThan(0);
    const response = await fetch(page);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<html');
    const peer = await connectRawTcp(host, port);
    const ignored = '04' + str('alice') + str('nobody') + str('purr in private');
    peer.send(
      login('alice') + message('alice', 'purr in public') + ignored + '03' + str('alice') + 'ffffffff',
    );
    await peer.expect(ACCEPTED + message('alice', 'purr in public'));
    await peer.expectClose();
    gateway.kill('SIGTERM');
    const { stdout, stderr } = await gateway.exit;
    expect(stdout).toContain('unknown login');
    expect(stdout).toContain('negative size');
    expect(stdout + stderr).not.toContain('purr');
  });

  it('is told by clients with the other kind of LONG (D2), on either port: one line each, with the other port', async () => {
    const gateway = start();
    const { host, port, long64Port = 0 } = await gateway.ready();
    const cases = [
      { on: port, hex: '09 00000000 00000007', writes: 8, right: long64Port, flag: '--tcp-long64-port' },
      { on: long64Port, hex: '09 00000007', writes: 4, right: port, flag: '--tcp-port' },
    ];
    for (const { on, hex } of cases) {
      const peer = await connectRawTcp(host, on);
      peer.send(hex);
      peer.end();
      await peer.expectClose();
    }
    gateway.kill('SIGTERM');
    const lines = (await gateway.exit).stdout
      .split('\n')
      .filter((line) => line.includes('seems to write LONG'));
    expect(lines).toHaveLength(2);
    for (const [at, { writes, right, flag }] of cases.entries()) {
      expect(JSON.parse(lines[at]!)).toMatchObject({ level: 30, connection: at + 1, port: right });
      expect(lines[at]).toContain(`on ${writes} bytes`);
      expect(lines[at]).toContain(`should use port ${right} (${flag})`);
    }
  });
});

describe('the port for clients that write LONG on 8 bytes (D2)', () => {
  const USUAL = 7778;

  it('is not there when it is turned off', async () => {
    const without = await start([...ANY_PORTS.slice(0, 4), '--tcp-long64-port', 'off']).ready();
    expect(without.long64Port).toBeUndefined();
  });

  it('is gone without, with a warning, when somebody has the usual one; but not when that was asked for', async () => {
    // The usual port is taken, by this test or by a gateway beside it.
    const server = createServer().listen(USUAL, '127.0.0.1');
    opened.push({ destroy: () => server.close() });
    await once(server, 'listening').catch(() => {});
    const gateway = start(ANY_PORTS.slice(0, 4));
    expect((await gateway.ready()).long64Port).toBeUndefined();
    gateway.kill('SIGTERM');
    const warnings = (await gateway.exit).stdout.split('\n').filter((line) => line.includes('"level":40'));
    expect(warnings).toEqual([expect.stringContaining(`port ${USUAL} (--tcp-long64-port): it is taken`)]);
    const { code, stderr } = await start([...ANY_PORTS.slice(0, 4), `--tcp-long64-port=${USUAL}`]).exit;
    expect([code, stderr]).toEqual([TRY_AGAIN, expect.stringContaining('(--tcp-long64-port): it is taken')]);
  });
});

describe('stopping', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'D26: on %s tells WebSocket clients 1001, ends the others, exit code 0',
    async (signal) => {
      const gateway = start();
      const { page, host, port } = await gateway.ready();
      const web = await connectRawWebSocket(`${page.replace('http', 'ws')}/ws`);
      const native = await connectRawTcp(host, port);
      for (const [peer, name] of [
        [web, 'alice'],
        [native, 'bob'],
      ] as const) {
        peer.send(login(name));
        await peer.expect(ACCEPTED);
      }
      gateway.kill(signal);
      expect((await web.expectClose()).code).toBe(1001);
      await native.expectClose();
      const { code, stderr } = await gateway.exit;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  );

  it('D26: is not held up by clients that answer nothing: the last deadline, which exits with 1, is not needed', async () => {
    const gateway = start();
    const { page, host, port } = await gateway.ready();
    const url = new URL(page);
    const [native, web, idle] = await Promise.all([
      connectTo(host, port),
      connectTo(url.hostname, Number(url.port)),
      connectTo(url.hostname, Number(url.port)),
    ]);
    web.write(upgradeRequest(url.host));
    idle.write(`GET / HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    native.write(Buffer.from(login('alice'), 'hex'));
    const answers = await Promise.all([web, idle, native].map((socket) => once(socket, 'data')));
    expect(String(answers[0]![0])).toMatch(/^HTTP\/1\.1 101 /);
    for (const socket of [native, web, idle]) socket.pause();
    gateway.kill('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(0);
    expect(stdout).toContain('"msg":"stopped"');
  });
});
