/**
 * Tests the shipped proxy configurations with the programs that this machine has: node test/deploy/proxies.ts
 * Clients are told apart by their loopback addresses; 127.0.0.1, from which the proxies connect, is the only trusted one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ACCEPTED, bytes, login, loginPrivate } from '../support/raw-hex.ts';

const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'chaton-proxies-'));

interface Front {
  readonly program: string;
  readonly file: string;
  readonly args: (file: string) => string[];
  readonly hasNative: boolean;
}

const FRONTS: readonly Front[] = [
  { program: 'haproxy', file: 'haproxy.cfg', args: (file) => ['-db', '-f', file], hasNative: true },
  {
    program: 'nginx',
    file: 'nginx.conf',
    args: (file) => ['-c', file, '-g', `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;`],
    hasNative: true,
  },
  {
    program: 'caddy',
    file: 'Caddyfile',
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
    hasNative: false,
  },
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Presents a wrong connect_id natively from an address; a WebSocket then shows whether the gateway counted it for that
 * address.
 */
async function guess(port: number, localAddress: string, first = ''): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  socket.write(bytes(first + loginPrivate(1)));
  socket.resume();
  await once(socket, 'close');
}

/** Answer to the LOGIN of a native client. */
async function answered(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(bytes(login('wide')));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString('hex');
}

/** All that a native client hears that has sent its last byte: what it is told after its FIN as well. */
async function heardAfterFin(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end(bytes(login('brief')));
  const heard: Buffer[] = [];
  socket.on('data', (data) => heard.push(data));
  await once(socket, 'end');
  socket.destroy();
  return Buffer.concat(heard).toString('hex');
}

async function judged(port: number, localAddress: string, forwarded?: string): Promise<string> {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const origin = `http://127.0.0.1:${port}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, 'chaton.v1', { localAddress, headers, origin });
  await once(socket, 'open');
  socket.send(bytes(loginPrivate(1)));
  const [, reason] = (await once(socket, 'close')) as [number, Buffer];
  return String(reason).startsWith('too many') ? 'refused' : 'first';
}

function check(what: string, is: unknown, should: unknown): void {
  if (is !== should) throw new Error(`${what}: ${String(is)}, not ${String(should)}`);
  console.log(`  ok  ${what}`);
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect({ port, host: '127.0.0.1' });
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    await wait(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function tryFront({ program, file, args, hasNative }: Front): Promise<void> {
  const [native, long64, page] = [await freePort(), await freePort(), await freePort()];
  const [tcp, tcpLong64, http] = [await freePort(), await freePort(), await freePort()];
  const shipped = readFileSync(new URL(`../../server/deploy/proxies/${file}`, import.meta.url), 'utf8');
  const ports = {
    ...{ '17777': tcp, '17778': tcpLong64, '18080': http },
    ...{ '7777': native, '7778': long64, '8080': page },
  };
  const text = shipped.replaceAll(/\b(?:1777[78]|18080|777[78]|8080)\b/g, (port) =>
    String(ports[port as keyof typeof ports]),
  );
  // Only root can become somebody else.
  writeFileSync(join(folder, file), isRoot ? text : text.replaceAll(/^ +(?:user|group) .*\n/gm, ''));
  const flags = [
    '--tcp-port',
    tcp,
    '--http-port',
    http,
    '--proxies',
    '127.0.0.1',
    '--tcp-long64-port',
    tcpLong64,
    '--max-misses',
    1,
  ].map(String);
  const gateway = new GatewayProcess(flags);
  await gateway.ready();
  const front = spawn(program, args(join(folder, file)), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, HOME: folder },
  });
  try {
    await listening(page);
    check('the page', (await (await fetch(`http://127.0.0.1:${page}/`)).text()).includes('<html'), true);
    if (hasNative) {
      await listening(native);
      await guess(native, '127.0.0.2');
      check('a native client is known by its own address', await judged(page, '127.0.0.2'), 'refused');
      await listening(long64);
      check('one with 8-byte LONGs comes in, too', await answered(long64), ACCEPTED);
      check('each direction ends by itself', await heardAfterFin(native), ACCEPTED);
    } else await judged(page, '127.0.0.2');
    check('a page is, too, and others are not', await judged(page, '127.0.0.3'), 'first');
    check(
      'a forged header on the way to the proxy changes nothing',
      await judged(page, '127.0.0.2', '127.0.0.9'),
      'refused',
    );
    check('nor is it held against whom it names', await judged(page, '127.0.0.9'), 'first');
    check(
      'straight to the gateway from elsewhere it is ignored',
      await judged(http, '127.0.0.8', '127.0.0.7'),
      'first',
    );
    check('there, too', await judged(http, '127.0.0.8', '127.0.0.6'), 'refused');
    await guess(tcp, '127.0.0.5', Buffer.from('PROXY TCP4 127.0.0.4 127.0.0.1 1 2\r\n').toString('hex'));
    check('a forged PROXY header is refused', await judged(page, '127.0.0.4'), 'first');
  } finally {
    front.kill();
    gateway.kill('SIGTERM');
    const { stdout } = await gateway.exit;
    check(
      'both forgeries are in the log',
      /ignored: a forwarding/.test(stdout) && /rejected: a PROXY/.test(stdout),
      true,
    );
  }
}

for (const front of FRONTS) {
  const version = spawnSync(front.program, [front.program === 'caddy' ? 'version' : '-v'], {
    encoding: 'utf8',
  });
  if (version.error) {
    console.log(`${front.program}: not on this machine`);
    continue;
  }
  console.log((version.stdout || version.stderr).split('\n', 1)[0]);
  await tryFront(front);
}

// That of a cluster names gateways that only Docker knows; HAProxy reads it all the same.
const clusterFile = fileURLToPath(
  new URL('../../server/deploy/proxies/haproxy.cluster.cfg', import.meta.url),
);
const checked = spawnSync('haproxy', ['-c', '-f', clusterFile], { encoding: 'utf8' });
if (!checked.error) check('haproxy.cluster.cfg can be read', checked.status, 0);
