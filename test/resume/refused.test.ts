import { expect, it } from 'vitest';
import { PageStream } from '../../web/net/page-stream.ts';
import { ACCEPTED, bytes, login, REFUSED } from '../support/raw-hex.ts';
import { useRoom } from '../support/raw-room.ts';

const room = useRoom();

it('D7, D28: a page that was refused says nothing of what it got, and may propose another name whenever it likes', async () => {
  await room.join('ann');
  const { host, port } = room.gateway.addresses.http;
  const stream = new PageStream({ url: `ws://${host}:${port}/ws` });
  let heard = '';
  let closed = false;
  stream.attach({
    onData: (data) => void (heard += Buffer.from(data).toString('hex')),
    onClose: () => void (closed = true),
    onEnd() {},
    onWritable() {},
    onFault() {},
  });
  stream.write(bytes(login('ann')));
  await expect.poll(() => heard).toBe(REFUSED);
  // The stream would send it by itself about a second later.
  stream.sendReceived();
  stream.write(bytes(login('bob')));
  await expect.poll(() => [heard, closed]).toEqual([REFUSED + ACCEPTED, false]);
  stream.abort();
});
