import { describe, expect, it } from 'vitest';
import {
  ACCEPTED,
  koPrivate,
  login,
  loginPrivate,
  message,
  okPrivate,
  privateMessage,
  REFUSED,
  requestPrivate,
} from '../../support/raw-hex.ts';
import type { MemoryStream } from '../../support/memory-stream.ts';
import { RecordType } from '../../../server/cluster/records.ts';
import type { MemoryNode } from './memory-cluster.ts';
import { negotiate, twoNodes } from './two-nodes.ts';

/** Moments at which a connection ends otherwise than by the end of writing. */
const ENDS: ReadonlyArray<readonly [when: string, before: (stream: MemoryStream) => void]> = [
  ['at once', () => {}],
  ['behind its end of writing', (stream) => stream.sendEnd()],
];

describe('a room on two nodes', () => {
  it('D11, D14: what is said at either is heard at both, the echo included, in one order', async () => {
    const { cluster, alice, bob } = await twoNodes();
    for (let i = 0; i < 5; i++) {
      alice.send(message('alice', `a${i}`));
      bob.send(message('bob', `b${i}`));
    }
    await cluster.flow();
    const heard = alice.taken();
    expect(bob.taken()).toBe(heard);
    expect(heard.length).toBe(10 * message('bob', 'b0').length + 5 * 4);
  });

  it('D8, D9: a login is taken once, by whoever is first in the log, in whichever spelling', async () => {
    const { cluster, one, other } = await twoNodes();
    const first = one.connect();
    const second = other.connect();
    first.send(login('zo\u00e9'));
    await cluster.flow();
    second.send(login('zoe\u0301'));
    await cluster.flow();
    expect([first.taken(), second.taken()]).toEqual([ACCEPTED, REFUSED]);
    first.sendEnd();
    await cluster.flow();
    expect(first.ended).toBe(true);
    second.send(login('zoe\u0301'));
    await cluster.flow();
    expect(second.taken()).toBe(ACCEPTED);
  });

  it('D9: a client that ends its writing hears every echo, and its login is free at once', async () => {
    const { cluster, one, other, bob } = await twoNodes();
    const quick = one.connect();
    quick.send(login('quick') + message('quick', 'bye'));
    quick.sendEnd();
    await cluster.flow();
    expect(quick.taken()).toBe(ACCEPTED + message('quick', 'bye'));
    expect(quick.ended).toBe(true);
    expect(bob.taken()).toBe(message('quick', 'bye'));
    const again = other.connect();
    again.send(login('quick'));
    await cluster.flow();
    expect(again.taken()).toBe(ACCEPTED);
  });

  it.each(ENDS)(
    'D9: a client that closes its WebSocket is answered when its login is free everywhere: %s',
    async (_when, before) => {
      const { cluster, one, other, bob } = await twoNodes();
      const quick = one.connect();
      quick.send(login('quick') + message('quick', 'bye'));
      before(quick);
      quick.sendCloseFrame();
      expect(quick.isLost).toBe(false);
      await cluster.flow();
      expect(quick.isLost).toBe(true);
      expect(bob.taken()).toBe(message('quick', 'bye'));
      const again = other.connect();
      again.send(login('quick'));
      await cluster.flow();
      expect(again.taken()).toBe(ACCEPTED);
    },
  );

  it.each([
    ['by a close frame', (stream: MemoryStream) => stream.sendCloseFrame()],
    ['broken off', (stream: MemoryStream) => stream.lose()],
  ])(
    'D21: the second connection of a pair that ends before its turn leaves nothing behind: %s',
    async (_how, end) => {
      const { cluster, one, alice, bob } = await twoNodes();
      const id = await negotiate(cluster, alice, bob);
      const first = one.connect();
      first.send(loginPrivate(id));
      await cluster.flow();
      const second = one.connect();
      second.send(loginPrivate(id));
      end(second);
      await cluster.flow();
      expect([first.aborted === null, second.isLost]).toEqual([false, true]);
      expect([one.chat.connections.size, one.chat.endpoints.size]).toEqual([1, 0]);
    },
  );

  it('D5: what comes before an unreadable command counts, and is answered before the end', async () => {
    const { cluster, one, bob } = await twoNodes();
    const broken = one.connect();
    broken.send(login('broken') + message('broken', 'so far') + '7f');
    await cluster.flow();
    expect(broken.taken()).toBe(ACCEPTED + message('broken', 'so far'));
    expect(broken.closed?.kind).toBe('unreadable');
    expect(bob.taken()).toBe(message('broken', 'so far'));
  });

  it.each(ENDS)(
    'D5, D24, D25: what comes before a fault of the transport counts, and is answered before the close: %s',
    async (_when, before) => {
      const { cluster, one, other, bob } = await twoNodes();
      const broken = one.connect();
      broken.send(login('broken') + message('broken', 'so far'));
      before(broken);
      broken.breakRules('no such frame');
      broken.send(message('broken', 'too late'));
      expect(broken.closed).toBeNull();
      await cluster.flow();
      expect(broken.taken()).toBe(ACCEPTED + message('broken', 'so far'));
      expect(broken.closed).toEqual({ kind: 'unreadable', reason: 'no such frame' });
      expect(broken.ended).toBe(false);
      expect(bob.taken()).toBe(message('broken', 'so far'));
      const again = other.connect();
      again.send(login('broken'));
      await cluster.flow();
      expect(again.taken()).toBe(ACCEPTED);
    },
  );

  it.each([
    ['a fault of the transport', (stream: MemoryStream) => stream.breakRules('no such frame')],
    ['an unreadable command', (stream: MemoryStream) => stream.send('7f')],
    ['its end of writing', (stream: MemoryStream) => stream.sendEnd()],
  ])('D5, D6: an end by what it did comes before that by %s behind it', async (_what, end) => {
    const { cluster, alice } = await twoNodes();
    alice.send(message('mallory', 'x').repeat(101));
    end(alice);
    await cluster.flow();
    expect(alice.closed?.kind).toBe('not-allowed');
    expect(alice.ended).toBe(false);
  });

  it('D7: the tenth refusal closes the connection, and nothing that came behind it counts', async () => {
    const { cluster, other } = await twoNodes();
    const stubborn = other.connect();
    stubborn.send(login('alice').repeat(10) + login('free') + message('free', 'no'));
    await cluster.flow();
    expect(stubborn.taken()).toBe(REFUSED.repeat(10));
    expect(stubborn.closed?.reason).toBe('too many refused logins');
    expect(cluster.said).toEqual([]);
  });

  it('§2, §3: private messages, requests and refusals reach their one target', async () => {
    const { cluster, alice, bob } = await twoNodes();
    alice.send(privateMessage('alice', 'bob', 'psst'));
    alice.send(requestPrivate('alice', 'bob'));
    await cluster.flow();
    expect(bob.taken()).toBe(privateMessage('alice', 'bob', 'psst') + requestPrivate('alice', 'bob'));
    bob.send(koPrivate('alice', 'bob'));
    await cluster.flow();
    expect(alice.taken()).toBe(koPrivate('alice', 'bob'));
    // Consumed by the first (D16).
    bob.send(okPrivate('alice', 'bob'));
    await cluster.flow();
    expect(alice.taken() + bob.taken()).toBe('');
  });

  it('D15, D17: a request lapses, and a connect_id, by the time of the log', async () => {
    const { cluster, alice, bob, one } = await twoNodes();
    const id = await negotiate(cluster, alice, bob);
    const waiting = one.connect();
    waiting.send(loginPrivate(id));
    await cluster.run(3 * 60_000 + 2_000);
    expect(waiting.closed?.reason).toBe('the connect_id lapsed');
    expect(one.chat.negotiation.liveIds).toBe(0);
    alice.send(requestPrivate('alice', 'bob'));
    await cluster.run(5 * 60_000 + 2_000);
    bob.taken();
    bob.send(okPrivate('alice', 'bob'));
    await cluster.flow();
    expect(bob.taken()).toBe('');
  });

  it('D18: wrong connect_ids of one network are counted over all nodes', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    for (let i = 0; i < 10; i++) {
      const guess = (i % 2 === 0 ? one : other).connect();
      guess.send(loginPrivate(i));
      await cluster.flow();
      expect(guess.closed?.reason).toBe('the connect_id is unknown, lapsed or used');
    }
    const id = await negotiate(cluster, alice, bob);
    const refused = one.connect();
    refused.send(loginPrivate(id));
    const elsewhere = one.connect({ network: '192.0.2.2' });
    elsewhere.send(loginPrivate(id));
    await cluster.flow();
    expect(refused.closed?.reason).toContain('too many wrong connect_ids');
    expect(elsewhere.closed).toBeNull();
  });

  it('D3: a burst of commands from both nodes is carried out in the same way at both', async () => {
    const { cluster, one, other } = await twoNodes();
    const all = [one, other].flatMap((node, i) =>
      Array.from({ length: 20 }, (_, k) => {
        const stream = node.connect();
        stream.send(login(`u${(7 * k + i) % 25}`) + message(`u${(7 * k + i) % 25}`, 'hi'));
        return stream;
      }),
    );
    await cluster.flow();
    const answers = all.map((stream) => stream.taken().slice(0, 2));
    expect(answers.filter((answer) => answer === ACCEPTED)).toHaveLength(25);
    expect(answers.filter((answer) => answer === REFUSED)).toHaveLength(15);
  });
});

describe('the operator, over all nodes', () => {
  it('is not told that pages of others have a notice which the log has not brought back', async () => {
    const { cluster, one, other } = await twoNodes();
    const answerTo = async (text: string) => {
      const answer = one.operators.notice(text);
      await cluster.run(2_500);
      return answer;
    };
    expect(await answerTo('heard')).toEqual([[other.name, 0]]);
    one.cut(true);
    // Taken for dead, and not yet told so, it is heard by nobody: the other one still answers over the mesh.
    await cluster.run(5_000);
    expect(await answerTo('not heard')).toEqual([[other.name, null]]);
    one.cut(false);
    await cluster.run(5_000);
    expect(other.notices).toEqual(['heard']);
  });

  it('a notice, a ban and its end, and an expulsion reach every node', async () => {
    const { cluster, one, other } = await twoNodes();
    const ban = { kind: 'login', value: 'mallory', until: Date.now() + 3_600_000 };
    const bansAt = (...nodes: MemoryNode[]) => nodes.map(({ bans }) => bans.list());
    one.cluster.replica.propose({ type: 8, text: 'hear ye' });
    one.cluster.replica.propose({ type: 6, ban });
    const target = { incarnation: other.cluster.member.incarnation!, session: 1 };
    one.cluster.replica.propose({ type: 9, target });
    await cluster.flow();
    expect([one.notices, other.notices]).toEqual([['hear ye'], ['hear ye']]);
    expect(bansAt(one, other)).toEqual([[ban], [ban]]);
    expect([one.expelled, other.expelled]).toEqual([[], [1]]);
    const third = cluster.start();
    await cluster.run(3_000);
    expect(bansAt(third)).toEqual([[ban]]);
    one.cluster.replica.propose({ type: 7, ban });
    await cluster.flow();
    expect(bansAt(one, other, third)).toEqual([[], [], []]);
  });
});

describe('the history (D28)', () => {
  const texts = ({ chat }: MemoryNode) => chat.history.messages().map(({ text }) => text);

  it('is the same at every node, with the same ages, and so it is at one that joins', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    for (let i = 0; i < 20; i++) {
      alice.send(message('alice', `a${i}`));
      bob.send(message('bob', `b${i}`));
      await cluster.run(100);
    }
    const third = cluster.start();
    await cluster.run(2_000);
    alice.send(message('alice', 'last'));
    await cluster.flow();
    const [first, ...others] = [one, other, third].map(({ chat }) => chat.history.messages());
    expect(others).toEqual([first, first]);
    expect(first).toHaveLength(12);
    expect(texts(third).at(-1)).toBe('last');
    expect(first!.map(({ age }) => age).every((age, i, ages) => i === 0 || age <= ages[i - 1]!)).toBe(true);
    // What is said is forgotten in time, at all of them, though nobody says anything more.
    await cluster.run(6_000);
    expect([one, other, third].map(texts)).toEqual([[], [], []]);
  });

  it('is bounded in bytes, in the state that a node gets as well', async () => {
    const { cluster, one, alice } = await twoNodes();
    for (let i = 0; i < 10; i++) alice.send(message('alice', 'x'.repeat(300)));
    await cluster.flow();
    expect(texts(one)).toHaveLength(3);
    const third = cluster.start();
    await cluster.run(2_000);
    expect(texts(third)).toEqual(texts(one));
  });

  it('forgets at every node what those said who are refused, wherever they are', async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    alice.send(message('alice', 'kept'));
    bob.send(message('bob', 'spam'));
    await cluster.flow();
    expect([one, other].map(texts)).toEqual([
      ['kept', 'spam'],
      ['kept', 'spam'],
    ]);
    other.cluster.replica.propose({ type: RecordType.FORGET, logins: ['bob'] });
    await cluster.flow();
    expect([one, other].map(texts)).toEqual([['kept'], ['kept']]);
  });
});
