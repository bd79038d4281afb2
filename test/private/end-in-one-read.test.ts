/** The end of one direction that comes in one read with all that follows it: over TLS nothing has left by then. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../support/connect-raw.ts';
import type { RawConnection, TestGateway } from '../support/raw-connection.ts';
import { connectionUnder, RawWebSocket } from '../support/raw-websocket.ts';
import { ACCEPTED, login } from '../support/raw-hex.ts';
import { loginPrivate } from '../support/relay-hex.ts';
import { RelayRoom } from '../support/relay-room.ts';
import { startSecureGateway } from '../support/secure-gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startSecureGateway();
});
afterEach(() => gateway.stop());

/** Sends what these calls send in one piece, as one read brings it. */
function atOnce(of: RawConnection, calls: (socket: RawWebSocket['socket']) => void): void {
  if (!(of instanceof RawWebSocket)) throw new TypeError('no WebSocket');
  const under = connectionUnder(of.socket)!;
  under.cork();
  calls(of.socket);
  process.nextTick(() => under.uncork());
}

describe('an end of writing that comes in one read with what follows', () => {
  it.each(['websocket', 'wss'] as const)(
    'D25: with the FIN behind it is closed by 1000, over %s',
    async (way) => {
      const alice = await connectRaw(gateway, way);
      alice.send(login('alice'));
      await alice.expect(ACCEPTED);
      atOnce(alice, (socket) => {
        socket.send(new Uint8Array(0));
        connectionUnder(socket)!.end();
      });
      expect(await alice.over).toMatchObject({ code: 1000 });
    },
  );

  it.each(['tcp', 'tls', 'websocket', 'wss'] as const)(
    'D21, D25: is seen by the other end over %s, though the sender closes at once',
    async (way) => {
      const room = new RelayRoom(gateway);
      const id = await room.negotiate(await room.join('ann', 'websocket'), await room.join('bob', 'tcp'));
      const endpoint = await room.present(id, 'websocket');
      const other = await connectRaw(gateway, way);
      other.send(loginPrivate(id, 4));
      await endpoint.expect('0a');
      await other.expect('0a');
      atOnce(endpoint, (socket) => {
        socket.send(Buffer.from('whole'));
        socket.send(new Uint8Array(0));
        socket.close(1000);
      });
      await other.expect(Buffer.from('whole').toString('hex'));
      await other.expectEnd();
      // The other direction is lost.
      while (await other.write('77')) await new Promise(setImmediate);
      expect((await other.over).reset).toBe(true);
      room.dropEveryone();
    },
  );
});
