/** A connection that becomes one of a private connection while it is throttled is read again (§4, D19, D20). */
import { connect, Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { bytes, loginPrivate, message } from '../support/raw-hex.ts';
import { connectPage, type RawPage } from '../support/raw-page.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { expectCleanEnd, useRelayRoom } from '../support/relay-room.ts';

const ESTABLISHED = '0a';
/** Messages that are ignored before LOGIN. Each costs one token: eight times 128 bytes, at an eighth. */
const BURST = message('nobody', 'x'.repeat(1000)).repeat(30);

describe('LOGIN_PRIVATE behind more than a client may send', () => {
  const on = useRelayRoom({ commandBurst: 20, commandRate: 1_000 });
  const open: Array<Socket | RawPage> = [];
  afterEach(() => {
    for (const one of open.splice(0))
      if (one instanceof Socket) one.destroy();
      else one.reset();
  });

  /** Negotiates an id, and presents it on the other connection. */
  async function negotiated(): Promise<{ readonly id: number; readonly other: RawConnection }> {
    const [ann, bob] = [await on.room.join('ann', 'tcp'), await on.room.join('bob', 'tcp')];
    const id = await on.room.negotiate(ann, bob);
    return { id, other: await on.room.present(id, 'tcp') };
  }

  it('D19, D21: on TCP, all that follows is passed on, and the end of writing', async () => {
    const { id, other } = await negotiated();
    const socket = connect({ ...on.gateway.addresses.tcp, allowHalfOpen: true });
    open.push(socket);
    socket.write(bytes(BURST + loginPrivate(id) + 'aa'));
    await other.inbox.expect(ESTABLISHED + 'aa');
    socket.write(bytes('bb'));
    await other.inbox.expect('bb');
    socket.end();
    await other.inbox.expectEnd();
    other.end();
    await expectCleanEnd(other);
  });

  it('D25, D28: on a page’s WebSocket, all that follows is passed on, and the end of writing', async () => {
    const { id, other } = await negotiated();
    const page = await connectPage(on.gateway);
    open.push(page);
    // One write lets the gateway read them together.
    page.socket.send(bytes(BURST + loginPrivate(id) + 'aa'));
    page.send('bb');
    await page.token();
    await other.inbox.expect(ESTABLISHED + 'aabb');
    page.send('cc');
    await other.inbox.expect('cc');
    page.end();
    await other.inbox.expectEnd();
    other.end();
    await page.expect(ESTABLISHED);
    await page.expectEnd();
    expect((await page.expectClose()).code).toBe(1000);
  });

  it('D19: and holds no more than it may while it waits, and goes on when the other comes', async () => {
    const [ann, bob] = [await on.room.join('ann', 'tcp'), await on.room.join('bob', 'tcp')];
    const id = await on.room.negotiate(ann, bob);
    const page = await connectPage(on.gateway);
    open.push(page);
    const sent = Buffer.alloc(300_000, 'held');
    page.socket.send(bytes(BURST + loginPrivate(id)));
    for (let at = 0; at < sent.length; at += 30_000) page.socket.send(sent.subarray(at, at + 30_000));
    await page.token();
    page.say({ type: 'ping' });
    await page.told('received');
    const other = await on.room.present(id, 'tcp');
    await other.inbox.expect(ESTABLISHED + sent.toString('hex'));
    const closed = once(page.socket, 'close');
    page.end();
    other.end();
    await closed;
    await expectCleanEnd(other);
  });
});
