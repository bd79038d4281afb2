/** Clients that go while they are throttled: neither their login nor what they had sent is kept any longer. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectRaw } from '../support/connect-raw.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { ACCEPTED, login, message } from '../support/raw-hex.ts';
import { askUpgrade } from '../support/raw-upgrade.ts';

let gateway: TestGateway;
let socket: Socket | null = null;

beforeEach(async () => {
  gateway = await startTestGateway({}, { commandRate: 1, commandBurst: 10 });
});

afterEach(async () => {
  socket?.destroy();
  await gateway.stop();
});

/** A frame, masked with zeros. */
function frame(op: number, payload: Buffer): Buffer {
  const head = Buffer.of(0x80 | op, 0x80 | payload.length, 0, 0, 0, 0);
  return Buffer.concat([head, payload]);
}

const pongs = Buffer.alloc(6 * 30_000, frame(10, Buffer.alloc(0)));
const messages = Buffer.alloc(30_000, frame(2, Buffer.from(message('gone', 'x'), 'hex')));

it.each([
  ['chaton.v1', 'pongs', pongs],
  ['chaton.web.v1', 'pongs', pongs],
  ['chaton.v1', 'messages', messages],
  ['chaton.web.v1', 'messages', messages],
] as const)(
  'D9: %s, throttled for many %s: its login is free when its connection is gone',
  async (protocol, _what, flood) => {
    socket = (await askUpgrade(gateway, '/ws', { 'Sec-WebSocket-Protocol': protocol })).socket!;
    socket.resume().write(frame(2, Buffer.from(login('gone'), 'hex')));
    await expect.poll(() => gateway.chat.clients).toBe(1);
    socket.write(flood);
    const isThrottled = async () =>
      /clients_throttled_total\{[^}]*\} [1-9]/.test((await gateway.metrics.scrape()).text);
    await expect.poll(isThrottled).toBe(true);
    socket.resetAndDestroy();
    // What is written to it shows that it is gone: nothing else does while it is not read.
    const other = await connectRaw(gateway, 'tcp');
    other.send(login('other'));
    await other.expect(ACCEPTED);
    const speak = () => {
      other.send(message('other', 'x'));
      return gateway.chat.clients;
    };
    await expect.poll(speak, { interval: 100 }).toBe(1);
  },
);
