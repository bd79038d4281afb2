/** Relays the smallest pieces: memory and work follow from the number of bytes (D19, D20). */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RelayEndpoint } from '../../server/chat/private/relay.ts';
import { MemoryStream } from '../support/memory-stream.ts';
import { connectPage, type RawPage } from '../support/raw-page.ts';
import { useRelayRoom } from '../support/relay-room.ts';
import { loginPrivate } from '../support/raw-hex.ts';

const ESTABLISHED = '0a';
const WINDOW = 256 * 1024;
/** Limit on the writes; a write for each piece would be far more. */
const FEW = 1_000;

/** Builds frames of one byte each, as a client writes them, with a mask of zeros. */
function frames(count: number): Buffer {
  const all = Buffer.alloc(7 * count);
  for (let i = 0; i < count; i++) all.set([0x82, 0x81, 0, 0, 0, 0, i % 251], 7 * i);
  return all;
}

const payload = (count: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => i % 251));

/** Connection under a WebSocket, for frames that the library would send one by one. */
function under(page: RawPage): import('node:net').Socket {
  return (page.socket as unknown as { readonly _socket: import('node:net').Socket })._socket;
}

describe('small pieces on a private connection', () => {
  const on = useRelayRoom();

  async function pages(): Promise<readonly [RawPage, RawPage]> {
    const [ann, bob] = [await on.room.join('ann', 'tcp'), await on.room.join('bob', 'tcp')];
    const id = await on.room.negotiate(ann, bob);
    const both = [await connectPage(on.gateway), await connectPage(on.gateway)] as const;
    for (const page of both) {
      page.send(loginPrivate(id));
      await page.token();
    }
    for (const page of both) await page.expect(ESTABLISHED);
    return both;
  }

  it('D20, D28: what is held for a page that takes nothing goes on in a few writes, however small its pieces were', async () => {
    const [writer, reader] = await pages();
    const full = Buffer.alloc(WINDOW + 1);
    for (let at = 0; at < full.length; at += 32_768) writer.socket.send(full.subarray(at, at + 32_768));
    await expect.poll(() => reader.received).toBeGreaterThanOrEqual(WINDOW);
    const count = 150_000;
    under(writer).write(frames(count));
    // The gateway has read the rest of the stream up to here when this is answered.
    const before = writer.received;
    writer.say({ type: 'ping' });
    await writer.told('received');
    expect(writer.received).toBe(before);
    let messages = 0;
    reader.socket.on('message', (_data, isBinary) => void (isBinary && messages++));
    const wanted = full.length + count + 1;
    while (reader.received < wanted) {
      reader.say({ type: 'received', bytes: reader.received });
      await once(reader.socket, 'message');
    }
    expect(messages).toBeLessThan(FEW);
    const got = Buffer.from(await reader.read(wanted - 1), 'hex');
    expect(got.subarray(full.length).equals(payload(count))).toBe(true);
  });

  it('D28: what was sent in small pieces and is not acknowledged is sent again in a few', async () => {
    const [writer, reader] = await pages();
    const count = 100_000;
    under(writer).write(frames(count));
    await reader.read(count);
    const token = reader.lastToken;
    reader.reset();
    await expect.poll(() => on.gateway.resumeRegistry.waiting, { interval: 1 }).toBe(1);
    const back = await connectPage(on.gateway, { token });
    let messages = 0;
    back.socket.on('message', (_data, isBinary) => void (isBinary && messages++));
    back.say({ type: 'resume', token, received: 1 });
    expect(Buffer.from(await back.read(count), 'hex').equals(payload(count))).toBe(true);
    expect(messages).toBeLessThan(FEW);
  });

  it('D24: small frames of one read are passed on together', async () => {
    const [writer, reader] = await pages();
    let messages = 0;
    reader.socket.on('message', (_data, isBinary) => void (isBinary && messages++));
    const count = 30_000;
    under(writer).write(frames(count));
    expect(Buffer.from(await reader.read(count), 'hex').equals(payload(count))).toBe(true);
    expect(messages).toBeLessThan(FEW);
  });

  it('D19: what a first endpoint sends in single bytes is passed on in a few writes', () => {
    const limits = { maxHeldBytes: 64 * 1024, relayStall: 1 };
    const [one, other] = [new MemoryStream(), new MemoryStream()];
    const first = new RelayEndpoint(one, new Uint8Array(0), limits, () => {});
    const sent = payload(60_000);
    for (const byte of sent) one.send(Uint8Array.of(byte));
    first.connect(new RelayEndpoint(other, new Uint8Array(0), limits, () => {}));
    expect(other.writes.length).toBeLessThan(20);
    expect(other.taken()).toBe(ESTABLISHED + sent.toString('hex'));
  });
});
