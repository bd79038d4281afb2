/** Bans of gateways that were apart: whoever knows of the later change wins, whichever comes back to whom. */
import { describe, expect, it } from 'vitest';
import { Bans } from '../../../server/admin/bans.ts';
import { RecordType } from '../../../server/cluster/records.ts';
import { dice, pick } from '../../support/random.ts';
import { MemoryCluster, type MemoryNode } from './memory-cluster.ts';

const HOUR = 3_600_000;
const START = 1_800_000_000_000;
/** The wall clock of all gateways but those that have one of their own. */
let now = START;
const clock = () => now;
const later = () => now + HOUR;

/** Bans as a gateway finds them in the file that it left. */
const fileOf = ({ bans }: MemoryNode) => new Bans(bans.list(), clock, bans.changes());
/** Bans of a gateway that was never one of several. */
const ownFile = (...logins: string[]) =>
  new Bans(
    logins.map((value) => ({ kind: 'login', value, until: later() })),
    clock,
  );
const bannedAt = (...nodes: MemoryNode[]) =>
  nodes.map(({ bans }) =>
    bans
      .list()
      .map(({ value }) => value)
      .toSorted(),
  );

async function nodesOf(...files: Bans[]): Promise<[MemoryCluster, ...MemoryNode[]]> {
  now = START;
  const cluster = new MemoryCluster();
  const nodes: MemoryNode[] = [];
  for (const file of files) {
    nodes.push(cluster.start({}, file));
    await cluster.run(6_000);
  }
  return [cluster, ...nodes];
}

async function restart(cluster: MemoryCluster, file: Bans): Promise<MemoryNode> {
  const node = cluster.start({}, file);
  await cluster.run(6_000);
  return node;
}

describe('a gateway that was away', () => {
  it('lets in whom the operator of another has let in meanwhile, however old its file', async () => {
    const [cluster, one, other] = await nodesOf(ownFile(), ownFile());
    one!.ban('mallory', later());
    one!.ban('trudy', later());
    await cluster.flow();
    expect(bannedAt(one!, other!)).toEqual([
      ['mallory', 'trudy'],
      ['mallory', 'trudy'],
    ]);
    await other!.stop();
    expect(one!.unban('mallory')).toBe(true);
    one!.ban('eve', later());
    await cluster.flow();
    const back = await restart(cluster, fileOf(other!));
    expect(bannedAt(one!, back)).toEqual([
      ['eve', 'trudy'],
      ['eve', 'trudy'],
    ]);
    // The file that it keeps now says so as well, to whoever begins a room with it.
    await Promise.all([one!.stop(), back.stop()]);
    expect(bannedAt(await restart(cluster, fileOf(back)))).toEqual([['eve', 'trudy']]);
  });

  it('says so to the room when it knows better, since that was founded by one that was away longer', async () => {
    const [cluster, one, other] = await nodesOf(ownFile('mallory', 'trudy'), ownFile());
    await other!.stop();
    one!.unban('mallory');
    one!.ban('eve', later());
    await cluster.flow();
    await one!.stop();
    const founder = await restart(cluster, fileOf(other!));
    expect(bannedAt(founder)).toEqual([['mallory', 'trudy']]);
    const back = await restart(cluster, fileOf(one!));
    expect(bannedAt(founder, back)).toEqual([
      ['eve', 'trudy'],
      ['eve', 'trudy'],
    ]);
  });

  it('brings in bans of its own that no room has heard of, and none that has run out', async () => {
    const [cluster, one] = await nodesOf(ownFile('trudy'));
    one!.ban('short', now + 1_000);
    // An unban of the same login, long ago, is no word about a ban that the room never saw.
    one!.ban('mallory', later());
    one!.unban('mallory');
    await cluster.flow();
    const alone = ownFile('mallory');
    now += 2_000;
    const joined = await restart(cluster, alone);
    expect(bannedAt(one!, joined)).toEqual([
      ['mallory', 'trudy'],
      ['mallory', 'trudy'],
    ]);
  });

  it('a ban that was shortened, and has run out, does not come back with the longer copy', async () => {
    const [cluster, one, other] = await nodesOf(ownFile(), ownFile());
    one!.ban('mallory', now + 10 * HOUR);
    await cluster.flow();
    await other!.stop();
    one!.ban('mallory', now + HOUR);
    await cluster.flow();
    now += 2 * HOUR;
    one!.bans.forgetEnded();
    const back = await restart(cluster, fileOf(other!));
    expect(bannedAt(one!, back)).toEqual([[], []]);
    now += 10 * HOUR;
    for (const { bans } of [one!, back]) bans.forgetEnded();
    // Nobody can have a copy of it any more.
    expect([one!.bans.changes(), back.bans.changes()]).toEqual([[], []]);
  });

  it.each([-HOUR, HOUR])(
    'with a clock that is %i ms off: what was heard of counts as before',
    async (off) => {
      const [cluster, one, other] = await nodesOf(ownFile(), new Bans([], () => now + off));
      other!.ban('mallory', now + 9 * HOUR);
      await cluster.flow();
      one!.unban('mallory');
      await cluster.flow();
      expect(bannedAt(one!, other!)).toEqual([[], []]);
      one!.ban('trudy', now + 9 * HOUR);
      await cluster.flow();
      other!.unban('trudy');
      await cluster.flow();
      expect(bannedAt(one!, other!)).toEqual([[], []]);
    },
  );
});

it('a gateway by whose clock a ban is over when it comes says that it keeps nobody out', async () => {
  const [cluster, one, other] = await nodesOf(ownFile(), new Bans([], () => now + 2 * HOUR));
  one!.ban('mallory', now + 3 * HOUR);
  await cluster.flow();
  expect([bannedAt(other!), other!.complaints]).toEqual([[['mallory']], []]);
  one!.ban('trudy', later());
  await cluster.flow();
  expect(bannedAt(one!, other!)).toEqual([['mallory', 'trudy'], ['mallory']]);
  expect(other!.complaints).toEqual([expect.stringContaining('over by the clock')]);
});

describe('a gateway that was cut from the room', () => {
  it('brings in what its operator did meanwhile, and takes what was done elsewhere', async () => {
    const [cluster, one, other] = await nodesOf(ownFile('mallory', 'trudy'), ownFile());
    other!.cut(true);
    await cluster.run(30_000);
    expect(other!.cluster.member.state).not.toBe('live');
    other!.ban('eve', later());
    other!.unban('mallory');
    one!.unban('trudy');
    await cluster.flow();
    expect(bannedAt(one!, other!)).toEqual([['mallory'], ['eve', 'trudy']]);
    other!.cut(false);
    await cluster.run(10_000);
    expect(bannedAt(one!, other!)).toEqual([['eve'], ['eve']]);
  });

  // By a clock that hardly moves: two changes of one ban are at the same time, and gateways that join by one that is cut.
  it.each([0, 14, 28, 48, 231])(
    'operators at odds, gateways that come and go: all agree in the end, seed %i',
    async (seed) => {
      now = START;
      const roll = dice(seed);
      const cluster = new MemoryCluster(seed);
      const file = () => new Bans([], clock);
      let nodes = [cluster.start({}, file())];
      await cluster.run(6_000);
      nodes.push(cluster.start({}, file()), cluster.start({}, file()));
      await cluster.run(2_000);
      const names = ['a', 'b', 'c', 'd'];
      for (let round = 0; round < 60; round++) {
        now += roll(3) === 0 ? 1 : 0;
        const node = pick(roll, nodes);
        const kind = roll(10);
        if (kind < 4) node.ban(pick(roll, names), now + HOUR + roll(HOUR));
        else if (kind < 7) node.unban(pick(roll, names));
        else if (kind === 7) node.cut(true);
        else if (kind === 8) node.cut(false);
        else {
          node.kill();
          const again = cluster.start({}, fileOf(node));
          nodes = [...nodes.filter((one) => one !== node), again];
        }
        if (roll(2) === 0) await cluster.run(roll(20) * 100);
      }
      for (const node of nodes) node.cut(false);
      await cluster.run(60_000);
      const [first, ...rest] = nodes.map(({ bans }) =>
        bans.list().toSorted((one, other) => one.value.localeCompare(other.value)),
      );
      expect(nodes.map(({ cluster: { member } }) => member.state)).toEqual(['live', 'live', 'live']);
      for (const list of rest) expect(list).toEqual(first);
    },
  );
});

it('what is over is told to nobody who joins, and is not kept for them', async () => {
  const [cluster, one] = await nodesOf(ownFile(), ownFile());
  one!.ban('mallory', later());
  one!.ban('trudy', later());
  one!.unban('trudy');
  await cluster.flow();
  const told = () => {
    const { bans, banChanges } = one!.cluster.replica.save();
    return [bans.length, banChanges?.length];
  };
  expect(told()).toEqual([1, 2]);
  now += 2 * HOUR;
  expect(told()).toEqual([0, 0]);
});

it('a ban of the log that nobody can read is passed over', async () => {
  const [cluster, one, other] = await nodesOf(ownFile(), ownFile());
  for (const ban of [null, 7, {}, { kind: 'login' }, { kind: 'login', value: 'x', until: 'soon' }])
    one!.cluster.replica.propose({ type: RecordType.BAN, ban });
  await cluster.flow();
  one!.ban('mallory', later());
  await cluster.flow();
  expect(bannedAt(other!)).toEqual([['mallory']]);
});
