import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, login, REFUSED } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../server/cli/admin.cjs', import.meta.url));
const LATER = Date.now() + 3_600_000;

let folder: string;
let stateFile: string;
let gateway: GatewayProcess;
let admin: string;
let native: { host: string; port: number };

/** Starts the gateway, and stops it at the end, once for the tests of the surrounding `describe`. */
function useGateway(): void {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chaton-failures-'));
    stateFile = join(folder, 'refused.json');
    gateway = start(stateFile);
    const { host, port, admin: url = '' } = await gateway.ready();
    admin = url;
    native = { host, port };
  });
  afterAll(async () => {
    gateway.kill('SIGKILL');
    await gateway.exit;
  });
}

function start(stateFile: string): GatewayProcess {
  const ports = ['--tcp-port=0', '--tcp-long64-port=0', '--http-port=0', '--admin-port=0'];
  return new GatewayProcess([...ports, `--state-file=${stateFile}`]);
}

/** Limits the size of every file, so that writes fail as on a full disk. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(gateway.pid), `--fsize=${bytes}:unlimited`]);
}

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${admin}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text };
}

/** Runs the operator's command line in a process of its own. */
async function cli(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [CLI, ...args])) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('an operator’s request, when the disk is full', () => {
  useGateway();

  it('is carried out at once; that it cannot be kept is said, logged and counted', async () => {
    const spammer = await connectRawTcp(native.host, native.port);
    spammer.send(login('spammer'));
    await spammer.expect(ACCEPTED);
    limitFiles(2);
    const { code, stderr } = await cli('--url', admin, 'ban', 'login', 'spam*', '1h');
    expect(code).toBe(1);
    expect(stderr).toMatch(/in force now, but not after a restart: .*file too large \(EFBIG\)/);
    await spammer.expectClose();
    const again = await connectRawTcp(native.host, native.port);
    again.send(login('Spam'));
    await again.expect(REFUSED);
    const unban = await ask('DELETE', '/bans', { kind: 'login', value: 'SPAM*' });
    expect(unban).toMatchObject({ status: 500, body: expect.stringContaining('let in now, but') as string });
    expect(unban.body).not.toContain(folder);
    again.send(login('Spam'));
    await again.expect(ACCEPTED);
    // No temporary file is left, and the state file is unchanged.
    expect(readdirSync(folder)).toEqual(['refused.json']);
    expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toEqual([]);
    const metrics = (await ask('GET', '/metrics')).body;
    expect(metrics).toContain('chaton_http_failures_total{listener="operator",status="500"} 2\n');
    expect(metrics).toContain('chaton_state_file_failures_total 2\n');
    limitFiles('unlimited');
    const ban = { kind: 'address', value: '203.0.113.9', until: LATER };
    // A person reads the log, and no number of milliseconds.
    const logged = gateway.says(`"until":"${new Date(ban.until).toISOString()}"`);
    expect(await ask('POST', '/bans', ban)).toMatchObject({ status: 200 });
    await logged;
    expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toEqual([ban]);
    gateway.kill('SIGTERM');
    const { stdout } = await gateway.exit;
    const errors = stdout.split('\n').filter((line) => line.includes('"level":50'));
    expect(
      errors.some((line) => line.includes('the state file cannot be written') && line.includes('EFBIG')),
    ).toBe(true);
    expect(errors.some((line) => line.includes('"route":"POST /bans"'))).toBe(true);
    expect(stdout).toContain('the state file is written again');
    again.reset();
  });
});

describe('what is taken can be read again', () => {
  useGateway();

  it('and what is not says why', async () => {
    const ban = (until: string) =>
      fetch(`${admin}/bans`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"kind":"login","value":"z","until":${until}}`,
      });
    const seconds = Math.trunc(LATER / 1000);
    for (const [until, why] of [
      ['1e999', /whole ms/],
      ['1e20', /whole ms/],
      ['-1', /whole ms/],
      ['null', /whole ms/],
      ['1.5', /whole ms/],
      ['9e15', /8\.64e15/],
      [String(seconds), /in ms since 1970, not in seconds/],
      [String(Date.now() - 1000), /is past: here it is 2\d{3}-\d\d-\d\dT/],
      ['NaN', /JSON/],
    ] as const) {
      const response = await ban(until);
      expect([until, response.status]).toEqual([until, 400]);
      expect(((await response.json()) as { error: string }).error).toMatch(why);
    }
    expect((await ban('8640000000000000')).status).toBe(200);
    const { stdout } = await cli('--url', admin, 'bans');
    expect(stdout).toContain('275760-09-1');
    gateway.kill('SIGTERM');
    await gateway.exit;
    gateway = start(stateFile);
    admin = (await gateway.ready()).admin!;
    expect((await ask('GET', '/bans')).body).toBe('[{"kind":"login","value":"z","until":8640000000000000}]');
  });
});

describe('the operator’s command line', () => {
  useGateway();

  it.each([
    ['999999999999d', /too long/],
    ['99999999999999999d', /no time/],
    ['0s', /no time/],
    ['1', /no time/],
    ['-1h', /no time|Unknown option/],
  ])('takes no time like %s', async (time, why) => {
    const { code, stderr } = await cli('--url', admin, 'ban', 'login', 'w', '--', time);
    expect([code, stderr.split('\n').length]).toEqual([2, 2]);
    expect(stderr).toMatch(why);
    expect((await ask('GET', '/bans')).body).toBe('[]');
  });

  it('says what is wrong, whoever answers, in whatever words', async () => {
    const { code, stderr } = await cli('--url', admin, 'ban', 'planet', 'x', '1h');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^chaton admin: kind: /)]);
    const fastify = '{"statusCode":400,"error":"Bad Request","message":"Body is not valid JSON"}';
    await answering(400, fastify, async (url) => {
      expect((await cli('--url', url, 'bans')).stderr).toBe('chaton admin: Body is not valid JSON\n');
    });
    // An empty answer, and the one of the port of the page.
    for (const body of ['', '{"error":"there is nothing here"}'])
      await answering(404, body, async (url) => {
        expect((await cli('--url', url, 'bans')).stderr).toMatch(
          /^chaton admin: 404: .* is not where a gateway/,
        );
      });
    const secure = await cli('--url', admin.replace('http:', 'https:'), 'bans');
    expect([secure.code, secure.stderr]).toEqual([1, expect.stringMatching(/^chaton admin: no TLS .*\n$/)]);
    const moment = new Date('2026-11-28 01:22:21').getTime();
    await answering(200, `[{"until":1e20},{"until":null},{"until":${moment}}]`, async (url, server) => {
      server.prependListener('request', (_, response) => response.setHeader('x-gateways-missing', 'g2, g3'));
      const { code, stdout, stderr } = await cli('--url', url, 'bans');
      expect([code, stdout]).toEqual([0, expect.stringContaining('100000000000000000000')]);
      // By the clock on the wall, as the log at a terminal.
      expect(stdout).toMatch(/\n2026-11-28 01:22:21 \S+\n/);
      expect(stderr).toBe('chaton admin: the connections of g2, g3 are missing: no answer came from there\n');
    });
  });

  it('lists whom the next command may mean in few columns, and says what it takes', async () => {
    const lea = await connectRawTcp(native.host, native.port);
    lea.send(login('Léa M'));
    await lea.expect(ACCEPTED);
    const { stdout } = await cli('--url', admin, 'clients');
    const [names = '', row = '', ...rest] = stdout.trimEnd().split('\n');
    expect(names).toMatch(/^connection {2}login {2}address {4}transport {2}phase {7}seconds {2}/);
    expect(row).toMatch(/^\d+ +Léa M {2}127\.0\.0\.1 {2}tcp {8}identified {2}\d+ /);
    expect(rest).toEqual([]);
    // Whoever types the name of one that looks like another's would ban that other one.
    const other = await connectRawTcp(native.host, native.port);
    other.send(login('L\u00e9a \u041c'));
    await other.expect(ACCEPTED);
    const [first = ''] = row.split(' ');
    const alike = (await cli('--url', admin, 'clients')).stdout.split('\n');
    expect(alike[0]).toMatch(/^connection {2}login {2}looksLike {2}address /);
    expect(alike[2]).toMatch(new RegExp(`^\\d+ +Léa \u041c {2}${first}  `));
    other.end();
    await other.expectClose();
    const { stderr } = await cli('--url', admin, 'disconnect', 'Léa M');
    expect(stderr).toContain('must be the number of a connection, as the list of clients has it\n');
    lea.end();
    await lea.expectClose();
    // Another program's answer is shown, and not acted on by the terminal.
    await answering(200, '[{"login":null},{"login":"\\u001b[2J"}]', async (url) => {
      expect((await cli('--url', url, 'clients')).stdout).toBe('login\n-\n\ufffd[2J\n');
    });
  });

  it('names the people whom a ban would disconnect, when it would be several, and bans them with --yes', async () => {
    const people = await Promise.all(
      ['Prof', 'paul', 'léa'].map(async (name) => {
        const peer = await connectRawTcp(native.host, native.port);
        peer.send(login(name));
        await peer.expect(ACCEPTED);
        return peer;
      }),
    );
    for (const [kind, value, count] of [
      ['login', 'p*', 2],
      ['address', '127.0.0.1', 3],
      // The one of that name has left: another has it, in other letters.
      ['login', 'prof', 1],
    ] as const) {
      const { code, stdout, stderr } = await cli('--url', admin, 'ban', kind, value, '1h');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(new RegExp(`^chaton admin: ${count} would be disconnected: .*Prof`));
      expect(stderr).toMatch(
        /nobody is banned yet; the same with --yes does it \(npm run admin -- --yes …\)\n$/,
      );
    }
    expect((await ask('GET', '/bans')).body).toBe('[]');
    // Who is alone meant is banned at once, and named.
    const lea = await cli('--url', admin, 'ban', 'login', 'l*', '1h');
    expect([lea.code, JSON.parse(lea.stdout)]).toEqual([0, { disconnected: 1, logins: ['léa'] }]);
    await people[2]!.expectClose();
    const sure = await cli('--url', admin, 'ban', 'login', 'p*', '1h', '--yes');
    expect(sure.code).toBe(0);
    const { disconnected, logins } = JSON.parse(sure.stdout) as { disconnected: number; logins: string[] };
    expect([disconnected, logins.toSorted()]).toEqual([2, ['Prof', 'paul']]);
    for (const peer of people.slice(0, 2)) await peer.expectClose();
    for (const value of ['l*', 'p*']) await cli('--url', admin, 'unban', 'login', value);
    // Who types a name means whoever looks like that, and bans the one who has it: here somebody else.
    const twins = ['Mme Roy', 'Mme R\u043ey'];
    for (const name of twins) {
      const peer = await connectRawTcp(native.host, native.port);
      peer.send(login(name));
      await peer.expect(ACCEPTED);
    }
    const typed = await cli('--url', admin, 'ban', 'login', twins[0]!, '1h');
    expect([typed.code, typed.stdout]).toEqual([1, '']);
    expect(typed.stderr).toMatch(
      /: 1 would be disconnected: Mme Roy \(connection \d+\), and not Mme R\u043ey, which only looks the same/,
    );
    // A number that is none bans nobody.
    const ban = { kind: 'login', value: 'q', until: LATER };
    expect((await ask('POST', '/bans?atMost=x', ban)).status).toBe(400);
    // Whoever misspells the bound means to have one.
    expect((await ask('POST', '/bans?atmost=1', ban)).status).toBe(400);
    expect((await ask('GET', '/bans')).body).toBe('[]');
  });

  it.each([
    [['--url', 'localhost:9090', 'bans'], 2, /^chaton admin: --url=localhost:9090: must begin with http/],
    [['--url', 'ftp://localhost', 'bans'], 2, /^chaton admin: --url=ftp:/],
    [['--bogus', 'bans'], 2, /^chaton admin: Unknown option '--bogus'/],
    [
      ['--token-file', '/nowhere', 'bans'],
      2,
      /^chaton admin: --token-file=.*nowhere: cannot be read: ENOENT/,
    ],
    [
      ['--token-file', '/dev/null', 'bans'],
      2,
      /^chaton admin: --token-file=.*: cannot be read: .*no ordinary/,
    ],
    [['bens'], 2, /\nchaton admin: no such command: bens\n$/],
    [['disconnect'], 2, /^chaton admin: .* written so, .* in quotes:\n {2}disconnect CONNECTION .*\n$/],
    [['notice', 'five', 'more'], 2, /^chaton admin: .*\n {2}notice TEXT .*\n$/],
    [['ban', 'bob', '1h'], 2, /^chaton admin: .*\n {2}ban address CIDR .*\n {2}ban login PATTERN .*\n$/],
    [[], 2, /\nchaton admin: a COMMAND is missing\n$/],
  ])('%j: says what is wrong with it', async (args, exitCode, words) => {
    const { code, stderr } = await cli(...args);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(words)]);
  });

  it('asks the port that the gateway takes from the environment, unless it is told of another place', async () => {
    const { port } = new URL(admin);
    const asked = async (more: Readonly<Record<string, string>>) =>
      (await run(process.execPath, [CLI, 'bans'], { env: { PATH: process.env['PATH'], ...more } })).stdout;
    expect(await asked({ CHATON_ADMIN_PORT: port })).toBe('none\n');
    expect(await asked({ CHATON_ADMIN_PORT: '1', CHATON_ADMIN_URL: admin })).toBe('none\n');
  });

  it('takes neither the page of another program, nor a disk that is full, for success', async () => {
    await answering(200, '<html>', async (url) => {
      const { code, stderr } = await cli('--url', url, 'clients');
      expect([code, stderr]).toEqual([1, expect.stringContaining('is not where a gateway has')]);
    });
    const full = run('sh', ['-c', '"$0" "$@" > /dev/full', process.execPath, CLI, '--url', admin, 'metrics']);
    await expect(full).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ENOSPC') as string,
    });
    // A reader that has enough is no failure.
    const head = run('sh', ['-c', '"$0" "$@" | head -1', process.execPath, CLI, '--url', admin, 'metrics']);
    expect((await head).stderr).toBe('');
  });

  it('reads a token with the mark and the line ends of another system', async () => {
    const token = join(folder, 'token');
    writeFileSync(token, '\uFEFFa-token-of-the-test\r\nmore\r\n');
    await answering(200, '[]', async (url, server) => {
      const asked = once(server, 'request') as Promise<[{ headers: { authorization?: string } }]>;
      await cli('--url', url, '--token-file', token, 'bans');
      expect((await asked)[0].headers.authorization).toBe('Bearer a-token-of-the-test');
    });
  });
});

/** Starts a server that answers every request in this way. */
async function answering(
  status: number,
  body: string,
  use: (url: string, server: Server) => Promise<void>,
): Promise<void> {
  const server = createServer((_request, response) => {
    const type = body.startsWith('<') ? 'text/html' : 'application/json';
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
