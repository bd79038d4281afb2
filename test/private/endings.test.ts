import { describe, expect, it } from 'vitest';
import { isPlain } from '../../server/transport/socket/sockets.ts';
import { KINDS, type Kind, type RawConnection } from '../support/raw-connection.ts';
import { expectBroken, expectCleanEnd, untilHeld, useRelayRoom } from '../support/relay-room.ts';

const HOWS = ['ends', 'resets'] as const;
const POSITIONS = ['first', 'second'] as const;
const WHENS = ['before', 'after'] as const;

interface Case {
  readonly how: (typeof HOWS)[number];
  /** Side that ends or resets: the first to present the id, or the second. */
  readonly position: (typeof POSITIONS)[number];
  readonly kind: Kind;
  readonly when: (typeof WHENS)[number];
  readonly otherKind: Kind;
}

const CASES: readonly Case[] = HOWS.flatMap((how) =>
  POSITIONS.flatMap((position) =>
    KINDS.flatMap((kind) =>
      WHENS.flatMap((when) => KINDS.map((otherKind) => ({ how, position, kind, when, otherKind }))),
    ),
  ),
);

/** Sends these bytes from one side to the other, before which nothing else may come. */
async function say(from: RawConnection, to: RawConnection, hex: string): Promise<void> {
  await from.write(hex);
  await to.inbox.expect(hex);
}

/** Writes until the connection is over: a socket that has read the end of writing learns of a reset only by writing. */
async function writeUntilOver(endpoint: RawConnection): Promise<void> {
  while (await endpoint.write('77')) await new Promise(setImmediate);
}

describe('the end of a private connection', () => {
  const running = useRelayRoom();

  async function establish(
    position: Case['position'],
    kind: Kind,
    other: Kind,
  ): Promise<[RawConnection, RawConnection]> {
    const kinds = position === 'first' ? ([kind, other] as const) : ([other, kind] as const);
    const requester = await running.room.join('requester', kinds[0]);
    const target = await running.room.join('target', kinds[1]);
    const [first, second] = await running.room.establish(requester, target);
    await say(first, second, '00ff');
    await say(second, first, 'ff00');
    return position === 'first' ? [first, second] : [second, first];
  }

  async function untilEndpointsFreed(): Promise<void> {
    await untilHeld(running.gateway, { connections: 2, clients: 2 });
  }

  it.each(CASES.filter(({ how }) => how === 'ends'))(
    'D21: the $position endpoint ($kind) $how its writing $when the other ($otherKind) does: each direction ends alone',
    async ({ position, kind, when, otherKind }) => {
      const [endpoint, other] = await establish(position, kind, otherKind);
      const [early, late] = when === 'before' ? [endpoint, other] : [other, endpoint];
      await early.write('aa01');
      early.end();
      await late.inbox.expect('aa01');
      await late.inbox.expectEnd();
      for (const byte of ['b0', 'b1', 'b2']) await say(late, early, byte);
      await late.write('bbff');
      late.end();
      await early.inbox.expect('bbff');
      await early.inbox.expectEnd();
      await expectCleanEnd(endpoint);
      await expectCleanEnd(other);
      await untilEndpointsFreed();
    },
  );

  it.each(CASES.filter(({ how }) => how === 'resets'))(
    'D21: the $position endpoint ($kind) $how $when the other ($otherKind) has ended: it is reset too, never just ended',
    async ({ position, kind, when, otherKind }) => {
      const [endpoint, other] = await establish(position, kind, otherKind);
      if (when === 'after') {
        other.end();
        await endpoint.inbox.expectEnd();
        await say(endpoint, other, 'cc');
      }
      endpoint.reset();
      await expectBroken(other);
      await untilEndpointsFreed();
    },
  );

  it.each(KINDS.flatMap((kind) => KINDS.map((otherKind) => ({ kind, otherKind }))))(
    'D21: an endpoint ($kind) that breaks after its own end of writing breaks the other ($otherKind) as well',
    async ({ kind, otherKind }) => {
      const [endpoint, other] = await establish('first', kind, otherKind);
      await endpoint.write('dd');
      endpoint.end();
      await other.inbox.expect('dd');
      await other.inbox.expectEnd();
      await say(other, endpoint, 'ee');
      endpoint.reset();
      await writeUntilOver(other);
      const { reset, code } = await other.over;
      expect(reset).toBe(true);
      // The system reports EPIPE to a TCP socket that was reset behind an end of writing.
      expect(other.kind === 'websocket' ? [1006] : ['EPIPE', 'ECONNRESET']).toContain(code);
      await untilEndpointsFreed();
    },
  );

  it.each(['tcp', 'websocket'] as const)(
    'D21: and so it does where the other (%s) says nothing',
    async (otherKind) => {
      const [endpoint, other] = await establish('first', 'tcp', otherKind);
      endpoint.end();
      await other.inbox.expectEnd();
      endpoint.reset();
      // Nothing is written before that; the public interfaces of Node have no other way to know.
      if (!isPlain) await untilEndpointsFreed();
      await writeUntilOver(other);
      expect((await other.over).reset).toBe(true);
      await untilEndpointsFreed();
    },
  );
});
