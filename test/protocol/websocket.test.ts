import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { ACCEPTED, bytes, login, message, privateMessage } from '../support/raw-hex.ts';
import { expectClosed, leave, SENTENCE, useRoom } from '../support/raw-room.ts';
import { connectRaw } from '../support/connect-raw.ts';
import { connectPage } from '../support/raw-page.ts';
import { type RawWebSocket, connectRawWebSocket } from '../support/raw-websocket.ts';
import { readCloseCode, upgradeByHand, upgradeRequest } from '../support/raw-upgrade.ts';
import { startRoomGateway } from '../support/room-gateway.ts';
import { UNLIMITED } from '../support/unlimited.ts';

const KIB_64 = 64 * 1024;

describe('WebSocket messages', () => {
  const room = useRoom('websocket');

  /** Connects a WebSocket peer, identified as alice. */
  async function joinAlice(gateway = room.gateway): Promise<RawWebSocket> {
    const { host, port } = gateway.addresses.http;
    const alice = await connectRawWebSocket(`ws://${host}:${port}/ws`);
    alice.send(login('alice'));
    await alice.expect(ACCEPTED);
    return alice;
  }

  it('D24: commands may share a message, and a message may hold half a command', async () => {
    const alice = await joinAlice();
    const [one, two] = [message('alice', 'one'), message('alice', 'two')];
    alice.sendPieces([one + two.slice(0, 8), two.slice(8, 20), two.slice(20) + one]);
    await alice.expect(one + two + one);
    await leave(alice);
  });

  it('D24: a message in many WebSocket fragments is one message, and an empty fragment ends nothing', async () => {
    const alice = await joinAlice();
    const hello = bytes(message('alice', 'hello'));
    alice.socket.send(new Uint8Array(0), { fin: false });
    for (const byte of hello) alice.socket.send(Buffer.of(byte), { fin: false });
    alice.socket.send(new Uint8Array(0), { fin: true });
    await alice.expect(message('alice', 'hello'));
    await leave(alice);
  });

  it.each([
    ['a text message', 'hello'],
    ['an empty text message', ''],
    ['a JSON text message, which only chaton.web.v1 has (D28)', '{"type":"who"}'],
    ['a text message that spells a command', '\x00\x00\x00\x00\x03bob'],
  ])('D24, D5: %s closes with 1003, after all that was correct', async (_title, text) => {
    const alice = await joinAlice();
    const bob = await room.join('bob');
    alice.send(message('alice', 'before'));
    alice.socket.send(text);
    alice.send(message('alice', 'after'));
    await alice.expect(message('alice', 'before'));
    await expectClosed(alice, 1003);
    await bob.expect(message('alice', 'before'));
    await leave(bob);
  });

  it('D26: a message of exactly 64 KiB is taken', async () => {
    const alice = await joinAlice();
    const full = message('alice', 'x'.repeat(1024));
    const count = Math.floor(KIB_64 / bytes(full).length);
    const rest = KIB_64 - count * bytes(full).length - bytes(message('alice', '')).length;
    const all = bytes(full.repeat(count) + message('alice', 'y'.repeat(rest)));
    expect(all.length).toBe(KIB_64);
    alice.send(all);
    await alice.expect(all.toString('hex'));
    await leave(alice);
  });

  it('D26, D5: a message of one byte more closes with 1009, after all that was correct', async () => {
    const alice = await joinAlice();
    alice.send(message('alice', 'before'));
    alice.send(new Uint8Array(KIB_64 + 1));
    await alice.expect(message('alice', 'before'));
    await expectClosed(alice, 1009);
  });

  it('D24, D26: fragments that add up to more than 64 KiB close with 1009, after all that came before', async () => {
    const alice = await joinAlice();
    const said = message('alice', 'x'.repeat(1024));
    const count = Math.floor(KIB_64 / bytes(said).length);
    for (let i = 0; i <= count; i++) alice.socket.send(bytes(said), { fin: false });
    await alice.expect(said.repeat(count));
    await expectClosed(alice, 1009);
  });

  it('D26: a frame that announces 1 GB closes with 1009 at its header, before its body', async () => {
    const socket = await upgradeByHand(room.gateway);
    socket.write(bytes('82 ff 0000000040000000 00000000'));
    expect(await readCloseCode(socket)).toBe(1009);
    socket.destroy();
  });

  it.each([
    ['an unmasked frame', '82 01 00'],
    ['a reserved bit', 'c2 81 00000000 00'],
    ['an unknown WebSocket opcode', '83 80 00000000'],
    ['a continuation of nothing', '80 80 00000000'],
    ['a control frame in two', '09 80 00000000'],
  ])('D26: a frame that is not WebSocket closes with 1002: %s', async (_title, frame) => {
    const socket = await upgradeByHand(room.gateway);
    socket.write(bytes(frame));
    expect(await readCloseCode(socket)).toBe(1002);
    socket.destroy();
  });

  it('D25: both ends of writing close with 1000', async () => {
    const alice = await joinAlice();
    alice.end();
    await alice.expectEnd();
    expect((await alice.expectClose()).code).toBe(1000);
  });

  it('D25: data after the end of writing closes with 1002', async () => {
    const alice = await joinAlice();
    // All of it is written in this tick: the gateway finds the end of writing and the rest in one read.
    alice.send(message('alice', 'before'));
    alice.end();
    alice.send(message('alice', 'after'));
    await alice.expect(message('alice', 'before'));
    await expectClosed(alice, 1002);
  });

  it('D5, D28: a page that breaks the rules of the control channel is closed with 1002, after all that was correct', async () => {
    const page = await connectPage(room.gateway);
    page.send(login('alice') + message('alice', 'before'));
    page.say('hello');
    page.send(message('alice', 'after'));
    await page.expect(ACCEPTED + message('alice', 'before'));
    await expectClosed(page, 1002);
    await room.join('alice');
  });

  it('D5, D24: who ends its TCP connection behind a fault is still sent what is due, and the reason', async () => {
    const socket = await upgradeByHand(room.gateway);
    const said = message('bob', 'before');
    socket.end(bytes(frame(login('bob') + said) + '81 80 00000000'));
    const all = await buffer(socket);
    expect(all.toString('hex')).toContain(said);
    expect(all.toString('latin1')).toMatch(/\x88.\x03\xebtext messages are not part of chaton\.v1$/s);
  });

  it('D9, D25: a client that closes with no end of writing is gone, and its name is free', async () => {
    const alice = await joinAlice();
    alice.socket.close(1000);
    await alice.expectClose();
    await room.join('alice');
  });

  it.each([
    ['closes', '88 82 00000000 03e8'],
    ['breaks the rules of WebSocket', '83 80 00000000'],
  ])(
    'D9: a client that %s is gone, and its name is free, though it keeps its connection open',
    async (_, frame) => {
      const { host, port } = room.gateway.addresses.http;
      const socket = connect({ host, port, allowHalfOpen: true });
      socket.write(upgradeRequest(host));
      await once(socket, 'data');
      socket.write(bytes('82 8a 00000000' + login('alice')));
      await once(socket, 'data');
      socket.write(bytes(frame));
      await once(socket, 'end');
      await room.join('alice');
      socket.destroy();
    },
  );

  it('D9, D25: who ends its TCP connection without a close is still sent what was queued, whatever is said then', async () => {
    const patient = { ...UNLIMITED, maxOutboxBytes: 2 ** 28 };
    const gateway = await startTestGateway({}, patient);
    try {
      const bob = await upgradeByHand(gateway);
      bob.write(bytes('82 88 00000000' + login('bob')));
      await once(bob, 'data');
      bob.pause();
      const alice = await connectRaw(gateway, 'tcp');
      alice.send(login('alice'));
      await alice.expect(ACCEPTED);
      const whisper = bytes(privateMessage('alice', 'bob', 'x'.repeat(1000)));
      const queued = Buffer.alloc(10_000 * whisper.length, whisper);
      const said = message('alice', 'said');
      // The gateway reads the end of writing before it answers the second message.
      const say = async () => {
        alice.send(said);
        await alice.expect(said);
      };
      alice.send(queued);
      await say();
      await new Promise<void>((sent) => bob.end(sent));
      for (let i = 0; i < 3; i++) await say();
      expect((await buffer(bob)).length).toBeGreaterThan(queued.length);
      alice.reset();
    } finally {
      await gateway.stop();
    }
  });

  it.each([
    ['1002', (alice: RawWebSocket) => alice.send('ff')],
    ['1003', (alice: RawWebSocket) => alice.socket.send('secret-text')],
    ['1008', (alice: RawWebSocket) => alice.send(message('mallory', 'x').repeat(101))],
    ['1009', (alice: RawWebSocket) => alice.send(new Uint8Array(KIB_64 + 1))],
  ])('D26: %s comes with a short English sentence, without user data', async (code, provoke) => {
    const alice = await joinAlice();
    provoke(alice);
    await expectSentence(alice, Number(code));
  });

  it('D26: 1001 comes with a short English sentence, without user data', async () => {
    const gateway = await startRoomGateway({}, {});
    const alice = await joinAlice(gateway);
    const stopped = gateway.stop();
    await expectSentence(alice, 1001);
    await stopped;
  });
});

/** A masked frame of a short binary message. */
function frame(hex: string): string {
  return `82 ${(0x80 + bytes(hex).length).toString(16)} 00000000 ${hex}`;
}

/** Waits for a close with this code, whose reason is a sentence. */
async function expectSentence(alice: RawWebSocket, code: number): Promise<void> {
  const closing = await alice.expectClose();
  expect(closing.code).toBe(code);
  expect(closing.reason).toMatch(SENTENCE);
  expect(closing.reason).not.toMatch(/alice|mallory|secret|127\.0\.0\.1/);
}
