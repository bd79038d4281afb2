import { afterEach, describe, expect, it } from 'vitest';
import type { Limits } from '../../server/chat/limits/limits.ts';
import { startTestGateway } from '../support/gateway.ts';
import { nodesOf, startRoomGateway } from '../support/room-gateway.ts';
import {
  ACCEPTED,
  idPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../support/raw-hex.ts';
import { ManualClock } from '../support/manual-time.ts';
import { connectPage, type PageFrom, type RawPage } from '../support/raw-page.ts';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';

const ESTABLISHED = '0a';
let gateway: TestGateway;
const natives: RawConnection[] = [];
afterEach(async () => {
  for (const peer of natives.splice(0)) peer.reset();
  await gateway.stop();
});

const start = async (limits: Partial<Limits> = {}) => {
  gateway = await startRoomGateway({}, limits);
};
/** Connects a page, by default to any gateway of the room. */
const page = (from: PageFrom = {}) => connectPage(gateway, from);
const native = async (): Promise<RawConnection> => {
  const peer = await connectRaw(gateway, 'tcp');
  natives.push(peer);
  return peer;
};
const joinNative = async (name: string): Promise<RawConnection> => {
  const peer = await native();
  peer.send(login(name));
  await peer.expect(ACCEPTED);
  return peer;
};
/** Identifies a page, and acknowledges its token. */
const join = async (name: string, from: PageFrom = {}) => {
  const joined = await page(from);
  joined.send(login(name));
  await joined.expect(ACCEPTED);
  const token = await joined.token();
  await joined.told('ack');
  return { page: joined, token };
};
const drop = async ({ page }: { readonly page: RawPage }, waiting = 1) => {
  page.reset();
  await expect.poll(() => gateway.resumeRegistry.waiting, { interval: 1 }).toBe(waiting);
};
/** Sends `resume` on a new socket; gives it and the gateway's answer. */
const resume = async (token: string, received: number, from: PageFrom = {}) => {
  const back = await page({ ...from, token });
  back.say({ type: 'resume', token, received });
  return back;
};
const lost = async (token: string, received: number, from: PageFrom = {}) => {
  const back = await resume(token, received, from);
  const { reason } = await back.told('lost');
  return { back, reason };
};
/** True when the login is free: another client gets it. */
const isFree = async (name: string): Promise<boolean> => {
  const peer = await connectRaw(gateway, 'tcp');
  peer.send(login(name));
  const answer = await peer.read(1);
  peer.reset();
  return answer === ACCEPTED;
};

describe('a page that resumes (D28)', () => {
  it('D28: gets what came meanwhile, from the byte it had got to, and goes on both ways', async () => {
    await start();
    const bob = await joinNative('bob');
    const first = await join('ann');
    bob.send(message('bob', 'one'));
    await first.page.expect(message('bob', 'one'));
    await drop(first);
    bob.send(message('bob', 'two') + privateMessage('bob', 'ann', 'psst'));
    await bob.expect(message('bob', 'one') + message('bob', 'two'));
    // The count leaves out half of the last message, as if it had not come before the cut.
    const back = await resume(first.token, first.page.received - 7);
    const sent = login('ann').length / 2;
    expect(await back.told('resumed')).toMatchObject({ received: sent });
    expect(await back.told('ack')).toEqual({ type: 'ack', bytes: sent });
    expect(await back.told('online')).toMatchObject({ logins: ['bob', 'ann'] });
    await back.expect(message('bob', 'one').slice(-14) + message('bob', 'two'));
    await back.expect(privateMessage('bob', 'ann', 'psst'));
    back.send(message('ann', 'back'));
    await back.expect(message('ann', 'back'));
    await bob.expect(message('ann', 'back'));
  });

  it('D28: keeps its login meanwhile, and nobody hears of it', async () => {
    await start();
    const other = await join('bob');
    const first = await join('ann');
    await other.page.told('presence');
    await drop(first);
    expect(await isFree('ann')).toBe(false);
    const back = await resume(first.token, first.page.received);
    await back.told('resumed');
    other.page.send(message('bob', 'x'));
    await back.expect(message('bob', 'x'));
    await other.page.expect(message('bob', 'x'));
    expect((await other.page.told('presence', 'ack'))['type']).toBe('ack');
  });

  it('D6, D28: is told again of commands that were ignored, and only then what is dealt with', async () => {
    await start();
    const first = await join('ann');
    first.page.send(privateMessage('ann', 'nobody', 'x'));
    const ignored = await first.page.told('ignored');
    await drop(first);
    const back = await resume(first.token, first.page.received);
    expect(await back.told('ignored')).toEqual(ignored);
    expect(await back.told('ack')).toEqual({ type: 'ack', bytes: ignored['end'] });
  });

  it('D28: is told, before it goes on, of those who have left meanwhile and whose logins are taken again', async () => {
    await start();
    const first = await join('ann');
    const leaving = [await joinNative('bob'), await joinNative('carol')];
    await joinNative('dave');
    await drop(first);
    for (const peer of leaving) {
      peer.end();
      await peer.expectEnd();
    }
    await joinNative('bob');
    const back = await page({ token: first.token });
    back.say({ type: 'resume', token: first.token, received: first.page.received });
    expect(await back.told('presence', 'resumed')).toEqual({ type: 'presence', left: ['bob'], joined: [] });
    await back.told('resumed');
  });

  it('D28: takes over from a socket that only seems to be alive', async () => {
    await start();
    const first = await join('ann');
    const back = await resume(first.token, first.page.received);
    await back.told('resumed');
    expect((await first.page.expectClose()).code).toBe(1006);
    back.send(message('ann', 'here'));
    await back.expect(message('ann', 'here'));
  });

  it('D28: can still use its token when the answer with the next one never came; after that it is void', async () => {
    await start();
    const first = await join('ann');
    await drop(first);
    const unheard = await resume(first.token, first.page.received);
    await unheard.told('resumed');
    await drop({ page: unheard });
    const back = await resume(first.token, first.page.received);
    const { token } = await back.told('resumed');
    back.say({ type: 'received', bytes: first.page.received });
    back.send(message('ann', 'x'));
    await back.expect(message('ann', 'x'));
    expect((await lost(first.token, first.page.received)).reason).toBe('replaced');
    back.reset();
    const again = await resume(token as string, first.page.received);
    await again.expect(message('ann', 'x'));
  });
});

describe('a page that cannot resume (D28)', () => {
  it('D28: is told so when the grace has passed, and joins anew on the same socket', async () => {
    await start({ resumeGrace: 50 });
    const first = await join('ann');
    await drop(first);
    await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(0);
    const { back, reason } = await lost(first.token, first.page.received);
    expect(reason).toBe('too late');
    back.send(login('ann'));
    await back.expect(ACCEPTED);
  });

  it('D28: is told so when more came than is kept, and its login is free at once', async () => {
    await start({ maxResumeBytes: 5_000 });
    const bob = await joinNative('bob');
    const first = await join('ann');
    await drop(first);
    const long = message('bob', 'x'.repeat(1000));
    for (let sent = 0; sent < 5; sent++) bob.send(long);
    await bob.expect(long.repeat(5));
    await expect.poll(() => gateway.resumeRegistry.waiting, { interval: 1 }).toBe(0);
    // In a cluster once the log has it, too.
    if (nodesOf(gateway).length > 1) await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(1);
    expect(await isFree('ann')).toBe(true);
    expect((await lost(first.token, first.page.received)).reason).toBe('too much');
  });

  it('D28: is told so when it is too far behind, though it never seemed to be gone', async () => {
    await start({ maxResumeBytes: 5_000 });
    const first = await join('ann');
    const long = message('ann', 'x'.repeat(1000));
    for (let sent = 0; sent < 10; sent++) first.page.send(long);
    await first.page.expect(long.repeat(10));
    await drop(first);
    const { back, reason } = await lost(first.token, 1);
    expect(reason).toBe('too much');
    back.send(login('ann'));
    await back.expect(ACCEPTED);
  });

  it('D28: is told that there is none when it says to have more than was ever sent', async () => {
    await start();
    const first = await join('ann');
    await drop(first);
    expect((await lost(first.token, first.page.received + 1)).reason).toBe('unknown');
  });

  it('D28: is a stranger from another Origin, and the connection stays whole', async () => {
    gateway = await startRoomGateway({ allowOrigins: ['https://elsewhere.example'] }, {});
    const first = await join('ann');
    await drop(first);
    const from = { origin: 'https://elsewhere.example' };
    expect((await lost(first.token, first.page.received, from)).reason).toBe('unknown');
    const thief = await page(from);
    thief.say({ type: 'leave', token: first.token });
    thief.send(login('ann'));
    await thief.expect(REFUSED);
    await (await resume(first.token, first.page.received)).told('resumed');
  });

  it('D28: is not waited for above the bounds, per network and in all', async () => {
    await start({ maxResumablePerNetwork: 1, maxResumable: 2 });
    // The bounds are those of one gateway.
    const at = nodesOf(gateway)[0]!;
    const from = (last: number) => ({ at, localAddress: `127.0.0.${last}` });
    const [a, b, c, d] = [
      await join('a', from(1)),
      await join('b', from(1)),
      await join('c', from(2)),
      await join('d', from(3)),
    ];
    await drop(a);
    b.page.reset();
    await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(3);
    await drop(c, 2);
    d.page.reset();
    await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(2);
    expect((await lost(b.token, b.page.received)).reason).toBe('too many');
    expect((await lost(d.token, d.page.received)).reason).toBe('too many');
    await (await resume(a.token, a.page.received)).told('resumed');
    await drop({ page: (await join('b', from(1))).page }, 2);
  });

  it('D28: holds no login when it never showed that it got its token', async () => {
    await start();
    const first = await page();
    first.send(login('ann'));
    await first.told('session');
    first.reset();
    await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(0);
  });

  it.each([
    ['closed it (1000)', (first: RawPage) => first.socket.close(1000)],
    ['was closed with its tab (1001)', (first: RawPage) => first.socket.close(1001)],
    ['sent what cannot be read (1002)', (first: RawPage) => first.send('ff')],
    ['sent text that is no control message (1002)', (first: RawPage) => first.say('hello')],
    ['was too large (1009)', (first: RawPage) => first.send('00'.repeat(70_000))],
  ])('D28: leaves no ghost when it %s', async (_how, end) => {
    await start();
    const first = await join('ann');
    end(first.page);
    await first.page.expectClose();
    await expect.poll(() => gateway.chat.clients, { interval: 1 }).toBe(0);
    expect([gateway.resumeRegistry.waiting, gateway.resumeRegistry.tokens.size]).toEqual([0, 0]);
    expect((await lost(first.token, first.page.received)).reason).toBe('unknown');
  });

  it('D28: that was loaded again leaves as its ghost, and gets its login in the same breath', async () => {
    // Where it comes to another gateway, it is still of the same site.
    const origin = 'https://chat.example';
    gateway = await startRoomGateway({ allowOrigins: [origin] }, {});
    const first = await join('ann', { origin });
    await drop(first);
    const anew = await page({ origin });
    anew.say({ type: 'leave', token: first.token });
    anew.send(login('ann'));
    await anew.expect(ACCEPTED);
    expect(gateway.resumeRegistry.waiting).toBe(0);
  });
});

describe('the control channel of a page (D28)', () => {
  it.each([
    ['not JSON', 'resume'],
    ['no object', '7'],
    ['of no known type', '{"type":"weather"}'],
    ['without its fields', '{"type":"resume"}'],
    ['with a count that is none', '{"type":"received","bytes":-1}'],
    ['before there is anything to resume', '{"type":"received","bytes":0}'],
    ['far too long', JSON.stringify({ type: 'leave', token: 'x'.repeat(60_000) })],
  ])('D28: a message that is %s closes with 1002', async (_what, text) => {
    await start();
    const first = await page();
    first.say(text);
    expect((await first.expectClose()).code).toBe(1002);
  });

  it.each([
    ['a second resume', { type: 'resume', token: 'x', received: 0 }],
    ['a leave behind it', { type: 'leave', token: 'x' }],
  ])('D28: %s closes with 1002', async (_what, again) => {
    await start();
    const { back, reason } = await lost('x', 0);
    expect(reason).toBe('unknown');
    back.say(again);
    expect((await back.expectClose()).code).toBe(1002);
  });

  it.each([
    ['of more than was sent', 1000],
    ['that is not new', 1],
    ['that goes back', 0],
  ])('D28: a count %s closes with 1002', async (_what, count) => {
    await start();
    const { page } = await join('ann');
    page.say({ type: 'received', bytes: count });
    expect((await page.expectClose()).code).toBe(1002);
  });

  it('D28: names no token in any line of the log', async () => {
    const lines: string[] = [];
    gateway = await startRoomGateway({ logLevel: 'trace' }, {}, (line) => void lines.push(line));
    const first = await join('ann');
    await drop(first);
    const { token } = await (await resume(first.token, first.page.received)).told('resumed');
    await lost('a made-up token', 0);
    const log = lines.join('');
    expect(log).toContain('connection resumed');
    for (const secret of [first.token, token as string, 'a made-up token']) expect(log).not.toContain(secret);
  });
});

describe('a private connection of a page (D28)', () => {
  /** Establishes a private connection between a page and bob. */
  const privately = async () => {
    const ann = await join('ann');
    const bob = await joinNative('bob');
    ann.page.send(requestPrivate('ann', 'bob'));
    await bob.expect(requestPrivate('ann', 'bob'));
    bob.send(okPrivate('ann', 'bob'));
    const head = idPrivate('ann', 'bob', 0).slice(0, -8);
    await bob.expect(head);
    const id = Buffer.from(await bob.read(4), 'hex').readInt32BE();
    const [endpoint, other] = [await page(), await native()];
    endpoint.send(loginPrivate(id));
    const token = await endpoint.token();
    other.send(loginPrivate(id));
    await endpoint.expect(ESTABLISHED);
    await other.expect(ESTABLISHED);
    return { endpoint, token, other };
  };

  it('D21, D28: goes on where it was, ends of writing included, on either side of the cut', async () => {
    await start();
    const { endpoint, token, other } = await privately();
    endpoint.send('aabb');
    endpoint.end();
    await other.expect('aabb');
    await other.expectEnd();
    endpoint.reset();
    await expect.poll(() => gateway.resumeRegistry.waiting, { interval: 1 }).toBe(1);
    other.send('ccdd');
    other.end();
    const back = await resume(token, endpoint.received);
    expect(await back.told('resumed')).toMatchObject({ received: 5 + 2 + 1 });
    await back.expect('ccdd');
    await back.expectEnd();
    back.end();
    expect((await back.expectClose()).code).toBe(1000);
    await expect.poll(() => gateway.chat.endpoints.size, { interval: 1 }).toBe(0);
  });

  it('D21, D28: breaks the other side when the grace passes', async () => {
    await start({ resumeGrace: 50 });
    const { endpoint, token, other } = await privately();
    endpoint.reset();
    await expect(other.expectClose()).rejects.toThrow('ECONNRESET');
    expect((await lost(token, endpoint.received)).reason).toBe('too late');
  });

  it('D28: says what it got of what the page sends, at once when it is much', async () => {
    await start();
    const { endpoint, other } = await privately();
    endpoint.send('ee'.repeat(40_000));
    await other.expect('ee'.repeat(40_000));
    expect((await endpoint.told('received'))['bytes']).toBe(5 + 40_000);
  });

  it('D20, D28: is ended when its page takes nothing for too long, though it reads', async () => {
    const clock = new ManualClock();
    gateway = await startTestGateway({}, { relayStall: 3_000 }, clock);
    const { endpoint, other } = await privately();
    other.send('dd'.repeat(900_000));
    await expect.poll(() => endpoint.received, { interval: 1 }).toBeGreaterThan(256 * 1024);
    clock.advance(3_000);
    endpoint.say({ type: 'received', bytes: 250_000 });
    await expect.poll(() => endpoint.received, { interval: 1 }).toBeGreaterThan(300 * 1024);
    clock.advance(3_000);
    expect(endpoint.socket.readyState).toBe(WebSocket.OPEN);
    clock.advance(2_000);
    await expect.poll(() => endpoint.socket.readyState, { interval: 1 }).toBe(WebSocket.CLOSED);
    await expect(other.expectClose()).rejects.toThrow('ECONNRESET');
  });
});
