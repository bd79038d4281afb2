/** Direct writes by the file descriptor: never ahead of what others have queued, never into another connection. */
import { once } from 'node:events';
import { readSync } from 'node:fs';
import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handleOf, internalAccess } from '../../server/transport/socket/internal-access.ts';
import { Framer, FrameWriter } from '../../server/transport/websocket/frame-writer.ts';
import { SocketWriter } from '../../server/transport/socket/socket-writer.ts';
import { dice, pick } from '../support/random.ts';
import { noise } from '../support/relay-bulk.ts';
import { PATIENT } from '../support/patience.ts';

const readIntoSharedBuffer = internalAccess.reader(() => {});

let server: Server;
const peers: Socket[] = [];

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const peer of peers.splice(0)) peer.destroy();
  server.close();
});

/** Connects two sockets; the second is the server's, which was never read from. */
async function connection(): Promise<[Socket, Socket]> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const ends: [Socket, Socket] = [peer, (await accepted)[0]];
  // A reset is one of the ways to end.
  for (const end of ends) peers.push(end.on('error', () => {}));
  return ends;
}

/** Reads all that the system has for a paused socket, within this turn of the event loop. */
function takeAll(end: Socket): Buffer[] {
  const { fd } = handleOf(end)!;
  const taken: Buffer[] = [];
  for (;;)
    try {
      const piece = Buffer.alloc(1024 * 1024);
      taken.push(piece.subarray(0, readSync(fd, piece)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return taken;
      throw error;
    }
}

async function writerTo() {
  const [peer, accepted] = await connection();
  const socket = readIntoSharedBuffer(accepted).on('error', () => {});
  peers.push(socket);
  let onWritable: () => void = () => {};
  const room = new Promise<void>((resolve) => (onWritable = resolve));
  return { peer, socket, writer: new SocketWriter(socket, { onWritable: onWritable }), room };
}

describe('a socket writer', () => {
  it('writes without the socket while nothing is queued', async () => {
    const { peer, socket, writer } = await writerTo();
    expect(writer.write(Buffer.from('one '), false)).toBe(true);
    expect(writer.write(Buffer.from('two'), true)).toBe(true);
    expect([socket.bytesWritten, writer.buffered]).toEqual([0, 0]);
    socket.end();
    expect((await buffer(peer)).toString()).toBe('one two');
  });

  it('sends in one write what is written while it is corked, in its order, and makes that once for many', async () => {
    const writers = [await writerTo(), await writerTo(), await writerTo()];
    const writeNow = vi.spyOn(internalAccess, 'writeNow');
    const [text, batch] = [Buffer.from('text '), Buffer.from('batch ')];
    for (const { writer } of writers) {
      writer.cork();
      writer.write(text, true);
      writer.write(batch, true);
      writer.uncork();
    }
    expect(writeNow).toHaveBeenCalledTimes(3);
    const [, second, third] = writeNow.mock.calls.map(([, bytes]) => bytes);
    expect(third).toBe(second);
    writeNow.mockRestore();
    const { peer, socket, writer } = writers[0]!;
    const reused = Buffer.from('mine, ');
    writer.cork();
    writer.write(reused, false);
    reused.fill('x');
    writer.write(Buffer.from('behind which nothing comes'), true);
    writer.stopWriting();
    writer.write(Buffer.from('no more'), true);
    writer.uncork();
    socket.end();
    expect((await buffer(peer)).toString()).toBe('text batch mine, behind which nothing comes');
  });

  it('makes frames of what is gathered for one write, and none of these frames', async () => {
    const { peer, socket } = await writerTo();
    const writer = new FrameWriter(socket, new Framer(), { onWritable() {} });
    writer.cork();
    writer.sendText('hé', true);
    writer.write(Buffer.from('abc'), true);
    writer.write(Buffer.from('de'), false);
    writer.uncork();
    socket.end();
    expect((await buffer(peer)).toString('hex')).toBe('810368c3a9' + '8203616263' + '82026465');
  });

  it('copies what it queues and may not keep, and keeps its place behind what others have queued', async () => {
    const { peer, socket, writer, room: hasRoom } = await writerTo();
    // The size is more than the system takes at once.
    const full = Buffer.alloc(32 * 1024 * 1024, 'f');
    let room = true;
    let written = 0;
    for (; room; written += full.length) room = writer.write(full, true);
    expect(writer.buffered).toBeGreaterThan(0);
    socket.write('theirs ');
    const reused = Buffer.from('mine');
    expect(writer.write(reused, false)).toBe(false);
    reused.fill('x');
    expect(writer.buffered).toBe(socket.writableLength + reused.length);
    const all = buffer(peer);
    await hasRoom;
    expect(writer.buffered).toBe(0);
    const before = socket.bytesWritten;
    expect(writer.write(Buffer.from(', and on'), false)).toBe(true);
    expect(socket.bytesWritten).toBe(before);
    socket.end();
    const got = await all;
    expect(got.subarray(written).toString()).toBe('theirs mine, and on');
  });

  it('keeps small pieces that have to wait together, and sends them in their order before the end', async () => {
    const { peer, socket, writer, room } = await writerTo();
    // The size is more than the system takes at once.
    const full = Buffer.alloc(32 * 1024 * 1024, 'f');
    let written = 0;
    for (let room = true; room; written += full.length) room = writer.write(full, true);
    const queued = vi.spyOn(Socket.prototype, 'write');
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    for (const byte of sent) writer.write(Buffer.of(byte), false);
    expect(queued).not.toHaveBeenCalled();
    const all = buffer(peer);
    await room;
    expect(queued.mock.calls.length).toBeLessThan(20);
    expect(writer.buffered).toBe(0);
    for (let room = true; room; written += full.length) room = writer.write(full, true);
    writer.write(Buffer.from('last'), false);
    writer.stopWriting();
    writer.flush();
    socket.end();
    const got = await all;
    const from = got.indexOf(sent);
    expect(from).toBeGreaterThanOrEqual(full.length);
    expect(got.subarray(-4).toString()).toBe('last');
    expect(got.length).toBe(written + sent.length + 4);
    queued.mockRestore();
  });

  it('keeps the order when the system takes more while the socket has yet to say what it is done with', async () => {
    const [peer, accepted] = await connection();
    const socket = readIntoSharedBuffer(accepted).on('error', () => {});
    peers.push(socket);
    const sent: Buffer[] = [];
    const received: Buffer[] = [];
    let isTold = false;
    const write = (bytes: Buffer): boolean => {
      sent.push(bytes);
      return writer.write(bytes, true);
    };
    const onWritable = (): void => {
      if (isTold) return;
      isTold = true;
      // All was taken before, so this goes by the descriptor, and the rest is queued.
      write(Buffer.alloc(32 * 1024 * 1024, 'g'));
      received.push(...takeAll(peer));
      // The system would take this at once, but it has to wait behind the queue.
      write(Buffer.from('behind all that'));
    };
    const writer = new SocketWriter(socket, { onWritable });
    while (write(Buffer.alloc(32 * 1024 * 1024, 'f')));
    // These bytes go through the socket, which is still busy, and completes this write at once.
    write(Buffer.from('a little more'));
    await vi.waitFor(() => {
      received.push(...takeAll(peer));
      expect(isTold).toBe(true);
    }, PATIENT);
    peer.on('data', (bytes: Buffer) => void received.push(bytes)).resume();
    writer.stopWriting();
    writer.flush();
    socket.end();
    await once(peer, 'end');
    expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true);
  });

  it.each([1, 2, 3, 4])(
    'keeps the order, whatever is written when, and whenever it is taken (%i)',
    async (seed) => {
      const roll = dice(seed);
      const [peer, accepted] = await connection();
      const socket = readIntoSharedBuffer(accepted).on('error', () => {});
      peers.push(socket);
      const [text] = noise(seed, 64 * 1024);
      // Each byte follows from its offset in the stream.
      const all = Buffer.concat(Array.from({ length: 64 }, (_, i) => text!.map((byte) => byte ^ i)));
      let written = 0;
      const write = (): void => {
        // A write to a closed writer is ignored: `onWritable` may come after the close.
        if (writer.hasStopped) return;
        const size = 1 + roll(pick(roll, [100, 70_000, 4_000_000]));
        const bytes = all.subarray(written % all.length, (written % all.length) + size);
        written += bytes.length;
        writer.write(bytes, roll(2) === 0);
      };
      let taken = 0;
      let wrongAt: number | null = null;
      const take = (pieces: readonly Buffer[]): void => {
        for (const piece of pieces)
          for (let at = 0; at < piece.length;) {
            const from = taken % all.length;
            const length = Math.min(piece.length - at, all.length - from);
            if (piece.compare(all, from, from + length, at, at + length) !== 0) wrongAt ??= taken;
            taken += length;
            at += length;
          }
      };
      const act = (): void => (roll(3) === 0 ? take(takeAll(peer)) : write());
      const writer = new SocketWriter(socket, {
        onWritable: () => {
          for (let left = roll(6); left > 0; left--) act();
        },
      });
      for (let step = 0; step < 150; step++) {
        act();
        if (roll(3) === 0) await new Promise(setImmediate);
      }
      writer.stopWriting();
      writer.flush();
      socket.end();
      peer.on('data', (bytes: Buffer) => take([bytes])).resume();
      await once(peer, 'end');
      expect([wrongAt, taken]).toEqual([null, written]);
    },
  );

  it.each([
    ['destroyed', (socket: Socket) => socket.destroy()],
    ['destroyed for an error', (socket: Socket) => socket.destroy(new Error('so'))],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])(
    'never writes into the connection that has the descriptor next, when its own is %s',
    async (_, close) => {
      const { socket, writer } = await writerTo();
      writer.write(Buffer.from('first'), false);
      const descriptor = handleOf(socket)!.fd;
      close(socket);
      await new Promise((closed) => socket.once('close', closed));
      // The system gives the lowest free descriptor, so one of the next sockets gets it.
      const [one, other] = await connection();
      const [heir, hears] = handleOf(one)!.fd === descriptor ? [one, other] : [other, one];
      expect(handleOf(heir)!.fd).toBe(descriptor);
      writer.write(Buffer.from('for nobody'), false);
      heir.end('its own');
      expect((await buffer(hears)).toString()).toBe('its own');
    },
  );
});
