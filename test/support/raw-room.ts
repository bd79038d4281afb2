import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Limits } from '../../server/chat/limits/limits.ts';
import { isSpread, nodesOf, startRoomGateway, untilEmpty } from './room-gateway.ts';
import { ACCEPTED, login, REFUSED } from './raw-hex.ts';
import { connectRaw } from './connect-raw.ts';
import { type RawConnection, TRANSPORTS, type TestGateway, type Transport } from './raw-connection.ts';

/** Gateway of the running test, and its peers. Both are new for each test. */
export interface Room {
  readonly gateway: TestGateway;
  /** Opens a fresh connection, not identified; over the suite's own transport when none is given. */
  connect(transport?: Transport): Promise<RawConnection>;
  /** Opens a connection identified under this name. */
  join(name: string, transport?: Transport): Promise<RawConnection>;
  /** Resolves when the gateway has read what every peer sent before this call: it must answer a later connection. */
  barrier(): Promise<void>;
}

/** Declares one behaviour suite twice, unchanged: over TCP and over WebSocket. */
export function describeOverEachTransport(
  title: string,
  suite: (room: Room) => void,
  limits: Partial<Limits> = {},
): void {
  describe.each(TRANSPORTS)(`${title}, over %s`, (transport) => suite(useRoom(transport, limits)));
}

/**
 * Gives each test of the surrounding `describe` its own gateway, and drops its peers and stops it afterwards. Two gateways
 * that are one room serve all of its tests, one after the other, since they take a second to find each other.
 */
export function useRoom(ownTransport: Transport = 'tcp', limits: Partial<Limits> = {}): Room {
  let gateway: TestGateway | undefined;
  let peers: RawConnection[] = [];
  const running = (): TestGateway => {
    if (!gateway) throw new Error('no test is running');
    return gateway;
  };
  const stop = async () => gateway?.stop();
  (isSpread() ? beforeAll : beforeEach)(async () => {
    gateway = await startRoomGateway({}, limits);
  });
  afterEach(async () => {
    for (const peer of peers) peer.reset();
    peers = [];
    await (isSpread() ? untilEmpty(running()) : stop());
  });
  if (isSpread()) afterAll(stop);

  const connect = async (transport: Transport = ownTransport): Promise<RawConnection> => {
    const peer = await connectRaw(running(), transport);
    peers.push(peer);
    return peer;
  };
  const join = async (name: string, transport?: Transport): Promise<RawConnection> => {
    const peer = await connect(transport);
    peer.send(login(name));
    await peer.expect(ACCEPTED);
    return peer;
  };
  const barrier = async (): Promise<void> => {
    for (const node of nodesOf(running())) {
      const probe = await connectRaw(node, ownTransport);
      // Its turn comes behind what was read before, at every gateway of the room.
      probe.send(login(''));
      await probe.expect(REFUSED);
      probe.end();
      await probe.expectClose();
    }
  };
  return {
    get gateway() {
      return running();
    },
    connect,
    join,
    barrier,
  };
}

/** Proves that nothing more was sent to these peers: each ends its writing, and gets the end and nothing before (D9). */
export async function leave(...peers: readonly RawConnection[]): Promise<void> {
  for (const peer of peers) peer.end();
  for (const peer of peers) await peer.expectEnd();
}

/** Pattern of a reason (D26): a short English sentence, and at most the 123 bytes that a close frame can hold. */
export const SENTENCE = /^[\x20-\x7e]{3,123}$/;

/** Expects that the gateway closes this connection without another byte; a WebSocket is told this code and a reason. */
export async function expectClosed(peer: RawConnection, code: number): Promise<void> {
  const closing = await peer.expectClose();
  if (peer.kind !== 'websocket') return;
  expect(closing.code, closing.reason).toBe(code);
  expect(closing.reason).toMatch(SENTENCE);
}
