import { describe, expect, it } from 'vitest';
import { ACCEPTED, bytes, login, message, privateMessage, REFUSED } from '../support/raw-hex.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { describeOverEachTransport, leave, useRoom } from '../support/raw-room.ts';
import { nodesOf } from '../support/room-gateway.ts';

const EACH = 150;

/** Texts of one length, so that a stream can be cut back into messages without a decoder. */
const text = (i: number): string => `message number ${String(i).padStart(4, '0')}`;
const LENGTH = bytes(message('s0', text(0))).length;

/** Cuts a buffer into pieces of the given sizes in turn. */
function cut(buffer: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < buffer.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(buffer.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Expects that all listeners get all messages in one order, while every peer sends at the same time. */
async function expectOneOrder(
  senders: readonly RawConnection[],
  listeners: readonly RawConnection[],
): Promise<void> {
  const sent = senders.map((_, s) => Array.from({ length: EACH }, (_unused, i) => message(`s${s}`, text(i))));
  const streams = sent.map((messages, s) => cut(bytes(messages.join('')), [40 + s, 97, 13, 211 - s]));
  for (let i = 0; streams.some((pieces) => i < pieces.length); i++) {
    streams.forEach((pieces, s) => pieces[i] && senders[s]?.send(pieces[i] ?? ''));
    if (i % 10 === 0) await new Promise(setImmediate);
  }
  const total = senders.length * EACH * LENGTH;
  const seen = await Promise.all([...senders, ...listeners].map((peer) => peer.read(total)));
  expect(new Set(seen).size, 'one common order').toBe(1);
  const order = seen[0]?.match(new RegExp(`.{${LENGTH * 2}}`, 'g')) ?? [];
  sent.forEach((messages) => {
    const own = new Set(messages);
    expect(order.filter((one) => own.has(one))).toEqual(messages);
  });
  await leave(...senders, ...listeners);
}

describeOverEachTransport('order', (room) => {
  it('D14: broadcasts of concurrent senders reach everyone in one common order', async () => {
    const senders = await Promise.all([0, 1, 2, 3].map((s) => room.join(`s${s}`)));
    const listeners = await Promise.all(['x', 'y', 'z'].map((name) => room.join(name)));
    await expectOneOrder(senders, listeners);
  });

  it('D14: broadcasts and private messages of one sender keep their order at the recipient', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    const carol = await room.join('carol');
    const rounds = Array.from({ length: 100 }, (_, i) => [
      message('alice', `b${i}`),
      privateMessage('alice', 'bob', `p${i}`),
      message('alice', `b${i} again`),
      privateMessage('alice', 'carol', `q${i}`),
      privateMessage('alice', 'bob', `p${i} again`),
    ]);
    alice.sendPieces(cut(bytes(rounds.flat().join('')), [50, 7, 333]));
    await alice.expect(rounds.flatMap(([b, , b2]) => [b, b2]).join(''));
    await bob.expect(rounds.flatMap(([b, p, b2, , p2]) => [b, p, b2, p2]).join(''));
    await carol.expect(rounds.flatMap(([b, , b2, q]) => [b, b2, q]).join(''));
    await leave(alice, bob, carol);
  });

  it('D14: one after the other at their senders, one after the other everywhere', async () => {
    const alice = await room.join('alice');
    const bob = await room.join('bob');
    for (let i = 0; i < 20; i++) {
      alice.send(message('alice', `question ${i}`));
      await bob.expect(message('alice', `question ${i}`));
      bob.send(privateMessage('bob', 'alice', `aside ${i}`) + message('bob', `answer ${i}`));
      await alice.expect(
        message('alice', `question ${i}`) +
          privateMessage('bob', 'alice', `aside ${i}`) +
          message('bob', `answer ${i}`),
      );
      await bob.expect(message('bob', `answer ${i}`));
    }
    await leave(alice, bob);
  });
});

describeOverEachTransport('answers among the messages of others', (room) => {
  it('§1: several refusals in the same moment as a message, to a connection that does not get it', async () => {
    const alice = await room.join('alice');
    const comer = await room.connect();
    alice.send(message('alice', 'hello'));
    comer.send(login('alice').repeat(3));
    alice.send(message('alice', 'again'));
    await comer.expect(REFUSED.repeat(3));
    alice.send(message('alice', 'welcome'));
    // Over several gateways what two connections send has no order of its own.
    if (nodesOf(room.gateway).length > 1) await room.barrier();
    comer.send(login('alice').repeat(2) + login('bob'));
    await comer.expect(REFUSED.repeat(2) + ACCEPTED);
    await alice.expect(message('alice', 'hello') + message('alice', 'again') + message('alice', 'welcome'));
    await leave(comer, alice);
  });
});

describe('order, over both transports at once', () => {
  const room = useRoom();

  it('D14: broadcasts of concurrent senders reach everyone in one common order', async () => {
    const senders = await Promise.all(
      [0, 1, 2, 3].map((s) => room.join(`s${s}`, s % 2 ? 'websocket' : 'tcp')),
    );
    const listeners = [await room.join('x', 'tcp'), await room.join('y', 'websocket')];
    await expectOneOrder(senders, listeners);
  });
});
