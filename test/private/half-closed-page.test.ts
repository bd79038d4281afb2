/** Half-close of a page's private connection: its stream and its WebSocket end separately (D21, D25, D28). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PageStream } from '../../web/net/page-stream.ts';
import { openPrivate } from '../../shared/client/private-connection.ts';
import { loginPrivate } from '../support/raw-hex.ts';
import { connectPage, type RawPage } from '../support/raw-page.ts';
import { digestOf, KIB, MIB, noise, receiveAll } from '../support/relay-bulk.ts';
import type { RawConnection } from '../support/raw-connection.ts';
import { useRelayRoom } from '../support/relay-room.ts';

const ESTABLISHED = '0a';

describe('a private connection of a page whose other side has ended its writing', () => {
  const on = useRelayRoom();
  let id: number;
  let other: RawConnection;
  beforeEach(async () => {
    const [ann, bob] = [await on.room.join('ann', 'tcp'), await on.room.join('bob', 'tcp')];
    id = await on.room.negotiate(ann, bob);
    other = await on.room.present(id, 'tcp');
  });
  const pages: RawPage[] = [];
  afterEach(() => pages.splice(0).forEach((page) => page.reset()));

  async function halfClosed(): Promise<RawPage> {
    const page = await connectPage(on.gateway);
    pages.push(page);
    page.send(loginPrivate(id));
    await page.token();
    await page.expect(ESTABLISHED);
    await other.inbox.expect(ESTABLISHED);
    other.end();
    await page.expectEnd();
    return page;
  }

  it('D21, D28: is still told what came of what it sends', async () => {
    const page = await halfClosed();
    page.socket.send(new Uint8Array(40_000));
    expect(await page.told('received')).toEqual({ type: 'received', bytes: 5 + 40_000 });
  });

  it('D28: is still answered when it asks for a sign of life', async () => {
    const page = await halfClosed();
    page.say({ type: 'ping' });
    expect(await page.told('received')).toEqual({ type: 'received', bytes: 5 });
    page.socket.ping('protocol');
    await new Promise((resolve) => page.socket.once('pong', resolve));
  });

  it('D21, D28: goes on writing far beyond its window, to its own end', async () => {
    const { host, port } = on.gateway.addresses.http;
    const stream = new PageStream({ url: `ws://${host}:${port}/ws` });
    let drained: () => void = () => {};
    const closed = new Promise<boolean>((resolve) => {
      openPrivate(stream, id, {
        onEstablished() {},
        onData() {},
        onEnd: () => drained(),
        onWritable: () => drained(),
        onFault() {},
        onClose: ({ clean }) => resolve(clean),
      });
    });
    const ended = new Promise<void>((resolve) => (drained = resolve));
    await other.inbox.expect(ESTABLISHED);
    other.end();
    await ended;
    const received = receiveAll(other);
    for (const chunk of noise(1, 4 * MIB))
      for (let at = 0; at < chunk.length; at += 16 * KIB)
        if (!stream.write(chunk.subarray(at, at + 16 * KIB)))
          await new Promise<void>((resolve) => (drained = resolve));
    stream.end();
    expect(await received).toEqual(digestOf(noise(1, 4 * MIB)));
    expect(await closed).toBe(true);
  });
});
