import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import { ACCEPTED, login, loginPrivate, message } from '../support/raw-hex.ts';
import { connectPage, type PageFrom, type RawPage } from '../support/raw-page.ts';

interface Line {
  readonly msg: string;
  readonly reason?: string;
  readonly rule?: string;
}

let gateway: TestGateway;
let lines: Line[];
const start = async (limits: Parameters<typeof startTestGateway>[1] = {}, withClock?: ManualClock) => {
  lines = [];
  const log = (line: string) => void lines.push(JSON.parse(line) as Line);
  gateway = await startTestGateway({ logLevel: 'debug', adminPort: 0 }, limits, withClock, log);
};
afterEach(() => gateway.stop());

/** Connects the WebSocket of a page that has sent nothing. */
const connect = async (from: PageFrom = {}): Promise<RawPage> => {
  const before = gateway.chat.connections.undecided.size;
  const page = await connectPage(gateway, from);
  await expect.poll(() => gateway.chat.connections.undecided.size, { interval: 1 }).toBe(before + 1);
  return page;
};
const join = async (name: string): Promise<RawPage> => {
  const page = await connect();
  page.send(login(name));
  await page.expect(ACCEPTED);
  await page.token();
  return page;
};
/** Lists the log lines about connections since the last call. */
const logged = () =>
  lines
    .splice(0)
    .filter(({ msg }) =>
      /connected|closed by the server|connection (detached|resumed)|resume failed|ended early/.test(msg),
    )
    .map(({ msg, reason, rule }) => [msg, reason, rule].filter((part) => part !== undefined).join(': '));
const figure = async (series: string): Promise<number> => {
  const { text } = await gateway.metrics.scrape();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length) ?? 0,
  );
};
const OPENED = 'chaton_connections_opened_total{transport="websocket"}';
const UNIDENTIFIED = 'chaton_connections{transport="websocket",phase="unidentified"}';
const EARLY = 'chaton_connections_ended_early_total{reason="nothing came"}';
const endedInAll = async () => {
  const { text } = await gateway.metrics.scrape();
  const counts = [...text.matchAll(/^chaton_connections_ended_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
};

const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
  const { host, port } = gateway.addresses.admin!;
  return (await fetch(`http://${host}:${port}${path}`, init)).json();
};
const ban = (value: string) =>
  ask('/bans', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'address', value, until: Date.now() + 60_000 }),
  });

describe('the first message of a page’s WebSocket (D28)', () => {
  it('D28: three resumes in a row are one connection in the log and the metrics, resumed three times', async () => {
    await start();
    let page = await join('ann');
    for (let resumes = 0; resumes < 3; resumes++) {
      page.reset();
      await expect.poll(() => gateway.resumeRegistry.waiting, { interval: 1 }).toBe(1);
      const back = await connect();
      back.say({ type: 'resume', token: page.lastToken, received: page.received });
      back.lastToken = (await back.told('resumed'))['token'] as string;
      back.received = page.received;
      back.say({ type: 'received', bytes: back.received });
      page = back;
    }
    page.send(message('ann', 'here'));
    await page.expect(message('ann', 'here'));
    const round = ['connection detached', 'connection resumed'];
    expect(logged()).toEqual(['connected', ...round, ...round, ...round]);
    expect([await figure(OPENED), await endedInAll()]).toEqual([1, 0]);
    expect(await figure('chaton_resumable_connections_resumed_total')).toBe(3);
    expect([gateway.chat.connections.size, gateway.chat.clients]).toEqual([1, 1]);
  });

  it('D28: before it nobody is there: no session, no line, no count but that of what is open', async () => {
    await start();
    const silent = await connect();
    expect([gateway.chat.connections.sessions.size, gateway.chat.connections.size]).toEqual([0, 1]);
    expect(logged()).toEqual([]);
    expect([await figure(OPENED), await figure(UNIDENTIFIED)]).toEqual([0, 1]);
    silent.reset();
    await expect.poll(() => gateway.chat.connections.undecided.size, { interval: 1 }).toBe(0);
    expect([await figure(OPENED), await endedInAll(), await figure(EARLY)]).toEqual([0, 0, 1]);
  });

  it.each([
    ['bytes', (page: RawPage) => page.send('00'), []],
    ['a ping', (page: RawPage) => page.say({ type: 'ping' }), []],
    ['a leave', (page: RawPage) => page.say({ type: 'leave', token: 'x' }), []],
    [
      'a resume in vain',
      (page: RawPage) => page.say({ type: 'resume', token: 'x', received: 0 }),
      ['resume failed: unknown'],
    ],
    ['an end of writing', (page: RawPage) => page.end(), ['disconnected: left']],
    [
      'what is no message of the control channel',
      (page: RawPage) => page.say('hello'),
      ['closed by the server: transport rules broken: not a message of the control channel'],
    ],
  ])('D28: %s makes it a new connection, which is logged and counted once', async (_what, say, then) => {
    await start();
    const page = await connect();
    say(page);
    await expect.poll(() => gateway.chat.connections.undecided.size, { interval: 1 }).toBe(0);
    expect(logged()).toEqual(['connected', ...then]);
    expect(await figure(OPENED)).toBe(1);
  });

  it.each([
    ['nothing', () => {}, 1],
    ['bytes of a command that it does not end', (page: RawPage) => page.send('00'), 0],
  ])(
    'D7, D28: a page that says %s is closed when its time since it came is over',
    async (_what, say, undecided) => {
      const clock = new ManualClock();
      await start({ identifyTime: 10 * SECOND, commandTime: 60 * SECOND }, clock);
      const page = await connect();
      clock.advance(8 * SECOND);
      say(page);
      await expect.poll(() => gateway.chat.connections.undecided.size, { interval: 1 }).toBe(undecided);
      clock.advance(2 * SECOND);
      expect(page.socket.readyState).toBe(WebSocket.OPEN);
      clock.advance(SECOND);
      expect(await page.expectClose()).toEqual({ code: 1008, reason: 'not identified in time' });
      expect(logged()).toEqual(['connected', 'closed by the server: not identified in time']);
      expect(gateway.chat.connections.size).toBe(0);
    },
  );

  it('D26, D28: a page that has said nothing is told when the server goes away', async () => {
    await start();
    const page = await connect();
    const stopped = gateway.stop();
    expect(await page.expectClose()).toEqual({ code: 1001, reason: 'the server is going away' });
    await stopped;
    expect(logged()).not.toContain('connected');
  });

  it('a ban ends it like any other, and the operator’s list leaves it out', async () => {
    await start();
    const page = await connect();
    expect(await ask('/clients')).toEqual([]);
    expect(await ban('127.0.0.1')).toMatchObject({ disconnected: 1 });
    expect(await page.expectClose()).toEqual({ code: 1008, reason: 'banned by the operator' });
    expect(logged()).toEqual(['connected', 'closed by the server: disconnected by the operator']);
  });

  it.each([
    ['in the room', (page: RawPage) => page.send(login('ann')), ACCEPTED],
    [
      'on a private connection',
      (page: RawPage) => page.send(loginPrivate(gateway.chat.negotiation.issueId({} as never))),
      '',
    ],
  ])(
    'D28: a page that comes back from another address is there for bans and lists, %s',
    async (_where, say, answer) => {
      await start();
      const page = await connect();
      say(page);
      await page.expect(answer);
      await page.token();
      const back = await connect({ localAddress: '127.0.0.2' });
      back.say({ type: 'resume', token: page.lastToken, received: page.received });
      await back.told('resumed');
      expect(await ask('/clients')).toMatchObject([{ address: '127.0.0.2' }]);
      expect(await ban('127.0.0.1')).toMatchObject({ disconnected: 0 });
      expect(await ban('127.0.0.2')).toMatchObject({ disconnected: 1 });
      expect((await back.expectClose()).code).toBe(1008);
    },
  );
});
