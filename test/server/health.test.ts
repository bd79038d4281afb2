/** The health check of containers: cheap, with the gateway's own settings, and by any address that clients use. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createRequire } from 'node:module';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { Readiness } from '../../server/http/readiness.ts';
import { makeCertificate } from '../support/certificate.ts';
import { startTestGateway } from '../support/gateway.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chaton-health-'));

interface Target {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly isSecure: boolean;
}
const { flagsOfGateway, targetOf } = createRequire(import.meta.url)('../../server/cli/health.cjs') as {
  readonly flagsOfGateway: (commandLine: string) => readonly string[];
  readonly targetOf: (args: readonly string[], env: Readonly<Record<string, string>>) => Target;
};

const servers: Array<{ close(): void }> = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Checked {
  readonly code: number;
  readonly said: string;
  readonly stderr: string;
}

/** Runs the check as the image does, after these modules of Node's options. */
function check(args: readonly string[], env: Record<string, string> = {}, before = ''): Promise<Checked> {
  const options = { cwd: top, env: { PATH: process.env['PATH'], ...env } };
  const command = [...(before ? ['--import', before] : []), 'server/cli/health.cjs', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, said, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: said.trim(), stderr }),
    );
  });
}

/** Status and text of an answer; or the connection is cut instead. */
type Answers = ReadonlyArray<readonly [status: number, text: string] | 'cut'>;

/** A server on one address, which gives these answers to `/readyz` in turn, and the last one from then on. */
async function answering(
  host: string,
  {
    answers = [[200, '{"status":"…"}']],
    server = createServer(),
  }: { answers?: Answers; server?: Server } = {},
): Promise<{ readonly port: string; readonly asked: () => number }> {
  let asked = 0;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answer = answers[asked] ?? answers.at(-1)!;
    asked++;
    if (answer === 'cut') {
      request.socket.destroy();
      return;
    }
    const [status, text] = answer;
    response.statusCode = request.url === '/readyz' ? status : 404;
    response.end(text);
  });
  server.listen(0, host);
  await once(server, 'listening');
  servers.push(server);
  return { port: String((server.address() as AddressInfo).port), asked: () => asked };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CERT = ['--tls-cert=/c', '--tls-key=/k'];
const settings = JSON.stringify({
  host: '0.0.0.0',
  'http-port': 8081,
  'tcp-port': 7,
  'tcp-long64-port': 'off',
});

describe('the settings of the health check', () => {
  it.each<readonly [args: readonly string[], env: Readonly<Record<string, string>>]>([
    [[], {}],
    [['--host', '127.0.0.2', '--http-port=81'], {}],
    [['--http-port', '81'], { CHATON_HTTP_PORT: '82', CHATON_HOST: '127.0.0.3' }],
    [[], { CHATON_HTTP_PORT: '', CHATON_HOST: '' }],
    [[`--config=${file('flag.json', settings)}`], {}],
    [[], { CHATON_CONFIG: file('variable.json', `\uFEFF${settings}`) }],
    [['--http-port=83'], { CHATON_CONFIG: file('less.json', settings), CHATON_HOST: '127.0.0.9' }],
    [['--config', file('other.json', '{}')], { CHATON_CONFIG: '/nowhere.json' }],
    [['--http-port=off', '--https-port=443', ...CERT], {}],
    [[...CERT], { CHATON_HTTP_PORT: 'off', CHATON_HTTPS_PORT: '444' }],
    [['--https-port', '445', ...CERT, '--max-connections', '7'], {}],
  ])('are those of the gateway: %j %j', (args, env) => {
    const invocation = readConfig(args, env);
    if (invocation.kind !== 'run') throw new Error('not a start');
    const { host, httpPort, httpsPort } = invocation.config;
    expect(targetOf(args, env)).toEqual({
      hosts: [host === '0.0.0.0' ? '127.0.0.1' : host],
      port: httpPort ?? httpsPort,
      isSecure: httpPort === null,
    });
  });

  it.each(['::', '0::0', '0:0:0:0:0:0:0:0'])('%s is reached by IPv4 and by IPv6', (host) => {
    expect(targetOf(['--host', host], {}).hosts).toEqual(['127.0.0.1', '::1']);
  });

  it.each([
    ['::ffff:0.0.0.0', '127.0.0.1'],
    ['::1', '::1'],
    ['fe80::1%lo', 'fe80::1%lo'],
    ['10.0.0.0', '10.0.0.0'],
  ])('%s is reached by %s', (host, by) => {
    expect(targetOf(['--host', host], {}).hosts).toEqual([by]);
  });
});

describe('the flags of process 1 of a container', () => {
  const NODE = ['node', '--max-semi-space-size=4', '--disable-sigusr1', 'server/start.cjs'];

  it.each<readonly [title: string, words: readonly string[], flags: readonly string[]]>([
    ['the gateway', [...NODE, '--http-port', '9000', '--host=::'], ['--http-port', '9000', '--host=::']],
    ['an init before it', ['/sbin/docker-init', '--', ...NODE, '--http-port=1'], ['--http-port=1']],
    ['the gateway, without flags', NODE, []],
    ['the gateway, by its former name', ['node', '/app/server/main.ts', '--host', '::'], ['--host', '::']],
    ['systemd', ['/lib/systemd/systemd', '--http-port', '7'], []],
    ['another program', ['node', 'observer/start.cjs', '--http-port', '7'], []],
  ])('are those of %s', (_title, words, flags) => {
    expect(flagsOfGateway(words.map((word) => `${word}\0`).join(''))).toEqual(flags);
  });
});

describe('the health check', () => {
  it('is 0 for a gateway that is ready, under its former name as well', async () => {
    const gateway = await startTestGateway();
    const env = { CHATON_HTTP_PORT: String(gateway.addresses.http.port) };
    expect(await check([], env)).toEqual({ code: 0, said: '{"status":"ready"}', stderr: '' });
    expect(readFileSync(`${top}server/health.ts`, 'utf8')).toBe(
      readFileSync(`${top}server/cli/health.cjs`, 'utf8'),
    );
    await gateway.stop();
  });

  it.each(['127.0.0.1', '::1'])('finds a gateway on :: that can be had by %s only', async (only) => {
    const { port } = await answering(only);
    expect(await check(['--host=::', '--http-port', port])).toMatchObject({ code: 0, stderr: '' });
  });

  it('asks https where that is all there is, whoever signed the certificate', async () => {
    const { port } = await answering('127.0.0.1', {
      server: createSecureServer(makeCertificate('chat.example')),
    });
    expect(await check(['--http-port=off', '--https-port', port])).toMatchObject({ code: 0 });
  });

  it('is 1 at once, with what was said, for one that drains', async () => {
    const text = '{"status":"not ready","reason":"draining"}';
    const { port, asked } = await answering('127.0.0.1', { answers: [[503, text]] });
    expect(await check(['--http-port', port])).toEqual({ code: 1, said: text, stderr: '' });
    expect(asked()).toBe(1);
  });

  it('is 0 for one that was not ready for a moment, as on a machine that has much else to do', async () => {
    const answers: Answers = [
      [503, '{"status":"not ready","reason":"TCP: no answer within 2000 ms"}'],
      [200, '{"status":"ready"}'],
    ];
    const { port, asked } = await answering('127.0.0.1', { answers });
    expect(await check(['--http-port', port])).toEqual({ code: 0, said: '{"status":"ready"}', stderr: '' });
    expect(asked()).toBe(2);
  });

  it('is 0 for one that has cut the connection once', async () => {
    const { port } = await answering('127.0.0.1', { answers: ['cut', [200, 'ready']] });
    expect(await check(['--http-port', port])).toEqual({ code: 0, said: 'ready', stderr: '' });
  });

  it.each([
    ['nothing listens', ['--http-port=1'], /ECONNREFUSED/],
    ['the file is no JSON', ['--config', file('bad.json', '{')], /bad\.json: .*JSON/],
    ['the file holds nothing', ['--config', file('null.json', 'null')], /null\.json: .*object/],
    ['nothing listens on either address', ['--host=::', '--http-port=1'], /ECONNREFUSED|EADDRNOTAVAIL/],
    ['the port is none', ['--http-port=many'], /^no port that can be asked/],
    ['the port is any', ['--http-port=0'], /^no port that can be asked/],
    ['the file of settings is not there', ['--config=/nowhere.json'], /^ENOENT/],
    ['the file of settings is none', ['--config=/dev/null'], /is no ordinary file/],
  ])('is 1 in one line when %s', async (_title, args, says) => {
    const { code, said, stderr } = await check(args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(said).toMatch(says);
    expect(said).not.toContain('\n');
  });

  it('is 1 for one that never answers, or is never ready, before a supervisor gives up', async () => {
    const silent = createTcpServer().listen(0, '127.0.0.1');
    servers.push(silent);
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const full = await answering('127.0.0.1', { answers: [[503, 'full']] });
    const checked = await Promise.all([
      check(['--http-port', String(port)]),
      check(['--http-port', full.port]),
    ]);
    expect(checked).toEqual([
      { code: 1, said: 'no answer within 8000 ms', stderr: '' },
      { code: 1, said: 'full', stderr: '' },
    ]);
    const [, timeout] = /HEALTHCHECK .*--timeout=(\d+)s/.exec(readFileSync(`${top}Dockerfile`, 'utf8')) ?? [];
    expect(Number(timeout)).toBeGreaterThan(8);
  });

  it('loads no file but itself: what it costs is what Node costs', async () => {
    const { port } = await answering('127.0.0.1');
    const list = `import { createRequire } from 'node:module';
      const { _cache: loaded } = createRequire('file:///')('node:module');
      process.on('exit', () => console.error(JSON.stringify(Object.keys(loaded))));`;
    const preload = `data:text/javascript,${encodeURIComponent(list)}`;
    const { code, stderr } = await check(['--http-port', port], {}, preload);
    expect(code).toBe(0);
    expect(JSON.parse(stderr)).toEqual([`${top}server/cli/health.cjs`]);
  });
});

describe('the gateway’s own probe', () => {
  it('of a listener on :: is by IPv4 where there is no IPv6', async () => {
    const gateway = await startTestGateway();
    const everywhere = (port: number) => ({ host: '::', port, secure: false });
    const { tcp, http } = gateway.addresses;
    const readiness = new Readiness({ tcp: everywhere(tcp.port), http: everywhere(http.port) });
    expect(await readiness.check()).toBeNull();
    await gateway.stop();
  });
});
