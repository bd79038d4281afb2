/** Two nodes in memory with a client each, which the tests of a cluster's rules begin with. */
import { expect } from 'vitest';
import { ACCEPTED, idPrivate, login, okPrivate, requestPrivate } from '../../support/raw-hex.ts';
import type { MemoryStream } from '../../support/memory-stream.ts';
import { MemoryCluster, type MemoryNode } from './memory-cluster.ts';

/** Two nodes that are live, with one client each. */
export async function twoNodes() {
  const cluster = new MemoryCluster();
  const [one, other] = (await cluster.startAll(2)) as [MemoryNode, MemoryNode];
  const alice = one.connect();
  const bob = other.connect();
  alice.send(login('alice'));
  bob.send(login('bob'));
  await cluster.flow();
  expect([alice.taken(), bob.taken()]).toEqual([ACCEPTED, ACCEPTED]);
  return { cluster, one, other, alice, bob };
}

/** Negotiates a private connection between alice and bob; gives the connect_id. */
export async function negotiate(
  cluster: MemoryCluster,
  alice: MemoryStream,
  bob: MemoryStream,
): Promise<number> {
  alice.send(requestPrivate('alice', 'bob'));
  await cluster.flow();
  expect(bob.taken()).toBe(requestPrivate('alice', 'bob'));
  bob.send(okPrivate('alice', 'bob'));
  await cluster.flow();
  const [toAlice, toBob] = [alice.taken(), bob.taken()];
  expect(toAlice).toBe(toBob);
  const id = Buffer.from(toAlice, 'hex').readInt32BE(toAlice.length / 2 - 4);
  expect(toAlice).toBe(idPrivate('alice', 'bob', id));
  return id;
}
