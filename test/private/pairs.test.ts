import { describe, expect, it } from 'vitest';
import { leave } from '../support/raw-room.ts';
import { digestOf, MIB, noise, receiveAll, sendAll } from '../support/relay-bulk.ts';
import { KINDS, type Kind, type RawConnection } from '../support/raw-connection.ts';
import { expectCleanEnd, untilHeld, useRelayRoom } from '../support/relay-room.ts';

/** More than all buffers on the way hold when nobody reads (`before-established` counts them). */
const SIZE = 16 * MIB;
const forth = (): Iterable<Buffer> => noise(1, SIZE);
const back = (): Iterable<Buffer> => noise(2, SIZE);
/** Bytes that are sent back once the other side has ended. */
const lateBack = (): Iterable<Buffer> => noise(3, MIB);

const FORTH = digestOf(forth());
const BACK = digestOf(back(), lateBack());

const PAIRS = KINDS.flatMap((requester) => KINDS.map((target) => [requester, target] as const));

async function sendBack(endpoint: RawConnection, otherEnded: Promise<unknown>): Promise<void> {
  await sendAll(endpoint, back());
  await otherEnded;
  await sendAll(endpoint, lateBack());
  endpoint.end();
}

async function sendForth(endpoint: RawConnection): Promise<void> {
  await sendAll(endpoint, forth());
  endpoint.end();
}

describe('a private connection between every two listeners', () => {
  const running = useRelayRoom();

  async function relayBothWays(requesterKind: Kind, targetKind: Kind): Promise<void> {
    const requester = await running.room.join('requester', requesterKind);
    const target = await running.room.join('target', targetKind);
    const [a, b] = await running.room.establish(requester, target);
    await untilHeld(running.gateway, { connections: 2, clients: 2, endpoints: 2 });

    const atB = receiveAll(b);
    const atA = receiveAll(a);
    await Promise.all([sendForth(a), sendBack(b, atB)]);
    expect(await atB).toEqual(FORTH);
    expect(await atA).toEqual(BACK);
    await expectCleanEnd(a);
    await expectCleanEnd(b);

    await untilHeld(running.gateway, { connections: 2, clients: 2 });
    await leave(requester.peer, target.peer);
    await untilHeld(running.gateway);
  }

  it.each(PAIRS)(
    '§3, §4, D20–D22: %s asks %s: 16 MiB each way at once, one end after the other, nothing left behind',
    relayBothWays,
  );
});
