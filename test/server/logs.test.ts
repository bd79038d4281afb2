import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parseControl } from '../../shared/protocol/control.ts';
import { GatewayProcess, type Exit } from '../support/gateway-process.ts';
import { bytes, login, loginPrivate, message, privateMessage } from '../support/raw-hex.ts';

/** Address of the clients, which is not the one that the gateway listens on. */
const THERE = '127.0.0.9';
const SECRET = 'purr purr';

let gateway: GatewayProcess | undefined;
afterEach(() => gateway?.kill('SIGKILL'));

/** Runs a gateway with all kinds of clients, right and wrong; gives all its output and the token of one of them. */
async function listen(flags: readonly string[]): Promise<Exit & { readonly token: string }> {
  gateway = new GatewayProcess([
    '--tcp-port=0',
    '--tcp-long64-port=0',
    '--http-port=0',
    '--log-level=trace',
    ...flags,
  ]);
  const { page, host, port } = await gateway.ready();
  const native = connect({ host, port, localAddress: THERE });
  native.write(
    bytes(
      login('alice') + message('alice', SECRET) + privateMessage('alice', 'nobody', SECRET) + '03ffffffff',
    ),
  );
  native.resume();
  await once(native, 'close');
  const guess = connect({ host, port, localAddress: THERE });
  guess.end(bytes(loginPrivate(7))).resume();
  await once(guess, 'close');
  const url = `${page.replace('http', 'ws')}/ws`;
  const token = await visit(url, (socket) => socket.send(bytes(login('bob') + message('bob', SECRET))));
  for (const shown of [token, 'A'.repeat(token.length)])
    await visit(url, (socket) => socket.send(JSON.stringify({ type: 'resume', token: shown, received: 0 })));
  const forbidden = await fetch(`${page}/nowhere?${SECRET}`, { headers: { 'x-forwarded-for': THERE } });
  expect(forbidden.status).toBe(404);
  gateway.kill('SIGTERM');
  return { ...(await gateway.exit), token };
}

/** Connects a page, acts, and breaks the connection once it was answered; gives the page's token, if any. */
async function visit(url: string, act: (socket: WebSocket) => void): Promise<string> {
  const socket = new WebSocket(url, ['chaton.web.v1'], { localAddress: THERE });
  await once(socket, 'open');
  const answered = new Promise<string>((resolve) => {
    socket.on('message', (data, isBinary) => {
      const told = isBinary ? null : parseControl((data as Buffer).toString());
      if (told?.type === 'session' || told?.type === 'resumed') resolve(told.token);
      if (told?.type === 'lost') resolve('');
    });
  });
  act(socket);
  const token = await answered;
  socket.terminate();
  return token;
}

describe('what is logged, at the most talkative', () => {
  it('D6: is no text and no token; an address only where a connection begins, and where a client without a login does wrong', async () => {
    const { stdout, stderr, token } = await listen([]);
    expect(token).toMatch(/^[\w-]{40,}$/);
    for (const secret of ['purr', token, Buffer.from(SECRET).toString('hex')])
      expect(stdout + stderr).not.toContain(secret);
    const named = stdout.split('\n').filter((line) => line.includes(THERE));
    expect(named.length).toBeGreaterThanOrEqual(5);
    const lines = named.map((line) => JSON.parse(line) as { level: number; msg: string });
    const [wrong, begun] = [false, true].map((begins) =>
      lines.filter(({ msg }) => (msg === 'connected') === begins),
    );
    for (const line of begun!) expect(line).toMatchObject({ level: 30 });
    // Who has a login is found by that.
    expect(wrong).toEqual([
      expect.objectContaining({ msg: 'closed by the server', login: null, address: THERE }),
    ]);
  });

  it('D6: is no address at all with --log-addresses=false', async () => {
    const { stdout, stderr } = await listen(['--log-addresses=false']);
    expect(stdout).toContain('"msg":"connected"');
    expect(stdout + stderr).not.toContain(THERE);
  });
});
