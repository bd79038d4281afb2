import { describe, expect, it } from 'vitest';
import { bytes, login, message } from '../support/raw-hex.ts';
import { digestOf, KIB, MIB, noise, receiveAll, sendAll } from '../support/relay-bulk.ts';
import { ESTABLISHED, LONG_BYTES, loginPrivate } from '../support/relay-hex.ts';
import { KINDS, type Kind, type RawConnection } from '../support/raw-connection.ts';
import { expectCleanEnd, untilHeld, useRelayRoom } from '../support/relay-room.ts';

/** Whole requests, and bytes that may look like anything: §4 says that bytes are relayed. */
const REQUESTS: ReadonlyArray<readonly [what: string, hex: string]> = [
  ['HTTP', Buffer.from('GET /file HTTP/1.1\r\nHost: alice\r\n\r\n').toString('hex')],
  ['commands', login('mallory') + message('mallory', 'spoofed') + ESTABLISHED],
  ['another LOGIN_PRIVATE', loginPrivate(0, 4) + loginPrivate(0, 8)],
  ['bytes that no command begins with', 'ff'.repeat(2000)],
];

/**
 * Size of what is sent while the other one is waited for: half as much again as the bound on what may be taken of it, so
 * that a gateway which goes on reading is found out.
 */
const SIZE = 24 * MIB;
/** Digest of it: hashed once for all pairs. */
const BULK = digestOf(noise(9, SIZE));

const PAIRS = KINDS.flatMap((first) => KINDS.map((second) => [first, second] as const));

describe('an endpoint that sends before ESTABLISHED', () => {
  const running = useRelayRoom();

  /** Negotiates an id, and opens two connections that have sent nothing yet. */
  async function prepare(kinds: readonly [Kind, Kind]): Promise<{
    readonly first: RawConnection;
    readonly second: RawConnection;
    /** LOGIN_PRIVATE of the first and of the second, each in its width of LONG. */
    readonly hello: readonly [string, string];
  }> {
    const { room } = running;
    const requester = await room.join('requester', kinds[0]);
    const target = await room.join('target', kinds[1]);
    const id = await room.negotiate(requester, target);
    return {
      first: await room.connect(kinds[0]),
      second: await room.connect(kinds[1]),
      hello: [loginPrivate(id, LONG_BYTES[kinds[0]]), loginPrivate(id, LONG_BYTES[kinds[1]])],
    };
  }

  const untilWaiting = (): Promise<void> =>
    untilHeld(running.gateway, { connections: 3, clients: 2, endpoints: 1, ids: 1 });

  async function expectAllEnded(...endpoints: readonly RawConnection[]): Promise<void> {
    for (const endpoint of endpoints) await expectCleanEnd(endpoint);
    await untilHeld(running.gateway, { connections: 2, clients: 2 });
  }

  describe.each(PAIRS)('first %s, second %s', (...kinds) => {
    it.each(REQUESTS)(
      'D19: %s and the FIN in one packet with LOGIN_PRIVATE arrive whole',
      async (_, request) => {
        const { first, second, hello } = await prepare(kinds);
        await first.write(hello[0] + request);
        first.end();
        await untilWaiting();
        await second.write(hello[1] + request + '77');
        second.end();
        await second.inbox.expect(ESTABLISHED + request);
        await second.inbox.expectEnd();
        await first.inbox.expect(ESTABLISHED + request + '77');
        await first.inbox.expectEnd();
        await expectAllEnded(first, second);
      },
    );

    it('D19: the FIN alone, before ESTABLISHED, arrives behind it', async () => {
      const { first, second, hello } = await prepare(kinds);
      await first.write(hello[0]);
      first.end();
      await untilWaiting();
      await second.write(hello[1]);
      await second.inbox.expect(ESTABLISHED);
      await second.inbox.expectEnd();
      await second.write('aabbcc');
      second.end();
      await first.inbox.expect(ESTABLISHED + 'aabbcc');
      await first.inbox.expectEnd();
      await expectAllEnded(first, second);
    });

    it('D19: LOGIN_PRIVATE byte by byte, and what follows it, arrive whole', async () => {
      const { first, second, hello } = await prepare(kinds);
      for (const byte of bytes(hello[0] + '0a09')) await first.write(Uint8Array.of(byte));
      await untilWaiting();
      for (const byte of bytes(hello[1] + '0908')) await second.write(Uint8Array.of(byte));
      await first.inbox.expect(ESTABLISHED + '0908');
      await second.inbox.expect(ESTABLISHED + '0a09');
    });

    it.each([64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 300 * KIB])(
      'D19: %i bytes and the FIN, sent while it waits, are all there',
      async (size) => {
        const { first, second, hello } = await prepare(kinds);
        await first.write(hello[0]);
        for (const chunk of noise(8, size)) first.send(chunk);
        first.end();
        await untilWaiting();
        await second.write(hello[1]);
        await second.inbox.expect(ESTABLISHED);
        expect(await receiveAll(second)).toEqual(digestOf(noise(8, size)));
        second.end();
        await first.inbox.expect(ESTABLISHED);
        await first.inbox.expectEnd();
        await expectAllEnded(first, second);
      },
    );
  });

  it.each(PAIRS)(
    'D19: %s waits for %s with 24 MiB to send: reads pause, and nothing is lost',
    async (...kinds) => {
      const { first, second, hello } = await prepare(kinds);
      await first.write(hello[0]);
      let taken = 0;
      const counted = function* (): Iterable<Uint8Array> {
        for (const chunk of noise(9, SIZE)) {
          yield chunk;
          taken += chunk.length;
        }
      };
      const sent = sendAll(first, counted()).then(() => first.end());
      await untilWaiting();
      for (let before = -1; before !== taken;) {
        before = taken;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // The bound is what the operating system holds between two sockets, and 64 KiB.
      expect(taken).toBeLessThan(16 * MIB);
      await second.write(hello[1]);
      await second.inbox.expect(ESTABLISHED);
      expect(await receiveAll(second)).toEqual(BULK);
      await sent;
      second.end();
      await first.inbox.expect(ESTABLISHED);
      await first.inbox.expectEnd();
      await expectAllEnded(first, second);
    },
  );
});
