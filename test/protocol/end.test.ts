import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { ManualClock, SECOND } from '../support/manual-time.ts';
import { ACCEPTED, login, message, privateMessage, REFUSED } from '../support/raw-hex.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { upgradeByHand, upgradeRequest } from '../support/raw-upgrade.ts';
import { describeOverEachTransport, expectClosed, leave } from '../support/raw-room.ts';

describeOverEachTransport('the end of a connection', (room) => {
  it('D9: printf … | nc -N shows every answer, then the end', async () => {
    const alice = await room.join('alice');
    const nc = await room.connect();
    nc.send(Buffer.from('\x00\x00\x00\x00\x03bob\x03\x00\x00\x00\x03bob\x00\x00\x00\x05hello', 'latin1'));
    nc.end();
    await nc.expect('01 03 00000003 626f62 00000005 68656c6c6f');
    await nc.expectEnd();
    await alice.expect('03 00000003 626f62 00000005 68656c6c6f');
    await leave(alice);
  });

  it('D9, D25: a connection that says nothing and ends its writing is ended, then closed', async () => {
    const peer = await room.connect();
    peer.end();
    await peer.expectEnd();
    const closing = await peer.expectClose();
    if (peer.kind === 'websocket') expect(closing.code).toBe(1000);
  });

  it('D9: refusals and ignored commands before the end are answered as ever', async () => {
    await room.join('alice');
    const bob = await room.connect();
    bob.send(message('bob', 'early') + login('alice') + login('bob') + login('bob') + message('bob', 'hi'));
    bob.end();
    await bob.expect(REFUSED + ACCEPTED + REFUSED + message('bob', 'hi'));
    await bob.expectEnd();
  });

  it('D9: a great many echoes are all delivered before the end', async () => {
    const bob = await room.connect();
    const messages = Array.from({ length: 150 }, (_, i) => message('bob', `${i} ${'x'.repeat(1000)}`));
    bob.send(login('bob'));
    bob.sendPieces(messages);
    bob.end();
    await bob.expect(ACCEPTED + messages.join(''));
    await bob.expectEnd();
  });

  it('D9: what others had sent to a client before it left is delivered before the end', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    const sent = message('alice', 'one') + privateMessage('alice', 'bob', 'two') + message('alice', 'three');
    alice.send(sent);
    await alice.expect(message('alice', 'one') + message('alice', 'three'));
    bob.send(message('bob', 'bye'));
    bob.end();
    await bob.expect(sent + message('bob', 'bye'));
    await bob.expectEnd();
    await alice.expect(message('bob', 'bye'));
    await leave(alice);
  });

  it('D9: half a command before the end is nothing, and what came before it is carried out', async () => {
    const alice = await room.join('alice');
    const bob = await room.connect();
    bob.send(login('bob') + message('bob', 'whole') + message('bob', 'half').slice(0, -2));
    bob.end();
    await bob.expect(ACCEPTED + message('bob', 'whole'));
    await bob.expectEnd();
    await alice.expect(message('bob', 'whole'));
    await leave(alice);
  });

  it('D9: a connection that breaks in the middle of a command disturbs nobody', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    bob.send(message('bob', 'whole') + message('bob', 'half').slice(0, -2));
    await bob.expect(message('bob', 'whole'));
    await alice.expect(message('bob', 'whole'));
    bob.reset();
    alice.send(message('alice', 'still here'));
    await alice.expect(message('alice', 'still here'));
    await leave(alice);
  });

  describe('when the gateway stops', () => {
    it('D26: every client is ended, a WebSocket with 1001 and a reason', async () => {
      const alice = await room.join('alice');
      const silent = await room.connect();
      const stopped = room.gateway.stop();
      await expectClosed(alice, 1001);
      await expectClosed(silent, 1001);
      await stopped;
      await expect(connectRaw(room.gateway, alice.kind)).rejects.toThrow(/ECONNREFUSED/);
    });

    it('D26: what was already queued is delivered first', async () => {
      const alice = await room.join('alice');
      const bob = await room.join('bob');
      bob.send(message('bob', 'last words'));
      await bob.expect(message('bob', 'last words'));
      const stopped = room.gateway.stop();
      await alice.expect(message('bob', 'last words'));
      await expectClosed(alice, 1001);
      await expectClosed(bob, 1001);
      await stopped;
    });
  });
});

describe('when the gateway stops', () => {
  it('D26: it has stopped within 5 s, though a client answers nothing and closes nothing', async () => {
    const clock = new ManualClock();
    const gateway = await startTestGateway({}, {}, clock);
    const deafNative = await connectRaw(gateway, 'tcp');
    deafNative.send(login('deaf'));
    await deafNative.expect(ACCEPTED);
    const deafBrowser = await upgradeByHand(gateway);
    let hasStopped = false;
    const stopped = gateway.stop().then(() => (hasStopped = true));
    await deafNative.expectEnd();
    // The gateway waits first for clients that have not gone: a second is not enough to take one for deaf.
    clock.advance(SECOND);
    await new Promise(setImmediate);
    expect(hasStopped).toBe(false);
    clock.advance(4 * SECOND);
    await stopped;
    deafBrowser.destroy();
  });

  // It fails by time: after 10 s, which no clock of a test makes shorter, a closing handshake ends the connection anyway.
  it(
    'D26: it has stopped within 5 s, though a WebSocket that is closed by both sides keeps its connection',
    { timeout: 8_000 },
    async () => {
      const clock = new ManualClock();
      const gateway = await startTestGateway({}, {}, clock);
      const { host, port } = gateway.addresses.http;
      const browser = connect({ host, port, allowHalfOpen: true });
      browser.write(upgradeRequest(`${host}:${port}`));
      await once(browser, 'data');
      const told = once(browser, 'data');
      let hasStopped = false;
      const stopped = gateway.stop().then(() => (hasStopped = true));
      expect(((await told) as [Buffer])[0].toString('hex').slice(0, 2)).toBe('88');
      const ended = once(browser.resume(), 'end');
      browser.write(Buffer.from('888200000000' + '03e9', 'hex'));
      await ended;
      expect(hasStopped).toBe(false);
      clock.advance(5 * SECOND);
      await stopped;
      browser.destroy();
    },
  );
});
