import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../server/config/config.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, login, REFUSED } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { connectPage } from '../support/raw-page.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';
import { setLevel } from '../../server/admin/routes.ts';
import { pino } from 'pino';

const folder = mkdtempSync(join(tmpdir(), 'chaton-admin-'));
const adminTokenFile = join(folder, 'token');
const stateFile = join(folder, 'state.json');
const TOKEN = 'a token of the test';
// The file has the byte order mark and the line ends of another system.
writeFileSync(adminTokenFile, `\uFEFF${TOKEN.replaceAll(' ', '-')}\r\n`);

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ adminPort: 0, adminTokenFile, stateFile });
});

afterAll(() => gateway.stop());

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const { host, port } = gateway.addresses.admin!;
  const response = await fetch(`http://${host}:${port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TOKEN.replaceAll(' ', '-')}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text.startsWith('#') ? text : JSON.parse(text)) as unknown };
}

async function enter(name: string): Promise<RawConnection> {
  const peer = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
}

async function clients(): Promise<Record<string, unknown>[]> {
  return (await ask('GET', '/clients')).body as Record<string, unknown>[];
}

describe('who may use the operator’s listener', () => {
  it.each([
    ['no token', { authorization: '' }, 401],
    ['another token', { authorization: 'Bearer a-token-of-the-test2' }, 401],
    ['a web page, token or not', { origin: 'http://127.0.0.1' }, 403],
    ['the token', {}, 200],
  ])('%s', async (_name, headers, status) => {
    const answer = await ask('GET', '/clients', undefined, headers);
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.body).toEqual({ error: 'the token is missing or wrong' });
  });

  it('on another address than a loopback one it needs a token, a good one', async () => {
    const short = join(folder, 'short');
    writeFileSync(short, 'short\n');
    await expect(startTestGateway({ adminPort: 0, adminHost: '0.0.0.0' })).rejects.toThrow(
      /needs --admin-token-file/,
    );
    await expect(startTestGateway({ adminPort: 0, adminTokenFile: short })).rejects.toThrow(/at least 16/);
    await expect(startTestGateway({ adminPort: 0, adminTokenFile: '/nowhere' })).rejects.toThrow(ConfigError);
    // No header could carry a token with spaces.
    writeFileSync(short, 'a token of the test\n');
    await expect(startTestGateway({ adminPort: 0, adminTokenFile: short })).rejects.toThrow(/of ASCII/);
  });
});

describe('what an operator can do', () => {
  it('lists clients, and disconnects one', async () => {
    const alice = await enter('alice');
    const bob = await enter('bob');
    const found = await clients();
    expect(found).toHaveLength(2);
    const { connection, seconds, ...rest } = found.find((client) => client['login'] === 'alice')!;
    expect(rest).toEqual({
      transport: 'tcp',
      address: '127.0.0.1',
      login: 'alice',
      phase: 'identified',
      commands: 1,
      pendingBytes: 0,
      relayedBytes: 0,
    });
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(await ask('DELETE', `/clients/${String(connection)}`)).toMatchObject({ status: 200 });
    await alice.expectClose();
    expect(await ask('DELETE', `/clients/${String(connection)}`)).toMatchObject({ status: 404 });
    expect(await clients()).toHaveLength(1);
    bob.end();
    await bob.expectClose();
  });

  it('refuses logins by a pattern, who is there included, until they are let in again', async () => {
    const spammer = await enter('Spam-1');
    const ham = await enter('ham');
    const ban = { kind: 'login', value: 'spam*', until: Date.now() + 60_000 };
    const done = { disconnected: 1, logins: ['Spam-1'] };
    expect(await ask('POST', '/bans', ban)).toEqual({ status: 200, body: done });
    await spammer.expectClose();
    const again = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    again.send(login('sPAM-2'));
    await again.expect(REFUSED);
    expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toEqual([ban]);
    expect(statSync(stateFile).mode & 0o777).toBe(0o600);
    expect(await ask('DELETE', '/bans', { kind: 'login', value: 'spam*' })).toMatchObject({ status: 200 });
    again.send(login('spam-2'));
    await again.expect(ACCEPTED);
    for (const peer of [again, ham]) {
      peer.end();
      await peer.expectClose();
    }
  });

  it('A4: no login takes long to be held against a pattern, however both are made', async () => {
    const value = `${'*a'.repeat(28)}*b`;
    await ask('POST', '/bans', { kind: 'login', value, until: Date.now() + 60_000 });
    const peer = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    for (const [name, answer] of [
      ['a'.repeat(1_000), REFUSED],
      [`${'a'.repeat(29)}b`, REFUSED],
      ['a'.repeat(30), ACCEPTED],
    ] as const) {
      peer.send(login(name));
      await peer.expect(answer);
    }
    peer.end();
    await peer.expectClose();
    await ask('DELETE', '/bans', { kind: 'login', value });
  });

  it('refuses a network, over TCP and WebSocket', async () => {
    const { tcp, http } = gateway.addresses;
    const value = '127.0.0.0/8';
    const victim = await enter('victim');
    await ask('POST', '/bans', { kind: 'address', value, until: Date.now() + 60_000 });
    await victim.expectClose();
    await expect(connectRawWebSocket(`ws://${http.host}:${http.port}/ws`)).rejects.toThrow(/403/);
    // A browser does not show a page how its upgrade was answered: it is told by the close (D26).
    const page = await connectPage(gateway);
    expect(await page.expectClose()).toEqual({ code: 1008, reason: 'banned by the operator' });
    const refused = connectRawTcp(tcp.host, tcp.port).then((peer) => peer.expect(ACCEPTED));
    await expect(refused).rejects.toThrow(/ECONNRESET|closed/);
    // Its own probe is none whom a ban is for: a supervisor would end a gateway that is well.
    expect(await (await fetch(`http://${http.host}:${http.port}/readyz`)).json()).toEqual({
      status: 'ready',
    });
    await ask('DELETE', '/bans', { kind: 'address', value });
    const back = await enter('back');
    back.end();
    await back.expectClose();
  });

  it('D28: sends pages a notice, and native clients not a byte of it', async () => {
    const { http } = gateway.addresses;
    const native = await enter('native');
    const page = await connectRawWebSocket(`ws://${http.host}:${http.port}/ws`, ['chaton.web.v1']);
    const texts: string[] = [];
    page.socket.removeAllListeners('message');
    const heard = new Promise<void>((resolve) => {
      page.socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (!isBinary) texts.push(data.toString());
        if (texts.at(-1)?.includes('"notice"')) resolve();
        // The page is in the room once it is told who is online.
        if (texts.at(-1)?.includes('"online"')) void ask('POST', '/notice', { text: ' Back at 5. ' });
      });
    });
    page.send(login('page'));
    await heard;
    expect(JSON.parse(texts.at(-1)!)).toEqual({ type: 'notice', text: 'Back at 5.' });
    page.reset();
    native.end();
    await native.expectClose();
  });

  it('says a change of the log level with each field once', () => {
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
    setLevel(logger, 'debug');
    expect([lines[0]?.match(/"level":/g), logger.level]).toEqual([['"level":'], 'debug']);
    expect(lines[0]).toContain('"before":"info","after":"debug"');
  });

  it('changes the log level, and takes nothing that is not asked for', async () => {
    expect(await ask('PUT', '/log-level', { level: 'fatal' })).toMatchObject({ body: { level: 'fatal' } });
    expect(await ask('GET', '/log-level')).toMatchObject({ body: { level: 'fatal' } });
    for (const [method, path, body] of [
      ['PUT', '/log-level', { level: 'loud' }],
      ['POST', '/notice', { text: ' ' }],
      ['POST', '/notice', { text: 'x'.repeat(1001) }],
      ['POST', '/bans', { kind: 'planet', value: 'x', until: 1 }],
      ['DELETE', '/bans', { kind: 'planet', value: 'x' }],
      ['POST', '/bans', { kind: 'address', value: 'everyone', until: 1 }],
      ['POST', '/bans', { kind: 'login', value: '', until: 1 }],
      ['DELETE', '/clients/x', undefined],
      ['DELETE', '/bans', { kind: 'address', value: 'everyone' }],
    ] as const) {
      const answer = await ask(method, path, body);
      // In words for an operator, and not those of the validator.
      const error = expect.not.stringMatching(/Invalid|Expected|received/) as string;
      expect([path, answer]).toEqual([path, { status: 400, body: { error } }]);
    }
    expect(await ask('DELETE', '/log-level?x')).toEqual({
      status: 405,
      body: { error: 'only GET, HEAD, PUT there' },
    });
  });
});

describe('the process', () => {
  it('drains in good order for two operators and a supervisor at once, and SIGUSR2 changes what is logged', async () => {
    const flags = [
      '--tcp-port=0',
      '--tcp-long64-port=0',
      '--http-port=0',
      '--admin-port=0',
      '--drain-delay=1s',
    ];
    const gateway = new GatewayProcess(flags);
    const { admin } = await gateway.ready();
    gateway.kill('SIGUSR2');
    const level = async () => (await fetch(`${admin}/log-level`)).text();
    await expect.poll(level, { timeout: 10_000 }).toBe('{"level":"debug"}');
    const drain = async () => (await fetch(`${admin}/drain`, { method: 'POST' })).status;
    expect([await drain(), await drain()]).toEqual([202, 202]);
    gateway.kill('SIGTERM');
    const { code, stdout } = await gateway.exit;
    expect(code).toBe(0);
    expect(stdout).toContain('"msg":"stopped"');
  });
});
