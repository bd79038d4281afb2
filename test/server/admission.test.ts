import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../server/admission/admission.ts';
import { capacityFor } from '../../server/admission/capacity.ts';
import { startTestGateway } from '../support/gateway.ts';
import { ManualClock, MINUTE, SECOND } from '../support/manual-time.ts';
import { ACCEPTED, login } from '../support/raw-hex.ts';
import type { TestGateway } from '../support/raw-connection.ts';
import { connectRawTcp } from '../support/raw-tcp.ts';
import type { RejectionReason } from '../../shared/protocol/reasons.ts';
import { DEFAULT_LIMITS } from '../support/defaults.ts';

const HERE = '192.0.2.1';

describe('how many are let in', () => {
  let clock: ManualClock;
  let refusals: RejectionReason[];
  let delay: number;
  const makeAdmission = (limits = {}, capacity = 10): Admission =>
    new Admission({
      limits: { ...DEFAULT_LIMITS, ...limits },
      clock,
      capacity,
      loopDelay: () => delay,
      onRejection: (refusal) => refusals.push(refusal),
    });

  beforeEach(() => {
    clock = new ManualClock();
    refusals = [];
    delay = 0;
  });

  it('in all: as many as there is room for, and then whoever comes when one has gone', () => {
    const admission = makeAdmission();
    for (let i = 0; i < 10; i++) expect(admission.opened()).toBeNull();
    expect([admission.opened(), admission.isBeyondCapacity]).toEqual(['too many connections', false]);
    admission.closed();
    admission.closed();
    expect(admission.opened()).toBeNull();
    for (let i = 0; i < 33; i++) admission.opened();
    expect(admission.isBeyondCapacity).toBe(true);
    expect(refusals).toHaveLength(34);
  });

  it('D7: is crowded while more than three quarters of that are there', () => {
    const admission = makeAdmission({}, 8);
    for (let i = 0; i < 6; i++) admission.opened();
    expect(admission.isCrowded).toBe(false);
    admission.opened();
    expect(admission.isCrowded).toBe(true);
    admission.closed();
    expect(admission.isCrowded).toBe(false);
  });

  it('of one address: 1,000, whoever else is there', () => {
    const admission = makeAdmission();
    for (let i = 0; i < 1000; i++) expect(admission.admit(HERE)).toBeNull();
    expect(admission.admit(HERE)).toBe('too many connections of one address');
    expect(admission.admit('2001:db8:0:1::/64')).toBeNull();
    admission.release(HERE);
    expect(admission.admit(HERE)).toBeNull();
  });

  it('new ones of one address: 3,000 at once, and so many in every minute after', () => {
    const admission = makeAdmission();
    const comeAndGo = (times: number): number => {
      let letIn = 0;
      for (let i = 0; i < times; i++) {
        if (admission.admit(HERE)) continue;
        letIn++;
        admission.release(HERE);
      }
      return letIn;
    };
    expect(comeAndGo(4000)).toBe(3000);
    expect(new Set(refusals)).toEqual(new Set(['too many new connections of one address']));
    clock.advance(MINUTE / 2);
    expect(comeAndGo(4000)).toBe(1500);
    clock.advance(10 * MINUTE);
    expect(comeAndGo(4000)).toBe(3000);
  });

  it('no new one of an address whose open ones cause as much work as 3,000 would, for a minute at most', () => {
    const admission = makeAdmission();
    expect(admission.admit(HERE)).toBeNull();
    expect(admission.mayCause(HERE, 2_998.5)).toBe(true);
    expect(admission.admit(HERE)).toBe('too many new connections of one address');
    expect(admission.admit('192.0.2.2')).toBeNull();
    expect(admission.mayCause(HERE, 1_000_000)).toBe(false);
    clock.advance(MINUTE);
    expect(admission.admit(HERE)).toBe('too many new connections of one address');
    clock.advance(SECOND);
    expect(admission.admit(HERE)).toBeNull();
    expect(admission.mayCause('192.0.2.3', 1_000_000)).toBe(true);
  });

  it.each(['127.0.0.1', '127.1.2.3', '0:0:0:0::/64'])(
    'of this machine itself (%s): any number',
    (network) => {
      const admission = makeAdmission();
      for (let i = 0; i < 9000; i++) expect(admission.admit(network)).toBeNull();
    },
  );

  it('none, while the event loop is late by more than half a second on the mean', () => {
    const admission = makeAdmission();
    delay = 501;
    expect(admission.opened()).toBe('overloaded');
    delay = 500;
    expect(admission.opened()).toBeNull();
  });

  it('however many addresses come, it remembers 100,000, and those that are there above all', () => {
    const admission = makeAdmission({ maxConnectionsPerAddress: 1 });
    admission.admit(HERE);
    for (let i = 0; i < 120_000; i++) {
      const network = `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::/64`;
      admission.admit(network);
      admission.release(network);
    }
    expect(admission.networks).toBe(100_000);
    expect(admission.admit(HERE)).toBe('too many connections of one address');
  });

  it('however many connections there are, none is forgotten while it is open', () => {
    const admission = makeAdmission({ maxConnectionsPerAddress: 1 });
    const networkOf = (i: number) => `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::/64`;
    for (let i = 0; i <= 100_000; i++) admission.admit(networkOf(i));
    for (let i = 0; i < 100; i++)
      expect(admission.admit(networkOf(i))).toBe('too many connections of one address');
    for (let i = 0; i <= 100_000; i++) admission.release(networkOf(i));
    expect(admission.admit(networkOf(16))).toBeNull();
  });

  it.each([
    [0, 1024, 30, 930],
    [0, 256, 30, 162],
    [100, 1024, 30, 100],
    [5000, 1024, 30, 930],
    // The limit is so low that the reserve would be all of it.
    [0, 64, 30, 32],
  ])('%i wanted of %i file descriptors, %i of them taken: %i', (wanted, descriptors, taken, capacity) => {
    expect(capacityFor(wanted, descriptors, taken)).toBe(capacity);
  });
});

describe('a gateway that is full', () => {
  const open: Socket[] = [];
  let gateway: TestGateway;

  const fill = async (limits: Parameters<typeof startTestGateway>[1]): Promise<void> => {
    // Not the address of other tests' gateways: one of their pages that comes back, to a port that is another's by then, would be
    // counted here.
    gateway = await startTestGateway({ host: '127.0.0.3' }, limits);
  };

  const reach = async (where: 'tcp' | 'http'): Promise<Socket> => {
    const socket = connect({ ...gateway.addresses[where], allowHalfOpen: true });
    socket.on('error', () => {});
    open.push(socket);
    await once(socket, 'connect');
    return socket;
  };

  const ask = async (path: string, headers = ''): Promise<string> => {
    const socket = await reach('http');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    await new Promise((resolve) => socket.on('end', resolve).on('close', resolve));
    return answer;
  };

  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy();
    await gateway.stop();
  });

  const UPGRADE =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

  it('says so: TCP is closed, pages and upgrades get 503 and when to come again, and who is there stays', async () => {
    await fill({ maxConnections: 2 });
    const alice = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    alice.send(login('alice'));
    await alice.expect(ACCEPTED);
    const bob = await connectRawTcp(gateway.addresses.tcp.host, gateway.addresses.tcp.port);
    bob.send(login('bob'));
    await bob.expect(ACCEPTED);
    const refused = await reach('tcp');
    await new Promise((resolve) => refused.on('end', resolve).resume());
    for (const answer of [await ask('/'), await ask('/ws', UPGRADE)]) {
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toMatch(/retry-after: 10\r\n/i);
      expect(answer).toContain('too many connections; come again later');
    }
    expect(await ask('/healthz', 'Connection: close\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    expect(gateway.chat.clients).toBe(2);
    alice.end();
    await alice.expectClose();
    while (gateway.admission.open > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await ask('/', 'Connection: close\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    const { text } = await gateway.metrics.scrape();
    expect(text).toMatch(/connections_rejected_total\{reason="too many connections"\} 4/);
    bob.reset();
  });

  it('counts by the address that a proxy names, and refuses that one alone', async () => {
    gateway = await startTestGateway({ proxies: ['127.0.0.1'] }, { maxConnectionsPerAddress: 1 });
    const from = (address: string): string => `${UPGRADE}X-Forwarded-For: ${address}\r\n`;
    const upgraded = await reach('http');
    upgraded.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${from('192.0.2.7')}\r\n`);
    expect(String((await once(upgraded, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
    expect(await ask('/ws', from('192.0.2.7'))).toMatch(
      /^HTTP\/1\.1 503 [^]*too many connections of one address/,
    );
    const other = await reach('http');
    other.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${from('192.0.2.8')}\r\n`);
    expect(String((await once(other, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
    upgraded.destroy();
    while (gateway.chat.connections.size > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const again = await reach('http');
    again.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${from('192.0.2.7')}\r\n`);
    expect(String((await once(again, 'data'))[0])).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('forgets every connection that is gone, however it went', async () => {
    await fill({});
    const sockets = await Promise.all([reach('tcp'), reach('tcp'), reach('http'), reach('http')]);
    while (gateway.admission.open < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    sockets[0].end();
    sockets[0].resume();
    for (const socket of sockets.slice(1)) socket.resetAndDestroy();
    while (gateway.admission.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(gateway.admission.open).toBe(0);
  });

  it('an HTTP request has to come within its time, a byte now and then or none at all', async () => {
    await fill({ requestTime: SECOND });
    const [dripping, mute] = await Promise.all([reach('http'), reach('http')]);
    const drip = setInterval(() => dripping.write('G'), 300);
    const ends = [dripping, mute].map(
      (socket) => new Promise((resolve) => socket.on('end', resolve).on('close', resolve).resume()),
    );
    await Promise.all(ends);
    clearInterval(drip);
  });
});
