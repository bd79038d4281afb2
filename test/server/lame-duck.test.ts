/** Draining is announced before it begins: `/readyz` says 503 for `--drain-delay`, and everything else works on. */
import { afterEach, describe, expect, it } from 'vitest';
import { drain, longestDrain, tooLong } from '../../server/app/drain.ts';
import type { Chat } from '../../server/chat/chat.ts';
import type { LivenessMonitor } from '../../server/transport/socket/liveness.ts';
import { startTestGateway } from '../support/gateway.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import { connectRawWebSocket } from '../support/raw-websocket.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const started: GatewayProcess[] = [];

afterEach(async () => {
  for (const it of started) it.kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ exit }) => exit));
});

function start(...flags: string[]): GatewayProcess {
  const ports = ['--tcp-port=0', '--http-port=0', '--tcp-long64-port=off', '--admin-port=0'];
  const gateway = new GatewayProcess([...ports, ...flags]);
  started.push(gateway);
  return gateway;
}

async function readyz(at: string): Promise<string> {
  const response = await fetch(`${at}/readyz`);
  return `${response.status} ${await response.text()}`;
}

const READY = '200 {"status":"ready"}';
const DRAINING = '503 {"status":"not ready","reason":"draining"}';

describe('--drain-delay', () => {
  it('is how long new clients are still let in, while both listeners say that it is draining', async () => {
    const clock = new ManualClock();
    const gateway = await startTestGateway({ adminPort: 0 }, { drainDelay: 5 * SECOND }, clock);
    const { tcp, http, admin } = gateway.addresses;
    const [page, operator] = [http, admin!].map(({ host, port }) => `http://${host}:${port}`) as [
      string,
      string,
    ];
    expect([await readyz(page), await readyz(operator)]).toEqual([READY, READY]);
    const stopped = gateway.stop();
    expect([await readyz(page), await readyz(operator)]).toEqual([DRAINING, DRAINING]);
    expect((await fetch(`${page}/healthz`)).status).toBe(200);
    const native = await connectRawTcp(tcp.host, tcp.port);
    const web = await connectRawWebSocket(`${page.replace('http', 'ws')}/ws`);
    for (const [peer, name] of [
      [native, 'alice'],
      [web, 'bob'],
    ] as const) {
      peer.send(login(name));
      await peer.expect(ACCEPTED);
    }
    native.send(message('alice', 'still here'));
    for (const peer of [native, web]) await peer.expect(message('alice', 'still here'));
    clock.advance(5 * SECOND);
    await native.expectClose();
    expect((await web.expectClose()).code).toBe(1001);
    await stopped;
    await expect(readyz(page)).rejects.toThrow('fetch failed');
  });

  it('is none by default: a supervisor may wait 10 s only', () => {
    expect(DEFAULT_LIMITS.drainDelay).toBe(0);
    expect(longestDrain(DEFAULT_LIMITS)).toBeLessThan(10 * SECOND);
  });

  it('is not cut by the process’s own deadline, and a second signal ends it at once', async () => {
    const patient = start('--drain-delay=1s', '--drain-time=0ms', '--drain-spread=0ms');
    await patient.ready();
    patient.kill('SIGTERM');
    const hurried = start('--drain-delay=1h');
    const { page, admin } = await hurried.ready();
    const heard = hurried.says('SIGTERM: stopping');
    hurried.kill('SIGTERM');
    await heard;
    expect([await readyz(page), await readyz(admin!)]).toEqual([DRAINING, DRAINING]);
    hurried.kill('SIGTERM');
    expect(await hurried.exit).toMatchObject({ code: 1, stderr: '' });
    const { code, stdout } = await patient.exit;
    expect(code).toBe(0);
    expect(stdout).toContain('"msg":"stopped"');
  });
});

describe('a drain', () => {
  it('gives private connections their time after a pause of the process (SIGSTOP, a frozen container)', () => {
    const clock = new ManualClock();
    let resets = 0;
    const chat = {
      limits: { ...DEFAULT_LIMITS, drainTime: 8 * SECOND },
      endpoints: new Map([[1, {}]]),
      sendAway: () => 0,
      endAll: () => resets++,
    } as unknown as Chat;
    const liveness = { destroyClosing() {} } as unknown as LivenessMonitor;
    void drain({ clock, chat, liveness, closeListeners: () => new Promise(() => {}) });
    clock.advance(SECOND);
    clock.standStill(60 * SECOND);
    clock.advance(6 * SECOND);
    expect(resets).toBe(0);
    clock.advance(SECOND);
    expect(resets).toBe(1);
  });
});

describe('what a supervisor allows (--stop-timeout)', () => {
  it('is compared with the longest drain', () => {
    const limits = { drainDelay: 0, drainTime: 8 * SECOND, drainSpread: 2 * SECOND, stopTimeout: 0 };
    expect(tooLong(limits)).toEqual([]);
    expect(tooLong({ ...limits, stopTimeout: 9 * SECOND })).toEqual([]);
    for (const longer of [{ drainTime: 9 * SECOND }, { drainSpread: 7 * SECOND }, { drainDelay: SECOND }])
      expect(tooLong({ ...limits, stopTimeout: 9 * SECOND, ...longer })).toEqual([
        expect.stringMatching(/ up to 10 s, .* kills after 9 s: /),
      ]);
  });

  it('makes a warning at the start', async () => {
    const gateway = start('--drain-time=30s', '--stop-timeout=10s');
    await gateway.ready();
    gateway.kill('SIGTERM');
    const { stdout } = await gateway.exit;
    const warnings = stdout.split('\n').filter((line) => line.includes('"level":40'));
    expect(warnings).toEqual([expect.stringContaining('up to 31 s')]);
  });
});
