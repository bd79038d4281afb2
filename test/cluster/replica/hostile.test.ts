/** What somebody writes to the log, or answers, who is no gateway: every node passes over it alike, and says so. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCommand, encodeRecord, RecordType } from '../../../server/cluster/records.ts';
import { ACCEPTED, login, loginPrivate, message, okPrivate, requestPrivate } from '../../support/raw-hex.ts';
import type { Writer } from '../../../server/cluster/replicated-log.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { twoNodes } from './two-nodes.ts';

const TYPES = Object.values(RecordType);
const name = { incarnation: 'ab'.repeat(8), session: 1 };
/** Records as a gateway writes them, to be cut short. JOIN, NODE_LEFT and DEAD are left out: whole, they do what they say. */
const WHOLE = [
  encodeRecord({ type: RecordType.SESSION_GONE, session: 99 }),
  encodeRecord({ type: RecordType.EXPEL, target: name }),
  encodeRecord({ type: RecordType.FREED, target: name }),
  encodeRecord({ type: RecordType.BAN, ban: { kind: 'login', value: 'nobody', until: 1 } }),
  encodeRecord({ type: RecordType.FORGET, logins: ['nobody'] }),
  encodeRecord({
    type: RecordType.LEAVE_FORMER,
    session: 99,
    digest: new Uint8Array(32),
    site: 'https://a.b',
  }),
];
const cut = fc
  .constantFrom(...WHOLE)
  .chain((whole) =>
    fc.integer({ min: 0, max: whole.length - 1 }).map((length) => Uint8Array.from(whole.subarray(0, length))),
  );
const json = (type: number) =>
  fc.json().map((text) => Uint8Array.from([type, ...new TextEncoder().encode(text)]));
const noise = fc
  .tuple(
    fc.constantFrom(...TYPES.filter((type) => type !== RecordType.NODE_LEFT), 0, 200),
    fc.uint8Array({ maxLength: 60 }),
  )
  .map(([type, bytes]) => Uint8Array.from([type, ...bytes]));
/** Commands of sessions that nobody has, with heads that do not fit them. */
const command = fc
  .record({
    session: fc.constantFrom(7, 8, 9, 2 ** 32 - 1),
    isFirst: fc.boolean(),
    longSize: fc.constantFrom(4, 8),
    isAllowed: fc.boolean(),
    key: fc.constant(null),
    seed: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
    network: fc.constantFrom(null, '0123456789abcdef'),
  } as const)
  .chain((head) =>
    fc
      .constantFrom(
        login('mal'),
        message('mal', 'x'),
        requestPrivate('mal', 'alice'),
        okPrivate('alice', 'mal'),
        loginPrivate(1),
        `${login('mal')}${loginPrivate(1)}`,
        login('mal').slice(0, 4),
        '',
      )
      .map((hex) => Uint8Array.from(encodeCommand(head, Buffer.from(hex, 'hex')))),
  );
const record = fc.oneof(
  command,
  cut,
  noise,
  json(RecordType.JOIN),
  json(RecordType.BAN),
  json(RecordType.FORGET),
);

describe('records that no gateway has written', () => {
  it('of any size and content: both nodes go on, in the same state', { timeout: 120_000 }, async () => {
    const { cluster, one, other, alice, bob } = await twoNodes();
    let said = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 8 }), async (records) => {
        const writer = one.log as Writer;
        for (const bytes of records) writer.propose(bytes);
        alice.send(message('alice', `${++said}`));
        await cluster.flow();
        // The sessions that nobody has may say things.
        expect(bob.taken()).toContain(message('alice', `${said}`));
        alice.taken();
        expect(one.troubles).toEqual(other.troubles);
      }),
      { numRuns: 200 },
    );
    expect([one.losses, other.losses]).toEqual([[], []]);
    expect(new Set(one.troubles)).toEqual(new Set(['record']));
  });
});

describe('a node that joins', () => {
  it.each([
    ['is no JSON', 'x'],
    ['is null', 'null'],
    ['is no state', '{"limits":{},"bans":7}'],
  ])('gets a state that %s: it says so, and tries again', async (_what, text) => {
    const { cluster, alice } = await twoNodes();
    cluster.engine.forged = Buffer.from(text);
    const third = cluster.start();
    await cluster.run(5_000);
    expect(await third.started).toBe('live');
    expect(third.troubles).toEqual(['join']);
    const carol = third.connect();
    carol.send(login('carol'));
    carol.send(message('carol', 'hello'));
    await cluster.flow();
    expect(carol.taken()).toContain(ACCEPTED);
    expect(alice.taken()).toContain(message('carol', 'hello'));
  });

  it('has the name of another one: all say so, and both are there', async () => {
    const cluster = new MemoryCluster();
    const one = cluster.start({}, undefined, 'twin');
    await cluster.run(6_000);
    const other = cluster.start({}, undefined, 'twin');
    await cluster.run(2_000);
    expect([one.troubles, other.troubles]).toEqual([['name'], ['name']]);
    expect(cluster.live).toHaveLength(2);
  });
});
